import { GoldsmithError } from '../../model/failure.ts';
import type { RawBlock } from './schema.ts';

/** An error at the option, or at the block where the option is missing. */
export const optionError = (block: RawBlock, option: string, message: string, hint?: string): GoldsmithError =>
  new GoldsmithError('bad-recipe', message, { hint, details: { place: (block.options.get(option) ?? block).place() } });
