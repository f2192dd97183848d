import type { Problem } from '../../model/failure.ts';
import { lintAutoyast } from '../lint/autoyast.ts';
import { lintAutoinstall, lintMetaData, lintNetworkConfig, lintUserData } from '../lint/cloud.ts';
import { lintDisklabel } from '../lint/disklabel.ts';
import { lintFreeBsd } from '../lint/freebsd.ts';
import { lintKickstart } from '../lint/kickstart.ts';
import { COMMANDS } from '../lint/kickstart-knowledge.ts';
import { lintOpenBsd } from '../lint/openbsd.ts';
import { lintPreseed } from '../lint/preseed.ts';
import type { LintOptions } from '../lint/report.ts';

export interface AnswerKind {
  title: string;
  /** Whether a file is of this kind, by its name and its text. */
  isOne(name: string, text: string): boolean;
  lint(text: string, options: LintOptions): Problem[];
  /** How the installer is told where the file is. */
  toldBy: string;
  /** The kernel's arguments that say it; `base` is the URL of the folder, without a slash at its end. */
  kernelArguments?(base: string, file: string): string;
  /** Where the installer's own log goes. */
  log: string;
}

const named =
  (pattern: RegExp, content?: RegExp) =>
  (name: string, text: string): boolean =>
    pattern.test(name) && (content === undefined || content.test(text));

/** A fragment that is included into a section, a script for example, has none of its own. */
const hasCommand = (text: string): boolean =>
  text
    .split('\n')
    .some(
      line => /^%(pre|post|packages|addon|onerror)\b/.test(line) || COMMANDS.has(line.trim().split(/\s/, 1)[0] ?? ''),
    );

/** VMware's installer calls its own script a kickstart, too. */
const OF_ESXI = /^\s*((vm)?accepteula|%firstboot|(install|upgrade)\s+--(firstdisk|overwritevmfs))\b/m;

/** In the order in which a file is asked for its kind: the first that it is. */
export const ANSWER_KINDS = {
  preseed: {
    title: "preseed of Debian's installer",
    isOne: (_, text) => /^\s*d-i\s+\S+\s+\S+/m.test(text),
    lint: lintPreseed,
    toldBy: 'auto=true url=http://…, or file=/cdrom/preseed.cfg',
    kernelArguments: (base, file) => `auto=true priority=critical url=${base}/${file}`,
    log: 'log_host= and log_port= on the kernel line: syslog over UDP',
  },
  kickstart: {
    title: 'kickstart of Anaconda',
    isOne: (name, text) =>
      /^%packages\b/m.test(text) ||
      (/\.(ks|ks\.cfg)$|(^|[/-])ks\.cfg$|anaconda-ks/.test(name) && hasCommand(text) && !OF_ESXI.test(text)),
    lint: lintKickstart,
    toldBy: 'inst.ks=http://…, or a volume labelled OEMDRV with ks.cfg',
    kernelArguments: (base, file) => `inst.ks=${base}/${file}`,
    log: 'inst.syslog=HOST:PORT, or the virtio port org.fedoraproject.anaconda.log.0',
  },
  'network-config': {
    title: "cloud-init's network-config",
    isOne: named(/(^|\/)network-config(\.ya?ml)?$/),
    lint: lintNetworkConfig,
    toldBy: 'a volume labelled CIDATA, beside user-data',
    log: 'the serial console',
  },
  'meta-data': {
    title: "cloud-init's meta-data",
    isOne: named(/(^|\/)meta-data(\.ya?ml)?$/),
    lint: lintMetaData,
    toldBy: 'a volume labelled CIDATA, or ds=nocloud;s=http://…/',
    log: 'the serial console',
  },
  autoinstall: {
    title: "Ubuntu's autoinstall",
    isOne: (name, text) => /^autoinstall:/m.test(text) || /(^|\/)autoinstall\.ya?ml$/.test(name),
    lint: lintAutoinstall,
    toldBy: 'autoinstall ds=nocloud;s=http://…/, or a volume labelled CIDATA',
    kernelArguments: base => `autoinstall ds=nocloud;s=${base}/`,
    log: 'the serial console, and /var/log/installer',
  },
  'user-data': {
    title: "cloud-init's user-data",
    isOne: (name, text) => /(^|\/)user-data(\.ya?ml)?$/.test(name) || text.trimStart().startsWith('#cloud-config'),
    lint: lintUserData,
    toldBy: 'a volume labelled CIDATA, or ds=nocloud;s=http://…/',
    log: 'the serial console',
  },
  autoyast: {
    title: 'profile of AutoYaST',
    isOne: (name, text) =>
      /(^|[/-])auto(inst|yast)[\w-]*\.xml$/.test(name) || text.includes('http://www.suse.com/1.0/yast2ns'),
    lint: lintAutoyast,
    toldBy: 'autoyast=http://…, or autoinst.xml on a volume labelled OEMDRV',
    kernelArguments: (base, file) => `autoyast=${base}/${file}`,
    log: 'the serial console, and /var/log/YaST2',
  },
  freebsd: {
    title: 'script of bsdinstall',
    isOne: named(/(^|\/)installerconfig$/),
    lint: lintFreeBsd,
    toldBy: '`bsdinstall script FILE` in its shell, or /etc/installerconfig on the medium',
    log: 'the serial console, and /tmp/bsdinstall_log',
  },
  disklabel: {
    title: "template of OpenBSD's disklabel",
    isOne: named(/(^|\/)disklabel([.-]\w+)?$/, /^(\/|swap\b|raid\b)/m),
    lint: lintDisklabel,
    toldBy: '`URL to autopartitioning template for disklabel` in install.conf',
    log: 'the serial console',
  },
  openbsd: {
    title: "answers of OpenBSD's autoinstall",
    isOne: named(/(^|[/-])(install|upgrade)\.conf$/, /^[^#\n]*=\s*\S/m),
    lint: lintOpenBsd,
    toldBy: 'next-server of DHCP, or the URL typed at its question',
    log: 'the serial console',
  },
} as const satisfies Record<string, AnswerKind>;

export type AnswerKindName = keyof typeof ANSWER_KINDS;

export const KIND_NAMES = Object.keys(ANSWER_KINDS) as AnswerKindName[];

/** The kind of a file; undefined for any other, a script for example. */
export const kindOf = (name: string, text: string): AnswerKindName | undefined =>
  text.startsWith('#!') || name.endsWith('.m4')
    ? undefined
    : KIND_NAMES.find(kind => (ANSWER_KINDS[kind] as AnswerKind).isOne(name, text));
