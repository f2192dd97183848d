import { GoldsmithError } from '../model/failure.ts';

const FIELD = /\{\{-?\s*\.(\w+)\s*-?\}\}/g;
/** Exactly as a recipe leaves them standing: with any other spacing it is the recipe's own text (`{{.ID}}` of docker). */
const BUILD = /\{\{ \.(\w+) \}\}/g;

/**
 * Fills in the fields of a Packer command template, e.g. `{{ .Vars }} sh {{ .Path }}`.
 * @throws GoldsmithError `bad-recipe` when it names a field that does not exist here
 */
export function fillTemplate(template: string, fields: Record<string, string>): string {
  return template.replace(FIELD, (_whole, name: string) => {
    const value = fields[name];
    if (value !== undefined) return value;
    const known = Object.keys(fields).map(field => `{{ .${field} }}`);
    throw new GoldsmithError('bad-recipe', `{{ .${name} }} means nothing in "${template}".`, {
      hint: `Here these can be used: ${known.join(', ')}.`,
    });
  });
}

/** Fills in the build's own values (Packer's `build.ID`, `build.Host`, ...) in every text of a provisioner. */
export function fillBuildValues<T>(data: T, values: Record<string, string>): T {
  return deepReplace(data, text => text.replace(BUILD, (whole, name: string) => values[name] ?? whole)) as T;
}

function deepReplace(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map(item => deepReplace(item, replace));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deepReplace(item, replace)]));
}
