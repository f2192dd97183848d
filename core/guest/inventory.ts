import type { Scope } from '../build/scope.ts';
import type { Manifest, ManifestPackage, ManifestSystem } from '../model/manifest.ts';
import type { Guest } from './guest.ts';
import { shellQuote } from './shell-quote.ts';

/** What is installed in a guest: its system, and the packages of its package manager. */
export type Inventory = Pick<Manifest, 'packages' | 'system'>;

type Manager = NonNullable<ManifestSystem['manager']>;

const TIMEOUT_MS = 120_000;
/** Starts each line of ours: a login shell may greet. */
const SYSTEM = '@system';
const PACKAGE = '@package';

/**
 * By package manager, how it is known to be there and how it tells its packages: lines of name, version, architecture,
 * source package, licence; `-` for what it does not know. Sources: dpkg-query(1), rpm(8), the format of apk's database
 * (wiki.alpinelinux.org, Apk spec), the one of pacman's (libalpm, be_local.c), pkg-query(8) of FreeBSD, pkg_info(1) and
 * packages-specs(7) of OpenBSD.
 */
export const MANAGERS: Record<Manager, { isThere: string; list: string }> = {
  deb: {
    isThere: '[ -s /var/lib/dpkg/status ]',
    // Read without dpkg, which a small system may lack.
    list: `awk -F ': ' '
/^Package: / { p = $2; v = "-"; a = "-"; s = "-"; ok = 0 }
/^Status: / { ok = ($2 ~ / installed$/) }
/^Version: / { v = $2 } /^Architecture: / { a = $2 } /^Source: / { s = $2; sub(/ .*/, "", s) }
/^$/ { if (ok) print p, v, a, s, "-"; ok = 0 }
END { if (ok) print p, v, a, s, "-" }' /var/lib/dpkg/status`,
  },
  rpm: {
    isThere: 'command -v rpm >/dev/null && { [ -d /var/lib/rpm ] || [ -d /usr/lib/sysimage/rpm ]; }',
    // The source package is told as the name of its file; rpm says (none) for what it does not know.
    list: `rpm -qa --qf '%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM} %{LICENSE}\\n' |
sed -E -e '/^gpg-pubkey /d' -e 's/ \\(none\\)/ -/g' -e 's/^([^ ]+ [^ ]+ [^ ]+ [^ ]+)-[^- ]+-[^- ]+\\.(no)?src\\.rpm /\\1 /'`,
  },
  apk: {
    // Where /usr is merged it may be there only: apk-tools 3 takes /lib when that has one.
    isThere: '[ -s /lib/apk/db/installed ] || [ -s /usr/lib/apk/db/installed ]',
    list: `awk '
/^P:/ { p = substr($0, 3) } /^V:/ { v = substr($0, 3) } /^A:/ { a = substr($0, 3) }
/^o:/ { o = substr($0, 3) } /^L:/ { l = substr($0, 3) }
/^$/ { if (p != "") print p, v, a, (o == "" ? "-" : o), (l == "" ? "-" : l); p = o = l = "" }
END { if (p != "") print p, v, a, (o == "" ? "-" : o), (l == "" ? "-" : l) }' \\
  "$([ -s /lib/apk/db/installed ] && echo /lib/apk/db/installed || echo /usr/lib/apk/db/installed)"`,
  },
  pacman: {
    isThere: '[ -d /var/lib/pacman/local ]',
    list: `awk '
function tell() { if (n != "") print n, v, (a == "" ? "-" : a), (b == "" ? "-" : b), (l == "" ? "-" : l); n = v = a = b = l = "" }
/^%[A-Z0-9]+%$/ { key = $0; if (key == "%NAME%") tell(); next }
$0 == "" { next }
key == "%NAME%" { n = $0 } key == "%VERSION%" { v = $0 } key == "%ARCH%" { a = $0 } key == "%BASE%" { b = $0 }
key == "%LICENSE%" { l = l (l == "" ? "" : ", ") $0 }
END { tell() }' /var/lib/pacman/local/*/desc`,
  },
  freebsd: {
    isThere: '[ "$(uname -s)" = FreeBSD ] && pkg -N >/dev/null 2>&1',
    // %q is the ABI that a package is for: FreeBSD:15:amd64, FreeBSD:15:* for every machine, freebsd:10:x86:64 once.
    list: `pkg query '%n %v %q %o -' | awk '{
  split($3, abi, ":"); a = abi[3]
  if (a == "x86") a = abi[4] == 64 ? "amd64" : "i386"
  $3 = a == "" || a == "*" ? "-" : a
  print }'`,
  },
  openbsd: {
    isThere: '[ "$(uname -s)" = OpenBSD ]',
    list: `pkg_info -q | sed -E 's/^(.*)-([0-9][^-]*)(-[a-z].*)?$/\\1 \\2 - - -/'`,
  },
};

