import {
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Switch,
  TextInput,
} from '@patternfly/react-core';
import type { CallArguments } from '../../../electron/ipc/contract.ts';
import { DriverField } from '../../parts/driver-field.tsx';

export type ChosenOptions = Pick<CallArguments<'build.start'>, 'onError' | 'isCacheUsed' | 'channel' | 'version'>;

/** A person is looking: a build that fails stands and asks, and nothing of it is lost. */
export const DEFAULT_OPTIONS: ChosenOptions = { onError: 'ask', isCacheUsed: true };

const ON_ERROR: Record<ChosenOptions['onError'], string> = {
  ask: 'Stand still and ask what now',
  keep: 'End the build, keep the machine',
  cleanup: 'End the build, remove the machine',
};

interface Props {
  options: ChosenOptions;
  onChange(options: ChosenOptions): void;
  builders: string[];
  only: string | undefined;
  onOnly(builder: string): void;
}

/** How the build is run, and what its release is called. */
export function BuildOptionsForm({ options, onChange, builders, only, onOnly }: Props) {
  const set = (name: 'channel' | 'version', value: string): void => {
    const { [name]: _before, ...others } = options;
    onChange(value.trim() === '' ? others : { ...others, [name]: value.trim() });
  };
  return (
    <Card>
      <CardTitle component="h2">Build</CardTitle>
      <CardBody>
        <Form onSubmit={event => event.preventDefault()}>
          {builders.length > 1 && (
            <FormGroup label="Builder" fieldId="option-builder">
              <FormSelect id="option-builder" value={only ?? ''} onChange={(_event, value) => onOnly(value)}>
                {builders.map(name => (
                  <FormSelectOption key={name} value={name} label={name} />
                ))}
              </FormSelect>
            </FormGroup>
          )}
          <FormGroup label="When a step fails" fieldId="option-error">
            <FormSelect
              id="option-error"
              value={options.onError}
              onChange={(_event, value) => onChange({ ...options, onError: value as ChosenOptions['onError'] })}
            >
              {Object.entries(ON_ERROR).map(([value, label]) => (
                <FormSelectOption key={value} value={value} label={label} />
              ))}
            </FormSelect>
          </FormGroup>
          <FormGroup label="Machines run with" fieldId="option-driver">
            <DriverField id="option-driver" />
          </FormGroup>
          <FormGroup label="Version" fieldId="option-version">
            <TextInput
              id="option-version"
              placeholder="as the plan says"
              value={options.version ?? ''}
              onChange={(_event, value) => set('version', value)}
            />
          </FormGroup>
          <FormGroup label="Channel" fieldId="option-channel">
            <TextInput
              id="option-channel"
              placeholder="as the lab says"
              value={options.channel ?? ''}
              onChange={(_event, value) => set('channel', value)}
            />
          </FormGroup>
          <Switch
            id="option-cache"
            label="Use what earlier builds downloaded and cached"
            isChecked={options.isCacheUsed}
            onChange={(_event, isOn) => onChange({ ...options, isCacheUsed: isOn })}
          />
        </Form>
      </CardBody>
    </Card>
  );
}
