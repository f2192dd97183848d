import { GoldsmithError } from '../model/failure.ts';
import { nearest } from '../model/nearest.ts';

/** What is known only once a build runs, by Packer's names. `LogPort` is ours: where the installer's syslog is received. */
export const BUILD_VARIABLES = ['HTTPIP', 'HTTPPort', 'Name', 'SSHPublicKey', 'LogPort'] as const;
export type BuildVariables = Record<(typeof BUILD_VARIABLES)[number], string>;

/**
 * `{{ .Name }}`, `{{ .Name | urlquery }}`, in the ways Go's text/template lets them be written: `{{-` and `-}}` take
 * the white space beside them away.
 */
const REFERENCE = /(?:\s*\{\{-\s+|\{\{\s*)\.(\w+)\s*(\|\s*urlquery\s*)?(?:(?<=\s)-\}\}\s*|\}\})/g;
/** In served files only exactly this is ours: the rest may be Jinja, Helm, or another template's. */
const PLAIN_REFERENCE = /\{\{\s*\.(\w+)\s*\}\}/g;

/**
 * Renders the parts of a boot command, joined without separator as Packer does.
 * @throws GoldsmithError `bad-boot-command`, with `details.position`, for a variable that no build has
 */
export const renderBootCommand = (parts: string[], variables: BuildVariables): string =>
  asPipes(parts.join('')).replace(
    REFERENCE,
    (reference: string, name: string, pipe: string | undefined, offset: number) => {
      const value = variableNamed(variables, name);
      if (value === undefined) throw unknownVariable(reference.trim(), name, offset + 1);
      return pipe === undefined ? value : urlQuery(value);
    },
  );

/** A template that passed through Packer's own engine may have its pipe written as a call: `{{ urlquery .Name }}`. */
const asPipes = (text: string): string =>
  text.replace(/\{\{(-?\s*)urlquery\s+(\.\w+)(\s*-?)\}\}/g, '{{$1$2 | urlquery$3}}');

/** Renders served text: only our five names are touched, so that other templates in it stay as they are. */
export const renderServedText = (text: string, variables: BuildVariables): string =>
  text.replace(PLAIN_REFERENCE, (all, name: string) => variableNamed(variables, name) ?? all);

const variableNamed = (variables: BuildVariables, name: string): string | undefined =>
  BUILD_VARIABLES.filter(known => known === name).map(known => variables[known])[0];

/** Go's url.QueryEscape: a space becomes `+`, and `!'()*` are escaped too. */
const urlQuery = (value: string): string =>
  encodeURIComponent(value)
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

function unknownVariable(reference: string, name: string, position: number): GoldsmithError {
  const near = nearest(name, BUILD_VARIABLES);
  const known = BUILD_VARIABLES.map(variable => `{{ .${variable} }}`).join(', ');
  return new GoldsmithError(
    'bad-boot-command',
    `${reference}, character ${position} of the boot command, is a variable that no build has.`,
    { hint: `${near ? `Did you mean {{ .${near} }}? ` : ''}Known: ${known}.`, details: { position, variable: name } },
  );
}
