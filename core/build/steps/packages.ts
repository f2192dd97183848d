import path from 'node:path';
import type { Readable } from 'node:stream';
import { baseArchive } from '../../media/debian/base-archive.ts';
import { type PackageCache, type PackageCacheOptions, startPackageCache } from '../../media/package-cache.ts';
import { PackageStore } from '../../media/package-store.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { BuildContext } from '../context.ts';
import type { Scope } from '../scope.ts';

/**
 * The mirrors a Debian installer with this kernel line fetches packages from by plain HTTP, as base URLs. Empty when
 * there is nothing for us to keep: no mirror is named, another proxy is, or the mirror is asked by HTTPS, which no
 * proxy can read.
 */
export function mirrorsOf(line: string): string[] {
  const given = (name: string): string | undefined =>
    line
      .split(/\s+/)
      .find(argument => argument.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  if (given('mirror/http/proxy') || (given('mirror/protocol') ?? 'http') !== 'http') return [];
  const named = [given('mirror/http/hostname'), given('apt-setup/security_host')].filter(host => host);
  return named.map(host => `http://${host}`).filter(url => URL.canParse(url));
}

/**
 * Starts the proxy that keeps packages between builds for Debian's installer, booted directly with this kernel line,
 * which is ours to add the proxy to. `passes`: our own servers, which it asks for through the proxy too. `port`: where it
 * was before, for a guest that goes on. Undefined unless lab.yaml has `package_cache: true`, and for another installer.
 */
export async function startInstallerCache(
  scope: Scope,
  { target, home }: Pick<BuildContext, 'target' | 'home'>,
  line: string,
  place: Pick<PackageCacheOptions, 'passes' | 'bind' | 'port' | 'onTrouble'>,
): Promise<PackageCache | undefined> {
  const { image } = target;
  const mirrors = image.packageCache && image.installer === 'debian' ? mirrorsOf(line) : [];
  if (mirrors.length === 0) return undefined;
  const dir = path.join(home.cache, 'packages');
  const makes = new Map([[BASE_HOST, (url: URL) => giveBase(scope, home.cache, mirrors, url)]]);
  return startPackageCache(scope, { dir, mirrors, makes, ...place });
}

/** The host that the recipe's debootstrap asks for the base system (packer/debian/http/debootstrap.sh). */
const BASE_HOST = 'goldsmith.invalid';

/** The base system's packages in one archive. What keeps us from it is told; then the installer fetches each itself. */
async function giveBase(
  scope: Pick<Scope, 'emit' | 'signal'>,
  cache: string,
  mirrors: string[],
  { searchParams }: URL,
): Promise<Readable> {
  const one = (name: string): string => searchParams.get(name) ?? '';
  const list = (name: string): string[] => one(name).split(',').filter(Boolean);
  try {
    const mirror = one('mirror').replace(/\/+$/, '');
    if (!mirrors.some(known => new URL(known).host === new URL(mirror).host))
      throw new GoldsmithError('usage', `${mirror} is not the mirror of this build.`);
    const query = { mirror, suite: one('suite'), include: list('include'), exclude: list('exclude') };
    return await baseArchive(query, {
      store: new PackageStore(path.join(cache, 'packages')),
      archiveDir: path.join(cache, 'archive'),
      signal: scope.signal,
      onEnd: end => tellBase(scope, end),
    });
  } catch (error) {
    tellBase(scope, { error: error instanceof Error ? error : new Error(String(error)) });
    throw error;
  }
}

function tellBase(scope: Pick<Scope, 'emit' | 'signal'>, end: { packages: number } | { error: Error }): void {
  if (scope.signal.aborted) return;
  const message =
    'error' in end
      ? `The base system's packages were not put together: ${end.error.message} The installer fetches each itself.`
      : `The installer got the base system's ${end.packages} packages at once.`;
  scope.emit({ type: 'note', message });
}

/** For the kernel line. By `build_proxy` the recipe knows to leave no trace of this proxy in the image. */
export const proxyArguments = (host: string, port: number): string =>
  `mirror/http/proxy=http://${host}:${port} build_proxy=1 `;

/** Says once what the cache was good for. */
export function tellPackages(scope: Pick<Scope, 'emit'>, cache: PackageCache | undefined): void {
  if (!cache) return;
  const { hits, misses, refused } = cache.counts;
  const message = `Packages and indexes: ${hits} kept from earlier builds, ${misses} fetched from the mirror.`;
  scope.emit({ type: 'note', message });
  if (refused > 0)
    scope.emit({ type: 'warning', message: `The package cache refused ${refused} requests for other hosts.` });
}
