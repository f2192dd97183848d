import {
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Switch,
  TextArea,
  TextInput,
} from '@patternfly/react-core';
import type { Failure } from '../../../core/model/failure.ts';
import type { RecipeForm } from '../../../core/model/plan.ts';
import type { RecipeVariable } from '../../../core/model/recipe.ts';

export type Values = Record<string, string>;

/** What the fields show first: texts as they are, anything else as the recipe would write it. */
export const initialValues = ({ variables }: RecipeForm): Values =>
  Object.fromEntries(variables.map(({ name, value }) => [name, textOf(value)]));

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** Only what a person changed: everything else stays as the recipe, the lab and this host have it. */
export const given = (values: Values, initial: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== initial[name]));

interface Props {
  form: RecipeForm;
  values: Values;
  initial: Values;
  failure: Failure | undefined;
  onChange(name: string, value: string): void;
  /** Back to what recipe, lab and host say. */
  onReset(): void;
}

/** The form that the recipe's own variables make. */
export function VariablesForm({ form, values, initial, failure, onChange, onReset }: Props) {
  const changed = Object.keys(given(values, initial)).length;
  return (
    <Card>
      <CardTitle component="h2">Variables</CardTitle>
      <CardBody>
        {changed > 0 && (
          <p className="gs-muted gs-note">
            {changed === 1 ? 'One differs' : `${changed} differ`} from what recipe and lab say.{' '}
            <Button variant="link" isInline onClick={onReset}>
              Take theirs
            </Button>
          </p>
        )}
        {form.variables.length === 0 && <p>This recipe has no variables: it is built as it is.</p>}
        <Form onSubmit={event => event.preventDefault()}>
          {form.variables.map(variable => (
            <VariableField
              key={variable.name}
              variable={variable}
              value={values[variable.name] ?? ''}
              isChanged={values[variable.name] !== initial[variable.name]}
              error={failure?.details?.['variable'] === variable.name ? failure.message : undefined}
              onChange={value => onChange(variable.name, value)}
            />
          ))}
        </Form>
      </CardBody>
    </Card>
  );
}

interface FieldProps {
  variable: RecipeVariable;
  value: string;
  isChanged: boolean;
  error: string | undefined;
  onChange(value: string): void;
}

function VariableField({ variable, value, isChanged, error, onChange }: FieldProps) {
  const { name, description, hasDefault, sensitive, type } = variable;
  const isRequired = !hasDefault && variable.value === undefined;
  const id = `variable-${name}`;
  const help = [description, sensitive && hasDefault && !isChanged ? 'A value is set; it is not shown.' : ''].filter(
    Boolean,
  );
  return (
    <FormGroup label={name} fieldId={id} isRequired={isRequired} labelInfo={<span className="gs-type">{type}</span>}>
      <Field variable={variable} id={id} value={value} isRequired={isRequired} error={error} onChange={onChange} />
      <FormHelperText>
        <HelperText id={`${id}-help`}>
          {help.map(text => (
            <HelperTextItem key={String(text)}>{text}</HelperTextItem>
          ))}
          {error && <HelperTextItem variant="error">{error}</HelperTextItem>}
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

interface InputProps extends Omit<FieldProps, 'isChanged'> {
  id: string;
  isRequired: boolean;
}

/** A field by the variable's type. */
function Field({ variable, id, value, isRequired, error, onChange }: InputProps) {
  const { type, sensitive, choices } = variable;
  const common = { id, 'aria-describedby': `${id}-help`, validated: error ? ('error' as const) : ('default' as const) };
  if (type === 'bool') {
    return (
      <Switch
        id={id}
        aria-label={variable.name}
        label={value === 'true' ? 'yes' : 'no'}
        isChecked={value === 'true'}
        onChange={(_event, isOn) => onChange(String(isOn))}
      />
    );
  }
  if (choices) {
    const texts = choices.includes(value) ? choices : [value, ...choices];
    return (
      <FormSelect {...common} value={value} onChange={(_event, text) => onChange(text)} isRequired={isRequired}>
        {texts.map(text => (
          <FormSelectOption key={text} value={text} label={text || (isRequired ? 'Choose one' : 'none')} />
        ))}
      </FormSelect>
    );
  }
  if (/^(list|set|map|object|tuple)/.test(type)) {
    return (
      <TextArea
        {...common}
        className="gs-mono"
        value={value}
        rows={3}
        resizeOrientation="vertical"
        onChange={(_event, text) => onChange(text)}
        isRequired={isRequired}
      />
    );
  }
  return (
    <TextInput
      {...common}
      type={sensitive ? 'password' : 'text'}
      autoComplete={sensitive ? 'new-password' : 'off'}
      inputMode={type === 'number' ? 'decimal' : 'text'}
      value={value}
      onChange={(_event, text) => onChange(text)}
      isRequired={isRequired}
    />
  );
}
