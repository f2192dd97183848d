import { MIRROR_HINT } from './debian-questions.ts';
import type { Recogniser } from './recognisers.ts';

/** debootstrap goes on to the other packages, and tells of none in the log. */
const PACKAGES_MS = 60 * 60_000;

/** What goes wrong with the packages of an archive. `packages:` is told by our own proxy, through which they come. */
export const DEBIAN_PACKAGE_RECOGNISERS: Recogniser[] = [
  {
    name: 'archive-signature',
    pattern: /debootstrap: gpgv: (BAD signature.*|can't (?:open signed data|hash datafile).*|no valid OpenPGP data.*)/i,
    when: 'cause',
    code: 'installer-stopped',
    reason: "The signature of the mirror's index is wrong: {1}",
    hint: 'A proxy or a mirror in the middle of an update, or not the archive it says it is: try again, or another mirror.',
  },
  {
    name: 'mirror-unknown',
    pattern: /^packages: \w+:\/\/([^/\s]+)\S* ENOTFOUND$/,
    sources: ['answers'],
    when: 'now', // the installer would try again for ten minutes
    code: 'installer-stopped',
    reason: "The mirror's name {1} cannot be resolved.",
    hint: 'The guest asks this host for names: is it spelled right, and does this host resolve it?',
  },
  {
    name: 'mirror-unreachable',
    pattern: /^packages: \w+:\/\/([^/\s]+)\S* (?!ENOTFOUND)(E[A-Z_]+)$/,
    sources: ['answers'],
    when: 'cause',
    repeats: 3,
    code: 'installer-stopped',
    reason: 'The mirror {1} cannot be reached ({2}).',
    hint: MIRROR_HINT,
  },
  {
    name: 'package-refused',
    pattern: /^packages: \S*\/([^/_\s]+)\S* ([45]\d\d)$/,
    sources: ['answers'],
    when: 'cause',
    lastsMs: PACKAGES_MS,
    code: 'installer-stopped',
    reason: 'The mirror answered HTTP {2} for the package {1}.',
    hint: MIRROR_HINT,
  },
  {
    name: 'package-damaged',
    pattern: /^packages: \S*\/([^/_\s]+)\S* asked for again$/,
    sources: ['answers'],
    when: 'cause',
    lastsMs: PACKAGES_MS,
    code: 'installer-stopped',
    reason: 'The package {1} has the wrong checksum: the installer did not take it, and asked for it again.',
    hint: 'A proxy or a mirror in the middle of an update: try again, or another mirror.',
  },
  {
    name: 'package-unknown',
    pattern: /^Couldn't find these debs: (.+?)\s*$/, // debootstrap, through the installer's dialog
    sources: ['serial', 'screen'],
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The archive does not have: {1}.',
    hint: 'Correct the name in base-installer/includes, or install it later (pkgsel/include) from the component it is in.',
  },
  {
    name: 'package-missing',
    pattern:
      /E: (?:Unable to locate package|Couldn't find any package by \S+|Package '?([^' ]+)'? has no installation candidate) ?'?(\S*?)'?$/,
    when: 'quiet',
    code: 'installer-stopped',
    reason: 'The archive has no package {1}{2}.',
    hint: 'Correct the name in pkgsel/include, or add the component or repository it is in.',
  },
  {
    name: 'package-fetch',
    pattern: /E: Failed to fetch (\S+)\s*(.*)/,
    when: 'quiet',
    code: 'installer-stopped',
    reason: 'A package could not be downloaded: {1} {2}',
    hint: MIRROR_HINT,
  },
  {
    name: 'package-configure',
    pattern: /dpkg: error processing (?:package|archive) (\S+)/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The package {1} could not be installed.',
    hint: 'Its own output stands before that line in the installer log.',
  },
];
