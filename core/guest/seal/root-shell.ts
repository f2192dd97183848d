import { GoldsmithError } from '../../model/failure.ts';
import type { ExecResult, Guest } from '../guest.ts';
import { shellQuote } from '../shell-quote.ts';

/** Ways to a root shell, tried in this order, and what to run for it. */
const WAYS = {
  root: 'sh -s',
  sudo: 'sudo -n sh -s',
  doas: 'doas -n sh -s',
  password: "sudo -S -p '' sh -s",
} as const;
type Way = keyof typeof WAYS;

/** Says which way is open; `password` needs the login's password and sudo. csh (FreeBSD's root) cannot read this itself. */
const PROBE = `sh -c ${shellQuote(
  'if [ "$(id -u)" = 0 ]; then echo root; ' +
    'elif sudo -n true 2>/dev/null; then echo sudo; ' +
    'elif doas -n true 2>/dev/null; then echo doas; ' +
    'elif command -v sudo >/dev/null; then echo password; fi',
)}`;

export interface RootScriptOptions {
  onLine: (line: string) => void;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Runs a script as root from the standard input of a shell, so that nothing of it is left in the guest.
 * @throws GoldsmithError `seal-failed` when the login user has no way to become root
 */
export async function runAsRoot(guest: Guest, script: string, options: RootScriptOptions): Promise<ExecResult> {
  const way = await findWay(guest, options.signal);
  const stdin = way === 'password' ? `${guest.address.password}\n${script}` : script;
  return guest.exec(WAYS[way], { ...options, stdin });
}

async function findWay(guest: Guest, signal: AbortSignal): Promise<Way> {
  let answer = '';
  await guest.exec(PROBE, { signal, timeoutMs: 60_000, onLine: line => (answer = line.trim()) });
  const isOpen = answer in WAYS && (answer !== 'password' || guest.address.password !== undefined);
  if (isOpen) return answer as Way;
  throw new GoldsmithError('seal-failed', `The user ${guest.address.user} cannot become root in the guest.`, {
    hint: `Give it password-less sudo (a line "${guest.address.user} ALL=(ALL) NOPASSWD: ALL" in /etc/sudoers.d), or log in as root.`,
  });
}
