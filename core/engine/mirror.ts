import { hostMirror } from '../media/debian/archive.ts';

/**
 * The mirror that this host's own packages come from, as values for the variables `mirror` and `mirror_directory` of
 * our own recipes. Empty where there is no apt, so that a recipe's own default holds.
 */
export async function mirrorEnvironment(): Promise<Record<string, string>> {
  const mirror = await hostMirror().catch(() => undefined);
  if (mirror === undefined) return {};
  const { host, pathname } = new URL(mirror);
  return { PKR_VAR_mirror: host, PKR_VAR_mirror_directory: pathname.replace(/\/$/, '') };
}
