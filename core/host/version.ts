/** The first version number in what a program says of itself: `QEMU emulator version 10.0.2 (Debian ...)` -> `10.0.2`. */
export const versionIn = (text: string): string | undefined => /(?:^|[\s_([v])(\d+(?:\.\d+)+)/.exec(text)?.[1];

/** Less than, equal to or greater than 0, as for `sort`. Missing parts count as 0: 8 equals 8.0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(version => version.split('.').map(Number));
  const parts = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let part = 0; part < parts; part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
