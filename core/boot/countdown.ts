const NUMBERS = /(\d+)/;

/**
 * Whether all that changed on a screen is one number that is less than it was, as the seconds of a menu: such a screen
 * stands still. One that counts up shows how far something has come, and does not.
 */
export function countsDown(before: readonly string[], now: readonly string[]): boolean {
  const changed = now.flatMap((row, at) => (row === before[at] ? [] : [at]));
  const [at] = changed;
  if (before.length !== now.length || changed.length !== 1 || at === undefined) return false;
  const [was, is] = [pieces(before[at] ?? ''), pieces(now[at] ?? '')];
  const others = is.flatMap((piece, nth) => (piece === was[nth] ? [] : [[was[nth], piece]]));
  const [number] = others;
  return (
    was.length === is.length && others.length === 1 && number !== undefined && Number(number[1]) < Number(number[0])
  );
}

/** Texts and numbers in turn; a number that has lost a digit leaves a space more. */
const pieces = (row: string): string[] =>
  row
    .trimEnd()
    .split(NUMBERS)
    .map(piece => piece.replace(/ +/g, ' '));
