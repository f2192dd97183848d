import type { RawBlock } from '../schema.ts';
import { wrongOption } from './kind.ts';

/** `environment_vars` and `env` as one map; `env` comes last, as in Packer. */
export function environmentOf(
  options: { environment_vars: readonly string[]; env: Readonly<Record<string, string>> },
  block: RawBlock,
): Record<string, string> {
  return { ...pairs(options.environment_vars, 'environment_vars', block), ...options.env };
}

/** A list of `KEY=value` as a map. @throws GoldsmithError `bad-recipe` */
export function pairs(list: readonly string[], option: string, block: RawBlock): Record<string, string> {
  return Object.fromEntries(
    list.map(pair => {
      const at = pair.indexOf('=');
      if (at < 1) throw wrongOption(block, option, `${JSON.stringify(pair)} is no "KEY=value".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
