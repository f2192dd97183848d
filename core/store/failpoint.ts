/**
 * Names of the moments at which a crash is tried: each lies right after (or before) something that must be durable.
 * A closed list, so that the test that kills at every one of them misses none.
 */
export const FAILPOINTS = [
  'publish.before-files',
  'publish.after-files',
  'publish.after-verify',
  'publish.after-manifest',
  'publish.after-sync',
  'publish.after-rename',
  'publish.after-release-sync',
  'publish.before-pointer',
  'publish.after-pointer',
  'publish.before-channel',
  'publish.after-channel',
  'publish.after-candidate-removed',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/**
 * For tests: GOLDSMITH_FAILPOINT=`publish.after-rename:kill` ends this process there as a crash would,
 * `:throw` fails there as a full disk would. Otherwise nothing.
 */
export function failpoint(name: Failpoint, env: NodeJS.ProcessEnv = process.env): void {
  const [where, what] = env.GOLDSMITH_FAILPOINT?.split(':') ?? [];
  if (where !== name) return;
  if (what === 'kill') process.kill(process.pid, 'SIGKILL');
  else throw Object.assign(new Error(`failpoint ${name}`), { code: 'ENOSPC' });
}
