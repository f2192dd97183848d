import path from 'node:path';
import { type PackageCache, type PackageCacheOptions, startPackageCache } from '../../media/package-cache.ts';
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
  return mirrors.length === 0
    ? undefined
    : startPackageCache(scope, { dir: path.join(home.cache, 'packages'), mirrors, ...place });
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
