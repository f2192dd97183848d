import { GoldsmithError } from '../model/failure.ts';
import { nearest } from '../model/nearest.ts';

/** What is known only once a build runs, by Packer's names. `LogPort` is ours: where the installer's syslog is received. */
export const BUILD_VARIABLES = ['HTTPIP', 'HTTPPort', 'Name', 'SSHPublicKey', 'LogPort'] as const;
export type BuildVariables = Record<(typeof BUILD_VARIABLES)[number], string>;

/** `{{ .Name }}`, with the only pipe that boot commands use. */
const REFERENCE = /\{\{-?\s*\.(\w+)\s*(?:\|\s*(urlquery)\s*)?-?\}\}/g;

/** Renders the parts of a boot command, joined without separator as Packer does. @throws GoldsmithError `bad-boot-command` */
export const renderBootCommand = (parts: string[], variables: BuildVariables): string =>
  parts.join('').replace(REFERENCE, (_all, name: string, pipe?: string) => {
    const value = (variables as Partial<Record<string, string>>)[name];
    if (value === undefined) throw unknownVariable(name);
    return pipe === 'urlquery' ? urlQuery(value) : value;
  });

/** Renders served text: only our five names are touched, so that Jinja and other templates in it stay as they are. */
export const renderServedText = (text: string, variables: BuildVariables): string =>
  text.replace(REFERENCE, (all, name: string, pipe?: string) => {
    const value = (variables as Partial<Record<string, string>>)[name];
    if (value === undefined) return all;
    return pipe === 'urlquery' ? urlQuery(value) : value;
  });

/** Go's url.QueryEscape: a space becomes `+`, and `!'()*` are escaped too. */
const urlQuery = (value: string): string =>
  encodeURIComponent(value)
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

function unknownVariable(name: string): GoldsmithError {
  const near = nearest(name, BUILD_VARIABLES);
  return new GoldsmithError('bad-boot-command', `The boot command uses {{ .${name} }}, which no build has.`, {
    hint: near ? `Did you mean {{ .${near} }}?` : `Known: ${BUILD_VARIABLES.map(known => `.${known}`).join(', ')}.`,
  });
}
