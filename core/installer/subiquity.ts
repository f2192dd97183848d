import type { StageReading } from './installers.ts';
import type { Recogniser } from './recognisers.ts';

/**
 * What Ubuntu's server installer says of an autoinstall on every console, the serial one included: `start: CONTEXT: words`
 * and `finish: CONTEXT: words` (subiquity/client), or the same out of its journal. The first row that fits counts; the
 * percents are estimates, as none could be measured here.
 */
const STAGES: readonly [context: RegExp, id: string, title: string, percent: number][] = [
  [/^(?:Reboot|Shutdown)\b/, 'reboot', 'Finishing', 99],
  [/^Late\b/, 'late', 'Running late commands', 95],
  [/\/postinstall\/run_unattended_upgrades/, 'updates', 'Installing security updates', 85],
  [/\/postinstall\/install_/, 'packages', 'Installing packages', 78],
  [/\/postinstall\b/, 'postinstall', 'Setting the new system up', 72],
  [/\/(?:configuring-bootloader|install-grub)\b/, 'boot-loader', 'Installing the boot loader', 66],
  [/\/installing-kernel\b/, 'kernel', 'Installing the kernel', 50],
  [/\/stage-curthooks\b/, 'curthooks', 'Configuring the installed system', 46],
  [/\/stage-extract\b/, 'extract', 'Unpacking the system', 20],
  [/\/stage-partitioning\b/, 'storage', 'Partitioning', 14],
  [/^Install\/install\b/, 'install', 'Beginning the installation', 10],
  [/^Early\b/, 'early', 'Running early commands', 4],
];

/** The context that begins, without the installer's own name before it. */
const BEGINS = /(?:^|\bstart: *|\bsubiquity_event\.\d+\[\d+\]: *)subiquity\/([\w./-]+)/;

/** Follows one installation; percent never goes backwards. */
export function createSubiquityStages(): (text: string) => StageReading | undefined {
  let percent = 0;
  return text => {
    const context = BEGINS.exec(text)?.[1];
    const found = context === undefined ? undefined : STAGES.find(([pattern]) => pattern.test(context));
    if (!found || found[3] < percent) return undefined;
    percent = found[3];
    return { id: found[1], stage: found[2], percent };
  };
}

export const SUBIQUITY_RECOGNISERS: Recogniser[] = [
  {
    name: 'subiquity-step',
    // Innermost first. Others, such as a look-up of the country, may fail and nothing stops.
    pattern: /finish: +subiquity\/((?:Install|Late|Early|Userdata)\/\S*?): FAIL:? *(.*)/,
    when: 'now',
    code: 'installer-stopped',
    reason: "Ubuntu's installer failed in {1}: {2}",
    hint: 'The lines before it say more, and so do /var/log/installer and the journal in its shell.',
  },
  {
    name: 'subiquity-answers',
    pattern:
      /finish: +subiquity\/(\w+)\/load_autoinstall_data: (?:FAIL: )?(.*)|Malformed autoinstall in '([^']+)' section/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The autoinstall has a mistake in the section {1}{3}: {2}',
    hint: 'goldsmith lint user-data finds most of these before.',
  },
  {
    name: 'subiquity-error',
    pattern: /An error occurred\. Press enter to start a shell/,
    when: 'quiet',
    quietMs: 3000, // what is wrong is sometimes said after it
    until: /(?!)/,
    isGeneric: true,
    code: 'installer-stopped',
    reason: "Ubuntu's installer ended with an error and offers a shell.",
    hint: 'Press Enter at goldsmith console: /var/log/installer, /var/crash and the journal say which.',
  },
  {
    name: 'subiquity-confirm',
    pattern: /Continue with autoinstall\? \(yes\|no\)/,
    when: 'now',
    code: 'installer-stopped',
    reason: "Ubuntu's installer asks whether it may erase the disk.",
    hint: 'The word autoinstall is missing on the kernel line.',
  },
];
