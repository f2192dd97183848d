import type { Problem } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import { isTemplated, type LintOptions, Report } from './report.ts';

/** What bsdinstall(8) reads from the first part of an installerconfig. */
const VARIABLES: readonly string[] = [
  ...[
    'DISTRIBUTIONS',
    'PARTITIONS',
    'HOSTNAME',
    'nonInteractive',
    'DISTMENU',
    'ROOTPASS_ENC',
    'ROOTPASS_PLAIN',
    'BOOTMODULES',
  ],
  ...[
    'BSDINSTALL_CHROOT',
    'BSDINSTALL_CONFIGCURRENT',
    'BSDINSTALL_DISTDIR',
    'BSDINSTALL_DISTSITE',
    'BSDINSTALL_LOG',
    'BSDINSTALL_TMPETC',
  ],
  ...[
    'BSDINSTALL_TMPBOOT',
    'BSDINSTALL_SKIP_HARDENING',
    'BSDINSTALL_SKIP_TIME',
    'BSDINSTALL_SKIP_USERS',
    'BSDINSTALL_SKIP_SERVICES',
  ],
  ...[
    'BSDINSTALL_SKIP_FIRMWARE',
    'BSDINSTALL_SKIP_FINALCONFIG',
    'BSDINSTALL_SKIP_HOSTNAME',
    'BSDINSTALL_SKIP_KEYMAP',
    'BSDINSTALL_SKIP_MANUAL',
  ],
  ...[
    'ZFSBOOT_DISKS',
    'ZFSBOOT_CONFIRM_LAYOUT',
    'ZFSBOOT_SWAP_SIZE',
    'ZFSBOOT_POOL_NAME',
    'ZFSBOOT_VDEV_TYPE',
    'ZFSBOOT_BEROOT_NAME',
  ],
  ...[
    'ZFSBOOT_BOOTFS_NAME',
    'ZFSBOOT_GELI_ENCRYPTION',
    'ZFSBOOT_SWAP_ENCRYPTION',
    'ZFSBOOT_SWAP_MIRROR',
    'ZFSBOOT_PARTITION_SCHEME',
  ],
  ...[
    'ZFSBOOT_BOOT_TYPE',
    'ZFSBOOT_DATASETS',
    'ZFSBOOT_FORCE_4K_SECTORS',
    'ZFSBOOT_POOL_CREATE_OPTIONS',
    'ZFSBOOT_BOOT_POOL',
  ],
  ...[
    'ZFSBOOT_GNOP_FORCE',
    'ZFSBOOT_POOL_SIZE',
    'ZFSBOOT_CONFIRM_LAYOUT',
    'UFS_SUJ',
    'DISTDIR',
    'WORKAROUND_LENOVO',
    'WORKAROUND_GPTACTIVE',
  ],
];

/**
 * An installerconfig of FreeBSD: variables down to the first line that begins with `#!`, from there on a script for the
 * new system. Names of one's own may stand in it; only what is nearly one of bsdinstall's is a slip.
 */
export function lintFreeBsd(text: string, { file }: LintOptions): Problem[] {
  const report = new Report(file, text);
  const lines = text.split('\n');
  const start = lines.findIndex(line => line.startsWith('#!'));
  const given = new Set<string>();
  let quotedUntil = -1;
  lines.slice(0, start < 0 ? undefined : start).forEach((raw, nth, preamble) => {
    if (nth <= quotedUntil) return;
    if (raw.endsWith('\r'))
      report.error({ line: nth + 1, message: 'The line ends in CR LF: the CR becomes part of the value.' });
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/.exec(raw) ?? [];
    const spaced = /^\s*(?:export\s+)?([A-Z][A-Z_]+)\s+=|^\s*(?:export\s+)?[A-Z][A-Z_]+=\s+\S/.exec(raw);
    if (spaced)
      report.error({ line: nth + 1, message: 'A shell takes no blank around the sign.', hint: 'NAME="value"' });
    if (name === undefined) return;
    given.add(name);
    checkName(report, nth + 1, name);
    checkDistributions(report, nth + 1, name, value);
    if ((value.match(/(?<!\\)"/g) ?? []).length % 2 === 0) return;
    quotedUntil = closingLine(preamble, nth);
    if (quotedUntil < 0 && !isTemplated(value))
      report.error({ line: nth + 1, message: 'A quotation mark is not closed in this line.' });
  });
  const isDisk = [...given].some(name => name === 'PARTITIONS' || name === 'ZFSBOOT_DISKS');
  if (!isDisk)
    report.warning({
      line: 1,
      message: 'Nothing says how to partition: the installer asks.',
      hint: 'PARTITIONS="vtbd0 { auto freebsd-ufs / }", or ZFSBOOT_DISKS=vtbd0',
    });
  return report.sorted();
}

/** Where a quotation that goes over lines ends: -1 when the next mark opens another value, or there is none. */
function closingLine(lines: readonly string[], opened: number): number {
  const next = lines.findIndex((line, nth) => nth > opened && line.includes('"'));
  return /^\s*(export\s+)?[A-Za-z_]\w*\s*=/.test(lines[next] ?? '') ? -1 : next;
}

function checkName(report: Report, line: number, name: string): void {
  if (VARIABLES.includes(name) || name.length < 6) return;
  const near = nearest(name, VARIABLES);
  const isSlip = near !== undefined && Math.abs(near.length - name.length) < 3 && !name.startsWith('GS_');
  if (isSlip) report.warning({ line, message: `bsdinstall reads no ${name}.`, hint: `Did you mean ${near}?` });
}

const SETS = /^(base|base-dbg|kernel|kernel-dbg|lib32|lib32-dbg|ports|src|tests|doc)\.txz$/;

function checkDistributions(report: Report, line: number, name: string, value: string): void {
  if (name !== 'DISTRIBUTIONS' || isTemplated(value)) return;
  const odd = value
    .replace(/["']/g, '')
    .trim()
    .split(/\s+/)
    .find(one => one !== '' && !SETS.test(one));
  if (odd !== undefined)
    report.warning({
      line,
      message: `There is no distribution ${odd}.`,
      hint: 'For example kernel.txz base.txz lib32.txz',
    });
}
