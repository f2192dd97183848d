import { GoldsmithError } from '../../../model/failure.ts';
import type { Provisioner, ProvisionerPolicy } from '../../../model/recipe.ts';
import { type DecodeContext, decodeBlock } from '../decode.ts';
import type { FileReference } from '../references.ts';
import type { Decoded, OptionTable, RawBlock } from '../schema.ts';

/** Decoding of provisioners and post-processors: it also collects the files they name. */
export interface PluginContext extends DecodeContext {
  references: FileReference[];
}

/** A provisioner without what all of them have in common. */
export type ProvisionerBody = Provisioner extends infer P
  ? P extends ProvisionerPolicy
    ? Omit<P, keyof ProvisionerPolicy>
    : never
  : never;

export type ProvisionerReader = (block: RawBlock, context: PluginContext) => ProvisionerBody;

/** One kind of provisioner: its table of options, and what they come to. */
export function provisionerKind<T extends OptionTable>(
  table: T,
  make: (options: Decoded<T>, block: RawBlock, context: PluginContext) => ProvisionerBody,
): ProvisionerReader {
  return (block, context) => make(decodeBlock(block, table, context), block, context);
}

/** An error at an option of the block, or at the block when the option is not there. */
export function wrongOption(block: RawBlock, option: string, message: string, hint?: string): GoldsmithError {
  return new GoldsmithError('bad-recipe', message, {
    hint,
    details: { place: (block.options.get(option) ?? block).place() },
  });
}

/** Notes files that must be there when the provisioner runs. */
export function refer(
  context: PluginContext,
  block: RawBlock,
  option: string,
  kind: FileReference['kind'],
  paths: readonly (string | undefined)[],
): void {
  for (const path of paths) {
    if (path)
      context.references.push({
        path,
        kind,
        what: `"${option}"`,
        place: () => (block.options.get(option) ?? block).place(),
      });
  }
}

/** Names that have a value while provisioners run, beside those of the builder. */
export const KEPT = { template: {} } as const;
