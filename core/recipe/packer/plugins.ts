import { GoldsmithError } from '../../model/failure.ts';
import type { PostProcessor, Provisioner } from '../../model/recipe.ts';
import { nameHint } from '../nearest.ts';
import { decodeBlock } from '../options/decode.ts';
import { HAND_OFF_POST_PROCESSORS, POST_PROCESSOR_CHECKS, POST_PROCESSORS } from '../options/post-processors.ts';
import { KEPT, type PluginContext } from '../options/provisioners/kind.ts';
import { OTHER_PROVISIONERS, PROVISIONERS } from '../options/provisioners/table.ts';
import type { OptionTable, RawBlock, RawOption } from '../options/schema.ts';
import type { Reading } from './reading.ts';
import { isNamed } from './selection.ts';

/** A provisioner or post-processor as it stands in the template. */
export interface RawPlugin {
  type: string;
  block: RawBlock;
}

/** The builder that a provisioner or post-processor is read for. */
export interface PluginTarget {
  /** What `only` and `except` of a block name. */
  names: readonly string[];
  /** The keys of `override` that mean it. */
  overrideKeys: readonly string[];
}

const COMMON_OPTIONS = {
  name: { kind: 'text' },
  only: { kind: 'texts', default: [] },
  except: { kind: 'texts', default: [] },
} as const satisfies OptionTable;

const PROVISIONER_OPTIONS = {
  ...COMMON_OPTIONS,
  pause_before: { kind: 'duration' },
  max_retries: { kind: 'count', least: 0 },
  timeout: { kind: 'duration' },
  continue_on_error: { kind: 'flag', default: false },
  override: { kind: 'data', template: 'raw' },
} as const satisfies OptionTable;

const POST_PROCESSOR_OPTIONS = {
  ...COMMON_OPTIONS,
  keep_input_artifact: { kind: 'flag' },
} as const satisfies OptionTable;

/** The part of a block whose options are (or are not) in a table. */
function part(block: RawBlock, isWanted: (name: string) => boolean): RawBlock {
  return { ...block, options: new Map([...block.options].filter(([name]) => isWanted(name))) };
}

/** Whether a block applies to the builder. @throws GoldsmithError when both `only` and `except` are set. */
function applies(options: { only: string[]; except: string[] }, block: RawBlock, target: PluginTarget): boolean {
  if (options.only.length > 0 && options.except.length > 0) {
    const place = (block.options.get('except') ?? block).place();
    throw new GoldsmithError('bad-recipe', 'Only one of "only" and "except" can be set.', { details: { place } });
  }
  if (options.only.length > 0) return options.only.some(name => target.names.includes(name));
  return !options.except.some(name => target.names.includes(name));
}

/** Reads a provisioner, or gives undefined when it is not for this builder. @throws GoldsmithError */
export function readProvisioner(
  { type, block }: RawPlugin,
  target: PluginTarget,
  context: PluginContext,
): Provisioner | undefined {
  const common = decodeBlock(
    part(block, name => name in PROVISIONER_OPTIONS),
    PROVISIONER_OPTIONS,
    context,
  );
  if (!applies(common, block, target)) return undefined;
  const read = Object.hasOwn(PROVISIONERS, type) ? PROVISIONERS[type] : undefined;
  if (!read) throw unknownProvisioner(type, block);
  const own = part(block, name => !(name in PROVISIONER_OPTIONS));
  const body = read(overridden(own, common.override, target), context);
  return {
    ...body,
    place: block.place(),
    pauseBeforeMs: common.pause_before ?? 0,
    maxRetries: common.max_retries ?? 0,
    ...(common.timeout ? { timeoutMs: common.timeout } : {}),
    continueOnError: common.continue_on_error,
  };
}

function unknownProvisioner(type: string, block: RawBlock): GoldsmithError {
  const instead = Object.hasOwn(OTHER_PROVISIONERS, type) ? OTHER_PROVISIONERS[type] : undefined;
  const message = instead ? `The provisioner "${type}" is not supported.` : `There is no provisioner "${type}".`;
  const hint = instead ?? nameHint(type, Object.keys(PROVISIONERS), 'provisioners');
  return new GoldsmithError('unsupported', message, { hint, details: { place: block.place() } });
}

