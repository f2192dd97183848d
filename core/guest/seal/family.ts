import { GoldsmithError } from '../../model/failure.ts';
import type { Guest } from '../guest.ts';
import { shellQuote } from '../shell-quote.ts';
import { GUEST_FAMILIES, type GuestFamily } from './items.ts';

/** os-release(5) `ID` and `ID_LIKE`, or `uname -s`, to the family a guest is sealed as. */
export const FAMILIES: Readonly<Record<string, GuestFamily>> = {
  tiny: 'tiny',
  debian: 'debian',
  ubuntu: 'debian',
  redhat: 'redhat',
  rhel: 'redhat',
  fedora: 'redhat',
  centos: 'redhat',
  alpine: 'alpine',
  openbsd: 'openbsd',
  freebsd: 'freebsd',
};

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
const IDENTIFY = `sh -c ${shellQuote('. /etc/os-release 2>/dev/null; echo "${ID:-} ${ID_LIKE:-} $(uname -s)"')}`;

/**
 * The family of a guest: as the lab says, else as the guest says of itself, its own name before those it is like.
 * @throws GoldsmithError `seal-failed` for a guest nobody here knows
 */
export async function familyOf(guest: Guest, wanted: string | undefined): Promise<GuestFamily> {
  const words = wanted === undefined ? await identify(guest) : [wanted];
  const family = words.map(word => FAMILIES[word.toLowerCase()]).find(known => known !== undefined);
  if (family) return family;
  const said = words.filter(word => word !== '').join(', ') || 'it does not say what it is';
  throw new GoldsmithError('seal-failed', `It is not known how to seal this guest (${said}).`, {
    hint: `Name a family in lab.yaml, \`seal: {family: ...}\`: ${GUEST_FAMILIES.join(', ')}; or \`seal: false\`.`,
  });
}

async function identify(guest: Guest): Promise<string[]> {
  const lines: string[] = [];
  await guest.exec(IDENTIFY, { onLine: line => lines.push(line), timeoutMs: 60_000 });
  return (lines.at(-1) ?? '').trim().split(/\s+/);
}
