import type { OptionTable, RawBlock } from '../schema.ts';
import { KEPT, type PluginContext, refer, wrongOption } from './kind.ts';

/** What all provisioners that run scripts share. */
export const SCRIPT_OPTIONS = {
  inline: { kind: 'texts', default: [], ...KEPT },
  script: { kind: 'text', ...KEPT },
  scripts: { kind: 'texts', default: [], ...KEPT },
  valid_exit_codes: { kind: 'counts', default: [] },
  environment_vars: { kind: 'texts', default: [], ...KEPT },
  env: { kind: 'text-map', default: {}, ...KEPT },
  env_var_format: { kind: 'text', ...KEPT },
} as const satisfies OptionTable;

interface ScriptOptions {
  inline: string[];
  script: string | undefined;
  scripts: string[];
}

/** Either lines or files, not both and not neither. @throws GoldsmithError `bad-recipe` */
export function scriptsOf(
  options: ScriptOptions,
  block: RawBlock,
  context: PluginContext,
): { inline: string[]; scripts: string[] } {
  if (options.script && options.scripts.length > 0)
    throw wrongOption(block, 'scripts', 'Only one of "script" and "scripts" can be set.');
  const scripts = options.script ? [options.script] : options.scripts;
  if (scripts.length === 0 && options.inline.length === 0) {
    throw wrongOption(
      block,
      'inline',
      `${block.what} needs "inline", "script" or "scripts".`.replace(/^./, first => first.toUpperCase()),
    );
  }
  if (scripts.length > 0 && options.inline.length > 0)
    throw wrongOption(block, 'inline', 'Only one of "inline" and "script" can be set.');
  refer(context, block, options.script ? 'script' : 'scripts', 'file', scripts);
  return { inline: options.inline, scripts };
}

export const exitCodes = (codes: number[]): number[] => (codes.length > 0 ? codes : [0]);
