import type { Guest } from '../guest/guest.ts';
import { GoldsmithError } from '../model/failure.ts';

/** What must differ between two clones of an image, and must stay when one of them boots again. */
export interface Identity {
  /** Undefined where the system has none (OpenBSD). */
  machineId: string | undefined;
  /** Public host keys, `type base64`, sorted. */
  hostKeys: string[];
}

const READ = 'cat /etc/machine-id 2>/dev/null || true; echo ---; cat /etc/ssh/ssh_host_*_key.pub';

/** Reads the identity out of a guest. @throws GoldsmithError what became of its machine, or `tests-failed` */
export async function readIdentity(guest: Guest): Promise<Identity> {
  const lines: string[] = [];
  const { disconnected } = await guest.exec(READ, { onLine: line => lines.push(line.trim()) });
  if (disconnected) {
    await guest.checkMachine();
    throw new GoldsmithError('tests-failed', 'The connection to a clone was lost while it was asked who it is.');
  }
  const divider = lines.indexOf('---');
  const hostKeys = lines.slice(divider + 1).flatMap(line => line.match(/^(ssh|ecdsa)-\S+ \S+/)?.[0] ?? []);
  return { machineId: lines.slice(0, divider).find(line => /^[0-9a-f]{32}$/.test(line)), hostKeys: hostKeys.sort() };
}

/** What two machines made from the same image wrongly share; empty when they are told apart. */
export function sharedBetween(a: Identity, b: Identity): string[] {
  const keys = a.hostKeys.filter(key => b.hostKeys.includes(key)).map(key => `the SSH host key ${key.split(' ')[0]}`);
  return a.machineId !== undefined && a.machineId === b.machineId ? ['/etc/machine-id', ...keys] : keys;
}

/** @throws GoldsmithError `tests-failed` when clones share an identity, or one has no host keys at all */
export function requireDifferent(identities: Identity[]): void {
  for (const [nth, identity] of identities.entries()) {
    if (identity.hostKeys.length === 0) throw clash(`Clone ${nth + 1} has no SSH host keys.`);
    for (const other of identities.slice(nth + 1)) {
      const shared = sharedBetween(identity, other);
      if (shared.length > 0) throw clash(`Two clones of the image share ${shared.join(' and ')}.`);
    }
  }
}

const clash = (message: string): GoldsmithError =>
  new GoldsmithError('tests-failed', message, { hint: 'Seal the image: see `seal:` in lab.yaml.' });

/** @throws GoldsmithError `tests-failed` when a machine became another one by booting again */
export function requireSame(before: Identity, after: Identity): void {
  const isSame = before.machineId === after.machineId && before.hostKeys.join() === after.hostKeys.join();
  if (isSame) return;
  throw new GoldsmithError(
    'tests-failed',
    'The machine has another machine-id or other host keys after its second boot.',
    {
      hint: 'Something makes them anew at every boot; they must last.',
    },
  );
}