/** One script for all: the first package manager that is there lists its packages. */
function script(): string {
  const branches = Object.entries(MANAGERS).map(
    ([name, { isThere, list }]) => `if ${isThere}; then manager=${name}; ${list}`,
  );
  return [
    '[ ! -r /etc/os-release ] || . /etc/os-release',
    `{ ${branches.join('\nel')}\nelse manager=-; fi; echo "${SYSTEM} $manager"; } | sed '/^${SYSTEM}/!s/^/${PACKAGE} /'`,
    `echo "${SYSTEM} name \${PRETTY_NAME:-$(uname -sr)}"`,
    `echo "${SYSTEM} id \${ID:-$(uname -s | tr A-Z a-z)} \${VERSION_ID:-$(uname -r)}"`,
  ].join('\n');
}

/**
 * Reads what is installed in the guest; nothing in it changes.
 * @returns undefined, after a warning, when the guest does not tell
 */
export async function readInventory(scope: Scope, guest: Guest): Promise<Inventory | undefined> {
  const lines: string[] = [];
  const { exitCode } = await guest.exec(`sh -c ${shellQuote(script())}`, {
    timeoutMs: TIMEOUT_MS,
    signal: scope.signal,
    onLine: (line, stream) => {
      if (stream === 'stdout') lines.push(line);
    },
  });
  const inventory = exitCode === 0 ? parseInventory(lines) : undefined;
  if (!inventory) {
    scope.emit({ type: 'warning', message: 'The guest does not tell its packages: the SBOM will name none.' });
    return undefined;
  }
  const { packages = [], system } = inventory;
  scope.emit({ type: 'note', message: `${packages.length} packages of ${system?.name ?? 'the guest'} are recorded.` });
  return inventory;
}

/** What the script printed. Undefined when it did not come to its end. */
export function parseInventory(lines: string[]): Inventory | undefined {
  const told = new Map<string, string[]>();
  for (const line of lines) {
    const [mark, key = '', ...rest] = line.trim().split(' ');
    if (mark === SYSTEM) told.set(key, rest);
  }
  const [id, versionId] = told.get('id') ?? [];
  if (id === undefined) return undefined;
  const manager = (Object.keys(MANAGERS) as Manager[]).find(name => told.has(name));
  const name = told.get('name')?.join(' ');
  const system: ManifestSystem = {
    id,
    ...(versionId ? { versionId } : {}),
    ...(name ? { name } : {}),
    ...(manager ? { manager } : {}),
  };
  return { system, packages: lines.flatMap(parsePackage).sort(byName) };
}

function parsePackage(line: string): ManifestPackage[] {
  const [mark, name, version, arch, source, ...licence] = line.trim().split(' ');
  if (mark !== PACKAGE || !name || !version) return [];
  const known = (value: string | undefined): value is string => value !== undefined && value !== '' && value !== '-';
  const words = licence.join(' ');
  return [
    {
      name,
      version,
      ...(known(arch) ? { arch } : {}),
      ...(known(source) && source !== name ? { source } : {}),
      ...(known(words) ? { license: words } : {}),
    },
  ];
}

const byName = (a: ManifestPackage, b: ManifestPackage): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1;
