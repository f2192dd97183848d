import { GoldsmithError, type Place, type Problem } from '../../model/failure.ts';
import { nameHint } from '../nearest.ts';
import { coerce } from './coerce.ts';
import type { Decoded, OptionSpec, OptionTable, RawBlock, RawOption } from './schema.ts';

/** What decoding needs beyond the table. */
export interface DecodeContext {
  /** Renders `{{ }}` in a text; `names` are the build-time names left standing, `undefined` means: none has a value. */
  render(text: string, names: 'all' | readonly string[] | undefined, place: () => Place): string;
  problems: Problem[];
}

/**
 * Turns the options of a block into typed values with their defaults.
 * @throws GoldsmithError `bad-recipe` or `unsupported` at the option that is wrong or unknown.
 */
export function decodeBlock<T extends OptionTable>(block: RawBlock, table: T, context: DecodeContext): Decoded<T> {
  const given = new Map<string, unknown>();
  for (const option of block.options.values()) {
    if (option.name.startsWith('_') || option.name.startsWith('packer_')) continue;
    const spec = table[option.name];
    if (!spec) throw unknownOption(option, block, table);
    const value = decodeOption(option, spec, context);
    if (value !== undefined) given.set(option.name, value);
  }
  const { defaults, renamed } = summaryOf(table);
  const decoded: Record<string, unknown> = Object.fromEntries(given);
  for (const [name, value] of defaults) decoded[name] ??= copied(value);
  for (const [old, name] of renamed) if (given.has(old)) decoded[name] = given.get(old);
  return decoded as Decoded<T>;
}

interface TableSummary {
  defaults: [name: string, value: unknown][];
  renamed: [old: string, name: string][];
}

const SUMMARIES = new WeakMap<OptionTable, TableSummary>();

/** What every block of a table needs, worked out once: a template may have thousands of blocks. */
function summaryOf(table: OptionTable): TableSummary {
  const known = SUMMARIES.get(table);
  if (known) return known;
  const specs = Object.entries(table);
  const summary: TableSummary = {
    defaults: specs.flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])),
    renamed: specs.flatMap(([old, { renamedTo }]) => (renamedTo === undefined ? [] : [[old, renamedTo]])),
  };
  SUMMARIES.set(table, summary);
  return summary;
}

/** Lists and maps are given out as copies: a recipe is the caller's own. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return [...value];
  return value !== null && typeof value === 'object' ? { ...value } : value;
}

function unknownOption(option: RawOption, block: RawBlock, table: OptionTable): GoldsmithError {
  return at(
    option.namePlace(),
    `${block.what} has no option "${option.name}".`,
    nameHint(option.name, Object.keys(table), 'options'),
  );
}

const at = (place: Place, message: string, hint?: string): GoldsmithError =>
  new GoldsmithError('bad-recipe', message.charAt(0).toUpperCase() + message.slice(1), { hint, details: { place } });

function decodeOption(option: RawOption, spec: OptionSpec, context: DecodeContext): unknown {
  const raw = option.read(spec.kind);
  if (raw === null || raw === undefined) return undefined;
  const rendered = renderDeep(raw, spec, context, () => option.place());
  const result = coerce(spec.kind, rendered);
  if ('reason' in result) throw at(option.place(), `"${option.name}": ${result.reason}.`, result.hint);
  tellOfOld(option, spec, context);
  checkValue(option, spec, result.value, context);
  return result.value;
}

function renderDeep(value: unknown, spec: OptionSpec, context: DecodeContext, place: () => Place): unknown {
  const { template } = spec;
  if (template === 'raw') return value;
  const names = template ? (template.names ?? 'all') : undefined;
  return mapTexts(value, text => context.render(text, names, place));
}

/** The same data with every text, and every key, changed. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map(item => mapTexts(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapTexts(item, change)]));
}

function tellOfOld(option: RawOption, spec: OptionSpec, context: DecodeContext): void {
  if (spec.renamedTo === undefined) return;
  const message = `"${option.name}" is an old spelling of "${spec.renamedTo}"; it is read as that.`;
  context.problems.push({
    code: 'bad-recipe',
    severity: 'note',
    message,
    hint: `Write ${spec.renamedTo}.`,
    place: option.namePlace(),
  });
}

function checkValue(option: RawOption, spec: OptionSpec, value: unknown, context: DecodeContext): void {
  const isHarmless =
    value === '' ||
    value === false ||
    (Array.isArray(value) && value.length === 0) ||
    (spec.harmless ?? []).includes(value);
  if (spec.unsupported !== undefined && !isHarmless) {
    throw new GoldsmithError('unsupported', `"${option.name}" is not supported: ${spec.unsupported}`, {
      details: { place: option.place() },
    });
  }
  if (spec.ignored && !isHarmless) {
    context.problems.push({
      code: 'unsupported',
      severity: 'note',
      message: `"${option.name}" has no effect: ${spec.ignored}`,
      place: option.place(),
    });
  }
  const reason = wrongness(spec, value);
  if (reason !== undefined) throw at(option.place(), `"${option.name}": ${reason}`, choiceHint(spec, value));
}

function choiceHint(spec: OptionSpec, value: unknown): string | undefined {
  return spec.oneOf && typeof value === 'string' ? nameHint(value, spec.oneOf, 'values') : undefined;
}

function wrongness(spec: OptionSpec, value: unknown): string | undefined {
  if (spec.oneOf && value !== '' && !spec.oneOf.includes(String(value)))
    return `${JSON.stringify(value)} is not possible.`;
  if (spec.least !== undefined && Number(value) < spec.least) return `it is at least ${spec.least}, not ${value}.`;
  if (spec.most !== undefined && Number(value) > spec.most) return `it is at most ${spec.most}, not ${value}.`;
  return spec.check?.(value as never);
}
