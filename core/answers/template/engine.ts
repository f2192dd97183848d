import { GoldsmithError } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import { placeValues, VALUE_END, VALUE_START } from './place-values.ts';

/** Values by name; maps and lists inside are reached by `{{ user.name }}` and `{% for %}`. */
export type TemplateValues = Readonly<Record<string, unknown>>;

/** Bounds of one rendering: a template is data, and a mistake in it must not stop a build for ever. */
const LIMITS = { parseLimit: 4_000_000, renderLimit: 5_000, memoryLimit: 16_000_000 } as const;

/** `{{ .HTTPIP }}` and the like are the build's own, filled in later. */
const OF_THE_BUILD = /\{\{-?\s*\.\w+[^{}]*\}\}/g;

/**
 * Renders answer files written in Liquid: `{{ name }}`, `{% if %}`, `{% for %}`, `{% render "partial" %}`. No code, no
 * file access: partials are the other templates. A value is escaped for the place it enters (place-values.ts); a variable
 * that nobody has set is an error with its place.
 * @param templates by name, the paths they are served at without the first slash; names whose last part begins with `_`
 *   are partials, and not served
 * @throws GoldsmithError `bad-answers` with file, line and column
 */
export async function renderTemplates(
  templates: ReadonlyMap<string, string>,
  values: TemplateValues,
): Promise<Map<string, string>> {
  const { Liquid } = await import('liquidjs'); // only a lab with templates pays for it
  const liquid = new Liquid({
    ...LIMITS,
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    outputEscape: value => `${VALUE_START}${withoutMarks(asText(value))}${VALUE_END}`,
    templates: Object.fromEntries([...templates].map(([name, text]) => [name, keepBuildVariables(text)])),
  });
  const rendered = new Map<string, string>();
  for (const [name, text] of templates) {
    if (isPartial(name)) continue;
    rendered.set(name, placeValues(name, renderOne(liquid, { name, text, templates, values })));
  }
  return rendered;
}

export const isPartial = (name: string): boolean => /(^|\/)_[^/]*$/.test(name);

const keepBuildVariables = (text: string): string =>
  withoutMarks(text).replace(OF_THE_BUILD, reference => `{% raw %}${reference}{% endraw %}`);

/** A mark of its own would let a value end before its end. */
const withoutMarks = (text: string): string => text.replaceAll(VALUE_START, '').replaceAll(VALUE_END, '');

/** Text as it stands in a file: a list with commas, as most answers want it. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(asText).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

interface One {
  name: string;
  text: string;
  templates: ReadonlyMap<string, string>;
  values: TemplateValues;
}

interface Renderer {
  renderFileSync(file: string, scope?: object): unknown;
}

function renderOne(liquid: Renderer, { name, templates, values }: One): string {
  try {
    return String(liquid.renderFileSync(name, { ...values }));
  } catch (error) {
    throw told(error, name, templates, values);
  }
}

/** What Liquid says, with our place and the nearest known name. */
function told(error: unknown, name: string, templates: ReadonlyMap<string, string>, values: TemplateValues): unknown {
  if (!(error instanceof Error)) return error;
  const token = (error as { token?: { getPosition?: () => number[]; file?: string } }).token;
  const [line, column] = token?.getPosition?.() ?? [];
  const file = token?.file ?? name;
  const unknown = /^undefined variable: ([^,]*)/.exec(error.message)?.[1];
  const what =
    unknown === undefined ? error.message.replace(/, (file|line):.*$/s, '') : `Nothing sets the variable ${unknown}`;
  const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(values));
  const source = templates.get(file)?.split('\n')[(line ?? 0) - 1];
  return new GoldsmithError('bad-answers', `${what}.`, {
    hint: meant === undefined ? known(values) : `Did you mean ${meant}?`,
    details: {
      place: {
        file,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
        ...(source === undefined ? {} : { source }),
      },
    },
    cause: error,
  });
}

const known = (values: TemplateValues): string => `Known: ${Object.keys(values).sort().slice(0, 30).join(', ')}.`;
