import { XMLValidator } from 'fast-xml-parser';
import type { Problem } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import { type LintOptions, Report } from './report.ts';

/** Sections of a profile; the source is the AutoYaST guide of SLES 15, its reference part. */
const SECTIONS: readonly string[] = [
  ...[
    'add-on',
    'audit-laf',
    'auth-client',
    'bootloader',
    'ca_mgm',
    'configuration_management',
    'deploy_image',
    'dhcp-server',
  ],
  ...[
    'dns-server',
    'fcoe-client',
    'files',
    'firewall',
    'firstboot',
    'ftp-server',
    'general',
    'groups',
    'host',
    'http-server',
  ],
  ...[
    'inetd',
    'iscsi-client',
    'keyboard',
    'kdump',
    'language',
    'login_settings',
    'mail',
    'networking',
    'nfs',
    'nfs_server',
    'nis',
  ],
  ...[
    'ntp-client',
    'partitioning',
    'partitioning_advanced',
    'printer',
    'proxy',
    'report',
    'rules',
    'runlevel',
    'samba-client',
  ],
  ...[
    'scripts',
    'security',
    'services-manager',
    'software',
    'sound',
    'squid',
    'ssh_import',
    'suse_register',
    'sysconfig',
    'timezone',
  ],
  ...['upgrade', 'user_defaults', 'users', 'x11', 'zfcp', 'dasd', 'classes', 'tftp-server'],
];

/** A profile of AutoYaST: that it is XML, of the right root, and which sections it has. */
export function lintAutoyast(text: string, { file }: LintOptions): Problem[] {
  const report = new Report(file, text);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const { line, col, msg } = valid.err;
    report.error({ line, column: Math.max(1, col), message: `This is no XML: ${msg}` });
    return report.sorted();
  }
  const root = /<([a-zA-Z][\w:-]*)([^>]*)>/.exec(text.replace(/<!--[\s\S]*?-->|<[?!][^>]*>/g, blanked));
  const rootLine = text.slice(0, root?.index ?? 0).split('\n').length;
  if (root?.[1] !== 'profile') {
    report.error({ line: rootLine, message: `A profile begins with <profile>, not <${root?.[1] ?? ''}>.` });
    return report.sorted();
  }
  if (!root[2]?.includes('http://www.suse.com/1.0/yast2ns'))
    report.warning({
      line: rootLine,
      message: 'The profile has no namespace.',
      hint: '<profile xmlns="http://www.suse.com/1.0/yast2ns" xmlns:config="http://www.suse.com/1.0/configns">',
    });
  for (const { name, line } of childrenOf(text)) {
    if (SECTIONS.includes(name)) continue;
    const near = nearest(name, SECTIONS);
    report.warning({
      line,
      message: `A profile has no section ${name}.`,
      ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    });
  }
  return report.sorted();
}

/** Blanks of the same length and the same lines. */
const blanked = (part: string): string => part.replace(/[^\n]/g, ' ');

/** Elements directly below the root, with their lines. */
function childrenOf(text: string): { name: string; line: number }[] {
  const children: { name: string; line: number }[] = [];
  let depth = 0;
  const plain = text.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[?!][^>]*>/g, blanked);
  for (const { 0: tag, 1: close, 2: name = '', 3: own, index } of plain.matchAll(
    /<(\/)?([a-zA-Z][\w:.-]*)[^<>]*?(\/)?>/g,
  )) {
    if (close !== undefined) depth--;
    else {
      if (depth === 1) children.push({ name, line: plain.slice(0, index).split('\n').length });
      if (own === undefined && !tag.endsWith('/>')) depth++;
    }
  }
  return children;
}
