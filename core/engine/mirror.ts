import { hostMirror } from '../media/debian/archive.ts';

/**
 * The mirror that this host's own packages come from, for recipes that ask with `env()`: GOLDSMITH_MIRROR_PROTOCOL,
 * _HOST and _DIRECTORY. Empty where there is no apt, so that a recipe's own default holds.
 */
export async function mirrorEnvironment(): Promise<Record<string, string>> {
  const mirror = await hostMirror().catch(() => undefined);
  if (mirror === undefined) return {};
  const { protocol, host, pathname } = new URL(mirror);
  return {
    GOLDSMITH_MIRROR_PROTOCOL: protocol.replace(':', ''),
    GOLDSMITH_MIRROR_HOST: host,
    GOLDSMITH_MIRROR_DIRECTORY: pathname.replace(/\/$/, ''),
  };
}