/** The options that `override` has for this builder stand in place of the block's own. */
function overridden(block: RawBlock, override: unknown, target: PluginTarget): RawBlock {
  if (override === undefined) return block;
  if (!isObject(override)) throw notAnObject(block);
  const found = target.overrideKeys.map(key => override[key]).find(value => value !== undefined);
  if (found === undefined) return block;
  if (!isObject(found)) throw notAnObject(block);
  const options = new Map(block.options);
  for (const [name, value] of Object.entries(found)) options.set(name, plainOption(name, value, block));
  return { ...block, options };
}

const notAnObject = (block: RawBlock): GoldsmithError =>
  new GoldsmithError('bad-recipe', '"override" is an object with an object for each builder.', {
    details: { place: block.place() },
  });

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** An option whose value is plain data already. */
function plainOption(name: string, value: unknown, block: RawBlock): RawOption {
  return { name, read: () => value, namePlace: block.place, place: block.place };
}

/**
 * Reads a chain of post-processors for a builder; a name that `-except` has ends the chain.
 * @throws GoldsmithError `unsupported` for an unknown one, unless the reading is lenient.
 */
export function readChain(
  plugins: RawPlugin[],
  target: PluginTarget,
  context: PluginContext,
  reading: Reading,
): PostProcessor[] {
  const chain: PostProcessor[] = [];
  for (const { type, block } of plugins) {
    const common = decodeBlock(
      part(block, name => name in POST_PROCESSOR_OPTIONS),
      POST_PROCESSOR_OPTIONS,
      context,
    );
    if (!applies(common, block, target)) continue;
    if (isNamed(common.name || type, reading.except)) break;
    const own = part(block, name => !(name in POST_PROCESSOR_OPTIONS));
    const options = postProcessorOptions(type, own, context, reading);
    if (!options) continue;
    chain.push({
      type,
      isHandOff: HAND_OFF_POST_PROCESSORS.includes(type),
      ...(common.name ? { name: common.name } : {}),
      place: block.place(),
      ...(common.keep_input_artifact === undefined ? {} : { keepInputArtifact: common.keep_input_artifact }),
      options,
    });
  }
  return chain;
}

function postProcessorOptions(
  type: string,
  block: RawBlock,
  context: PluginContext,
  reading: Reading,
): Record<string, unknown> | undefined {
  const table = Object.hasOwn(POST_PROCESSORS, type) ? POST_PROCESSORS[type] : undefined;
  if (table) {
    const options = withoutMissing(decodeBlock(block, table, context));
    POST_PROCESSOR_CHECKS[type]?.(options, block, context);
    return options;
  }
  if (!HAND_OFF_POST_PROCESSORS.includes(type)) return tellUnsupported(type, block, reading);
  const message = `The post-processor "${type}" is not run; the hand-off notes say what it would do.`;
  reading.problems.push({ code: 'unsupported', severity: 'note', message, place: block.place() });
  const anything = Object.fromEntries(
    [...block.options.keys()].map(name => [name, { kind: 'data', ...KEPT } as const]),
  );
  const options = new Map([...block.options].map(([name, option]) => [name, orNotKnown(option)]));
  return withoutMissing(decodeBlock({ ...block, options }, anything, context));
}

/** A note can do without a value that only a service would tell. */
const orNotKnown = (option: RawOption): RawOption => ({
  ...option,
  read: kind => {
    try {
      return option.read(kind);
    } catch (error) {
      if (!(error instanceof GoldsmithError) || error.code !== 'unsupported') throw error;
      return '(not known while the template is read)';
    }
  },
});

const withoutMissing = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function tellUnsupported(type: string, block: RawBlock, reading: Reading): undefined {
  const message = `There is no post-processor "${type}".`;
  const hint = nameHint(type, Object.keys(POST_PROCESSORS), 'post-processors');
  const place = block.place();
  if (!reading.isLenient)
    throw new GoldsmithError('unsupported', message, { hint: `${hint} --lenient leaves it out.`, details: { place } });
  reading.problems.push({
    code: 'unsupported',
    severity: 'warning',
    message: `${message} It is left out.`,
    hint,
    place,
  });
}
