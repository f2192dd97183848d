import { nearest } from '../model/nearest.ts';

const MOST_SHOWN = 20;
const LONGEST_NAME = 100;

/** "Did you mean X?" or, when nothing is close, what is known. */
export function nameHint(name: string, known: Iterable<string>, what: string): string {
  const names = [...known];
  const near = name.length > LONGEST_NAME ? undefined : nearest(name, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (names.length === 0) return `No ${what} are known here.`;
  const shown = names.sort().slice(0, MOST_SHOWN).join(', ');
  return `Known ${what}: ${shown}${names.length > MOST_SHOWN ? ', ...' : ''}.`;
}
