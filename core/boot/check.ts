import { GoldsmithError, type Place, type Problem, toFailure } from '../model/failure.ts';
import { nearest } from '../model/nearest.ts';
import { isToken, parseBootCommand } from './command.ts';
import { SPECIAL_KEYS } from './special-keys.ts';

const NAMES: readonly string[] = [...Object.keys(SPECIAL_KEYS), 'wait', 'waitfor'];
/** What looks like a token: no spaces, so that `if a <b or c> d` is none, nor HTML's `<b>`. */
const TOKEN_LIKE = /<([a-z]{3,})([^\s<>]*)>/gi;

/**
 * Everything about a boot command that can be said before it is typed: what cannot be typed as an error, and tokens
 * that will be typed letter by letter although a key was most likely meant (`<entr>`, `<wait5min>`) as warnings.
 * Variables need not be filled in yet.
 */
export function checkBootCommand(text: string, options: { keyboard?: string; place?: Place } = {}): Problem[] {
  const place = options.place ? { place: options.place } : {};
  try {
    parseBootCommand(text, options);
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    const { code, message, hint } = toFailure(error);
    return [{ code, message, severity: 'error', ...(hint ? { hint } : {}), ...place }];
  }
  return [...text.matchAll(TOKEN_LIKE)].flatMap(misspelled).map(problem => ({ ...problem, ...place }));
}

function misspelled({ 0: token, 1: word = '', 2: rest = '', index }: RegExpExecArray): Problem[] {
  if (isToken(token)) return [];
  const meant = /^wait/i.test(word) ? 'wait' : nearest(word + rest, NAMES);
  if (meant === undefined) return [];
  const hint =
    meant === 'wait'
      ? 'Waits are <wait>, <wait5>, <wait300ms>, <wait1m20s>, <wait "text">.'
      : `Did you mean <${meant}>?`;
  const message = `${token}, character ${index + 1} of the boot command, is no key: it is typed as it stands.`;
  return [{ code: 'bad-boot-command', message, hint, severity: 'warning' }];
}
