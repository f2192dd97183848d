/** One word of a POSIX shell, whatever it holds. */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;

/** A remote path as a shell word: a leading tilde still means the home folder. */
export function shellPath(remote: string): string {
  if (remote === '~') return '"$HOME"';
  return remote.startsWith('~/') ? `"$HOME"/${shellQuote(remote.slice(2))}` : shellQuote(remote);
}
