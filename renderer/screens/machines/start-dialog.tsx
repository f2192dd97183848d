import {
  Button,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextArea,
  TextInput,
} from '@patternfly/react-core';
import { useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import type { ImageInfo } from '../../../core/model/image.ts';
import type { CallArguments } from '../../../electron/ipc/contract.ts';
import { call } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { forgetDraft, useDraft } from '../../state/drafts.ts';
import { chosenDriver } from '../../state/driver.ts';
import { refresh } from '../../state/lab.ts';
import { go } from '../../state/route.ts';

interface Fields {
  ref: string;
  memory: string;
  cpus: string;
  forwards: string;
  userData: string;
}

const EMPTY = { memory: '', cpus: '', forwards: '', userData: '' };
/** User data is long: closing the dialog by accident loses none of it. */
const DRAFT = 'start a machine';

/** A machine from any release, with user data and forwarded ports. */
export function StartDialog({
  images,
  wanted,
  onClose,
}: {
  images: ImageInfo[];
  wanted: string | undefined;
  onClose(): void;
}) {
  const refs = images.flatMap(({ name, releases }) => releases.map(({ version }) => `${name}@${version}`));
  const [draft, setDraft] = useDraft<Omit<Fields, 'ref'>>(DRAFT, EMPTY);
  const [ref, setRef] = useState(wanted ?? refs[0] ?? '');
  const fields: Fields = { ref, ...draft };
  const [isStarting, setStarting] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const set = (name: keyof typeof EMPTY) => (_event: unknown, value: string) => setDraft({ ...draft, [name]: value });
  const forwards = parseForwards(fields.forwards);
  const start = async (): Promise<void> => {
    if (!forwards) return;
    setStarting(true);
    setFailure(undefined);
    const reply = await call('vm.start', argumentsOf(fields, forwards));
    setStarting(false);
    if (!reply.ok) return setFailure(reply.failure);
    forgetDraft(DRAFT);
    await refresh.vms();
    onClose();
    go(['vms', reply.value.id]);
  };
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="start-title" elementToFocus="#start-ref">
      <ModalHeader
        title="Start a machine"
        labelId="start-title"
        description="On a throwaway disk over the release. It goes on when this app is closed, until you discard it."
      />
      <ModalBody>
        {failure && <FailureAlert failure={failure} />}
        <Form
          id="start-form"
          onSubmit={event => {
            event.preventDefault();
            void start();
          }}
        >
          <FormGroup label="Release" fieldId="start-ref">
            <FormSelect id="start-ref" value={fields.ref} onChange={(_event, value) => setRef(value)}>
              {refs.map(ref => (
                <FormSelectOption key={ref} value={ref} label={ref} />
              ))}
            </FormSelect>
          </FormGroup>
          <div className="gs-pair">
            <FormGroup label="Memory in MiB" fieldId="start-memory">
              <TextInput
                id="start-memory"
                inputMode="numeric"
                placeholder="1024"
                value={fields.memory}
                onChange={set('memory')}
              />
            </FormGroup>
            <FormGroup label="CPUs" fieldId="start-cpus">
              <TextInput
                id="start-cpus"
                inputMode="numeric"
                placeholder="2"
                value={fields.cpus}
                onChange={set('cpus')}
              />
            </FormGroup>
          </div>
          <FormGroup label="Forwarded ports" fieldId="start-forwards">
            <TextInput
              id="start-forwards"
              placeholder="8080:80 443"
              value={fields.forwards}
              onChange={set('forwards')}
              validated={forwards ? 'default' : 'error'}
              aria-describedby="start-forwards-help"
            />
            <FormHelperText>
              <HelperText id="start-forwards-help">
                <HelperTextItem variant={forwards ? 'default' : 'error'}>
                  Host port, colon, guest port; a guest port alone takes a free host port. All on 127.0.0.1. SSH is
                  always there.
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
          <FormGroup label="cloud-init user data" fieldId="start-data">
            <TextArea
              id="start-data"
              className="gs-mono"
              rows={6}
              resizeOrientation="vertical"
              placeholder={'#cloud-config\n(left empty: a user with a new key)'}
              value={fields.userData}
              onChange={set('userData')}
            />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="start-form"
          variant="primary"
          isLoading={isStarting}
          isDisabled={isStarting || !forwards || fields.ref === ''}
        >
          {isStarting ? 'Starting …' : 'Start'}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

type Forwards = CallArguments<'vm.start'>['forwards'];

/** `8080:80 443`; undefined when it is something else. */
function parseForwards(text: string): Forwards | undefined {
  const found = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(word => /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(word));
  if (found.some(match => match === null)) return undefined;
  return found.map(match => ({ hostPort: Number(match?.[1] ?? 0), guestPort: Number(match?.[2]) }));
}

const argumentsOf = ({ ref, memory, cpus, userData }: Fields, forwards: Forwards): CallArguments<'vm.start'> => ({
  ref,
  forwards,
  ...chosenDriver(),
  ...(Number(memory) > 0 ? { memoryMiB: Number(memory) } : {}),
  ...(Number(cpus) > 0 ? { cpus: Number(cpus) } : {}),
  ...(userData.trim() === '' ? {} : { userData }),
});
