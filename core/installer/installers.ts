import type { InstallerName } from '../model/lab.ts';
import { ANACONDA_RECOGNISERS, createAnacondaStages } from './anaconda.ts';
import { DEBIAN_QUICK_STAGES, DEBIAN_RECOGNISERS, DEBIAN_REMEMBERS } from './debian.ts';
import { DEBIAN_QUESTIONS } from './debian-questions.ts';
import { createDebianStages, DEBIAN_TURNING_POINTS } from './debian-stages.ts';
import { createOpenbsdStages, OPENBSD_RECOGNISERS } from './openbsd.ts';
import { COMMON_RECOGNISERS, type Recogniser, type Remember } from './recognisers.ts';
import { createSubiquityStages, SUBIQUITY_RECOGNISERS } from './subiquity.ts';
import { readTinyStage, TINY_RECOGNISERS } from './tiny.ts';

/** A stage an installer's line tells of. `id` is the installer's own name, `percent` of the whole installation. */
export interface StageReading {
  id: string;
  stage: string;
  percent?: number;
}

/** A moment of an installation that is worth going back to. */
export interface TurningPoint {
  /** What it is called. */
  name: string;
  /** The machine stops for it at once: what comes next is quick. Otherwise it runs on while it is saved. */
  isExact?: true;
}

/** How a person gets a shell beside an installation that runs. */
export interface InstallerShell {
  /** The installer is on the serial console, in a multiplexer that shows this; `keys` change to its shell. */
  onSerial?: { shows: RegExp; keys: string };
  /** Keys, as a boot command: a shell on another screen, which starts one on the serial port, and back. */
  onScreen: string;
}

/** Typed into a shell that reads no start-up files and may have no job control. */
const TO_SERIAL = 'sh -i </dev/ttyS0 >/dev/ttyS0 2>&1 &<enter>';

/** How one installer is watched. */
export interface Installer {
  title: string;
  /** Kernel arguments that make it send its log to a port, over UDP or TCP; undefined when it cannot. */
  logArguments?: (host: string, port: string) => string;
  /** Makes a reader for one installation. */
  createStages(): (text: string) => StageReading | undefined;
  /** Its stages stand on the screen, too: it has no other console. */
  isStagedByScreen?: true;
  recognisers: Recogniser[];
  remembers: Remember[];
  /** Better words for a stop that is told by the name of a question. */
  questions: Record<string, { reason: string; hint: string }>;
  /** So long without a line means it hangs; counted from its first line. Undefined: it logs too rarely to tell. */
  silenceMs?: number;
  /** Shorter limits for stages (by their own name) that can only be quick: a longer silence there is a question. */
  quickStages: Record<string, number>;
  /** Stages (by their own name) before which the moment is saved: what went before took long. */
  turningPoints: Record<string, TurningPoint>;
  /** Undefined: none is known. */
  shell?: InstallerShell;
  /** Lines that mean nothing and come at any time. */
  noise?: RegExp;
  /** Finds it in a boot command, a kernel line or the names of answer files. */
  traces: RegExp;
}

/** A slow emulated machine builds its initramfs for minutes without a line. */
const SILENCE_MS = 10 * 60_000;

export const INSTALLERS: Record<InstallerName, Installer> = {
  debian: {
    title: 'Debian installer',
    logArguments: (host, port) => `log_host=${host} log_port=${port}`,
    createStages: createDebianStages,
    recognisers: [...DEBIAN_RECOGNISERS, ...COMMON_RECOGNISERS],
    remembers: DEBIAN_REMEMBERS,
    questions: DEBIAN_QUESTIONS,
    silenceMs: SILENCE_MS,
    quickStages: DEBIAN_QUICK_STAGES,
    turningPoints: DEBIAN_TURNING_POINTS,
    // GNU screen on a serial console (Ctrl-A 2); `askfirst` in its inittab on the second screen.
    shell: {
      onSerial: { shows: /\(\d\*installer\)|\d\*installer/, keys: '\x012\r' },
      onScreen: `<leftAltOn><f2><leftAltOff><wait1><enter><wait1>${TO_SERIAL}<leftAltOn><f1><leftAltOff>`,
    },
    // The clock of the screen(1) the installer runs in, and progress in the text frontend.
    noise: /\(\d\*installer\)|^(?:\.\.\. ?\d+%)+$/,
    traces: /\bpreseed\b|preseed\.cfg|\bd-i\b|debian-installer|\bauto=true\b|auto-install\/enable/,
  },
  anaconda: {
    title: 'Anaconda',
    logArguments: (host, port) => `inst.syslog=${host}:${port}`,
    createStages: createAnacondaStages,
    recognisers: [...ANACONDA_RECOGNISERS, ...COMMON_RECOGNISERS],
    remembers: [],
    questions: {},
    silenceMs: SILENCE_MS,
    quickStages: {},
    // From Anaconda's documentation, not seen: tmux on a serial console (Ctrl-B 2), a shell on the second screen.
    shell: {
      onSerial: { shows: /\[anaconda\d*\] ?\d:main/, keys: '\x022\r' },
      onScreen: `<leftCtrlOn><leftAltOn><f2><leftAltOff><leftCtrlOff><wait1><enter><wait1>${TO_SERIAL}<leftCtrlOn><leftAltOn><f1><leftAltOff><leftCtrlOff>`,
    },
    // None: its stages were never seen with a real Anaconda.
    turningPoints: {},
    traces: /\binst\.(?:ks|repo|stage2|text)\b|\bks\.cfg\b/,
  },
  subiquity: {
    title: "Ubuntu's server installer",
    createStages: createSubiquityStages,
    recognisers: [...SUBIQUITY_RECOGNISERS, ...COMMON_RECOGNISERS],
    remembers: [],
    questions: {},
    quickStages: {},
    // None: its stages were never seen with a real one.
    turningPoints: {},
    traces: /\bautoinstall\b|\bds=nocloud/,
  },
  openbsd: {
    title: "OpenBSD's installer",
    createStages: createOpenbsdStages,
    isStagedByScreen: true,
    recognisers: [...OPENBSD_RECOGNISERS, ...COMMON_RECOGNISERS],
    remembers: [],
    questions: {},
    quickStages: {},
    turningPoints: {},
    traces: /\b(?:auto_)?install\.conf\b|\bbsd\.rd\b/,
  },
  tiny: {
    title: 'tiny test installer',
    logArguments: (host, port) => `log_host=${host} log_port=${port}`,
    createStages: () => readTinyStage,
    recognisers: [...TINY_RECOGNISERS, ...COMMON_RECOGNISERS],
    remembers: [],
    questions: {},
    silenceMs: 60_000,
    quickStages: {},
    turningPoints: { format: { name: 'partitioned' } },
    traces: /\btiny\.(?:answers|cfg|conf)\b|\btiny-installer\b/,
  },
  none: {
    title: 'installer without a log',
    createStages: () => () => undefined,
    recognisers: COMMON_RECOGNISERS,
    remembers: [],
    questions: {},
    quickStages: {},
    turningPoints: {},
    traces: /(?!)/,
  },
};

/** The installer that a recipe's boot command, kernel line and answer file names speak of; `none` when unknown. */
export function guessInstaller(texts: string[]): InstallerName {
  const all = texts.join('\n');
  const found = Object.entries(INSTALLERS).find(([, installer]) => installer.traces.test(all));
  return (found?.[0] ?? 'none') as InstallerName;
}
