import type { Output } from './cli.ts';

type Paint = (text: string) => string;

/** Colours and marks, or none: https://no-color.org, and ASCII where the terminal's locale is not UTF-8. */
export interface Style {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
  cyan: Paint;
  marks: { ok: string; failed: string; running: string; stopped: string; warning: string; full: string; empty: string };
}

const UNICODE = { ok: '✓', failed: '✗', running: '▸', stopped: '■', warning: '!', full: '█', empty: '░' };
const ASCII = { ok: '+', failed: 'x', running: '>', stopped: '-', warning: '!', full: '#', empty: '.' };

export function createStyle(output: Output, env: NodeJS.ProcessEnv): Style {
  const isColoured =
    (env.NO_COLOR ?? '') === '' && (env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : isColourTerminal(output, env));
  const paint =
    ([on, off]: [on: number, off: number]): Paint =>
    text =>
      isColoured && text !== '' ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: paint([1, 22]),
    dim: paint([2, 22]),
    red: paint([31, 39]),
    green: paint([32, 39]),
    yellow: paint([33, 39]),
    cyan: paint([36, 39]),
    marks: isUtf8(env) ? UNICODE : ASCII,
  };
}

const isColourTerminal = (output: Output, env: NodeJS.ProcessEnv): boolean =>
  output.isTTY === true && env.TERM !== 'dumb';

const isUtf8 = (env: NodeJS.ProcessEnv): boolean => /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || 'utf8');
