import type { StageReading } from './installers.ts';
import type { Recogniser } from './recognisers.ts';

/**
 * What OpenBSD's installer says on its console (install.sub). The percents are estimates, as none could be measured here.
 */
const STAGES: readonly [pattern: RegExp, id: string, title: string, percent: number][] = [
  [/^Welcome to the OpenBSD\/\S+ [\d.]+ installation program/, 'start', 'Starting the installer', 4],
  [/^Performing non-interactive install/, 'answers', 'Reading the answers', 6],
  [/^\/dev\/r\w+: [\d.]+MB in \d+ sectors/, 'filesystems', 'Making the file systems', 12],
  [/^Installing bsd(?:\.mp|\.rd)? /, 'kernel', 'Installing the kernel', 15],
  [/^Installing base\d+\.tgz /, 'base', 'Installing the base system', 25],
  [/^Installing comp\d+\.tgz /, 'comp', 'Installing the compilers', 50],
  [/^Installing (?:man|game)\d+\.tgz /, 'man', 'Installing manuals and games', 65],
  [/^Installing x\w+\.tgz /, 'x', 'Installing X', 70],
  [/^Saving configuration files/, 'configuration', 'Saving the configuration', 86],
  [/^Making all device nodes/, 'devices', 'Making the device nodes', 88],
  [/^Relinking to create unique kernel/, 'relink', 'Linking a kernel of its own', 92],
  [/^CONGRATULATIONS! Your OpenBSD install/, 'complete', 'Finishing', 99],
];

/** Follows one installation; percent never goes backwards. */
export function createOpenbsdStages(): (text: string) => StageReading | undefined {
  let percent = 0;
  return text => {
    const found = STAGES.find(([pattern]) => pattern.test(text));
    if (!found || found[3] < percent) return undefined;
    percent = found[3];
    return { id: found[1], stage: found[2], percent };
  };
}

const ANSWERS =
  'Each line of install.conf is the question, or an unmistakable part of it, = and the answer: goldsmith lint install.conf.';

export const OPENBSD_RECOGNISERS: Recogniser[] = [
  {
    name: 'openbsd-question',
    pattern: /Question has no answer in response file: "?([^"]*)/,
    when: 'now',
    code: 'installer-stopped',
    reason: 'install.conf has no answer to "{1}".',
    hint: ANSWERS,
  },
  {
    name: 'openbsd-answer',
    sources: ['serial', 'screen'],
    pattern: /'([^']*)' is not a valid choice|(\S+) is not a valid choice/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The installer does not take the answer {1}{2}.',
    hint: ANSWERS,
  },
  {
    name: 'openbsd-partitions',
    pattern: /(Autopartitioning failed|No autopartitioning template found|Failed to install bootblocks)/,
    when: 'now',
    code: 'installer-stopped',
    reason: 'The disk cannot be divided or made to boot: {1}',
    hint: 'Check the disklabel template (goldsmith lint disklabel --disk SIZE), its URL, and the size of the disk.',
  },
  {
    name: 'openbsd-sets',
    pattern:
      /(Checksum test for \S+ failed|Installation of \S+ failed|Unable to get a verified list|Directory does not contain SHA256\.sig)/,
    when: 'now',
    code: 'installer-stopped',
    reason: 'The sets cannot be installed: {1}',
    hint: 'They have to be of the release of the ISO: check the mirror, or install from the ISO itself.',
  },
  {
    name: 'openbsd-failed',
    pattern: /failed; check \/tmp\/ai\/ai\.log/,
    when: 'now',
    isGeneric: true,
    code: 'installer-stopped',
    reason: "OpenBSD's installer stopped.",
    hint: 'The screen says at which question; in its shell, /tmp/ai/ai.log has all of it.',
  },
];
