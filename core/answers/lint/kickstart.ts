import { GoldsmithError, type Problem } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import { Arguments } from './kickstart-arguments.ts';
import { checkCommand } from './kickstart-command.ts';
import { COMMANDS, formsOf, RELEASES } from './kickstart-knowledge.ts';
import { checkSection, PackageList } from './kickstart-section.ts';
import { Storage } from './kickstart-storage.ts';
import { checkValues } from './kickstart-values.ts';
import { isTemplated, type LintOptions, Report } from './report.ts';
import { shellWords } from './shell-words.ts';

/** What opens a section that `%end` closes; the source of the list is pykickstart's sections.py and Anaconda's add-ons. */
const SECTIONS: readonly string[] = [
  '%pre',
  '%pre-install',
  '%post',
  '%onerror',
  '%traceback',
  '%packages',
  '%addon',
  '%anaconda',
  '%certificate',
];
const SINGLE = ['%include', '%ksappend'];

interface Reading {
  report: Report;
  release: string | undefined;
  /** The section that is open. */
  section: { name: string; line: number } | undefined;
  /** Line of the first use of each command. */
  seen: Map<string, number>;
  isIncomplete: boolean;
  storage: Storage;
  packages: PackageList;
  diskMiB: number | undefined;
  /** Whether a section of this file is closed by %end, as every release since RHEL 6 asks. */
  hasEnds: boolean;
}

/**
 * What Anaconda would stop at in a kickstart. Without a release, only what no release takes is wrong.
 * @throws GoldsmithError `usage` for a release that is not known
 */
export function lintKickstart(text: string, { file, version, diskMiB }: LintOptions): Problem[] {
  const reading: Reading = {
    report: new Report(file, text),
    release: version === undefined ? releaseIn(text) : requireRelease(version),
    section: undefined,
    seen: new Map(),
    isIncomplete: false,
    storage: new Storage(),
    packages: new PackageList(),
    diskMiB,
    hasEnds: !FOR_RHEL_5.test(text) && (/^%end\b/m.test(text) || !OF_RHEL_5.test(text)),
  };
  checkEndings(reading.report, text);
  for (const [nth, line] of text.split('\n').entries()) readLine(reading, nth + 1, line.replace(/\r$/, ''));
  checkEnd(reading);
  return reading.report.sorted();
}

/** Commands that releases before `%end` had, and hardly anybody writes since. */
const OF_RHEL_5 = /^(install|key|langsupport|mouse|lilo|authconfig|upgrade)\b/m;

/** The folder of such a release in the address of a mirror. */
const FOR_RHEL_5 = /^(url|repo|nfs)\b.*(centos|rhel|el|fedora-core)[-_/]?[3-5](?![.\d]*\d{2})\b/im;

function checkEndings(report: Report, text: string): void {
  const line = text.split('\n').findIndex(one => one.endsWith('\r'));
  if (line < 0) return;
  // Anaconda cuts commands at blanks, of which a CR is one; a shell does not.
  const hasScripts = /^%(pre|pre-install|post|onerror|traceback)\b/m.test(text);
  report[hasScripts ? 'error' : 'warning']({
    line: line + 1,
    message: 'Lines end in CR LF: the scripts of %pre and %post fail with it.',
    hint: 'Save the file with Unix line endings.',
  });
}

function requireRelease(version: string): string {
  const wanted = version.toUpperCase().replace(/^FEDORA-?/, 'F');
  if (RELEASES.includes(wanted)) return wanted;
  throw new GoldsmithError('usage', `No kickstart release ${JSON.stringify(version)} is known.`, {
    hint: `Give one of ${RELEASES.join(', ')}.`,
  });
}

/** `#version=RHEL9` or `#version=DEVEL`, as Anaconda writes it into anaconda-ks.cfg. */
function releaseIn(text: string): string | undefined {
  const told = /^#\s*(?:platform=.*\n#\s*)?version=([A-Za-z]+\d+)\s*$/m.exec(text)?.[1]?.toUpperCase();
  return told !== undefined && RELEASES.includes(told) ? told : undefined;
}

function readLine(reading: Reading, line: number, raw: string): void {
  const content = raw.trim();
  const word = content.split(/\s/, 1)[0] ?? '';
  if (word === '%end') {
    closeSection(reading, line);
    return;
  }
  if (SECTIONS.includes(word)) {
    openSection(reading, { line, name: word });
    checkSection(reading.report, line, word, raw);
    return;
  }
  if (reading.section?.name === '%packages') {
    checkPackage(reading, line, content);
    return;
  }
  if (reading.section || content === '' || content.startsWith('#')) return;
  if (SINGLE.includes(word)) {
    reading.isIncomplete = true;
    return;
  }
  if (/^(\{\{|\{%|%\{|<%|\$)/.test(content)) {
    reading.isIncomplete = true;
    return;
  }
  if (word.startsWith('%')) unknownSection(reading, line, word);
  else readCommand(reading, line, raw);
}

function unknownSection({ report }: Reading, line: number, word: string): void {
  const meant = nearest(word, [...SECTIONS, ...SINGLE, '%end']);
  report.error({
    line,
    column: 1,
    message: `There is no section ${word} in a kickstart.`,
    ...(meant === undefined ? {} : { hint: `Did you mean ${meant}?` }),
  });
}

function openSection(reading: Reading, opened: { name: string; line: number }): void {
  const { section, report } = reading;
  if (section && needsEnd(reading)) {
    report.error({
      line: section.line,
      column: 1,
      message: `${section.name} is not closed before ${opened.name} in line ${opened.line}.`,
      hint: 'Write %end on a line of its own after it.',
    });
  }
  reading.section = opened;
}

/** Releases before RHEL 6 know no `%end`; an old file that never writes it may be for them. */
const needsEnd = ({ release, hasEnds }: Reading): boolean => (release === undefined ? hasEnds : release !== 'RHEL5');

function closeSection(reading: Reading, line: number): void {
  if (!reading.section) {
    reading.report.error({ line, column: 1, message: '%end closes nothing: no section is open here.' });
  }
  reading.section = undefined;
}

function checkPackage({ report, packages }: Reading, line: number, content: string): void {
  if (content === '' || content.startsWith('#') || isTemplated(content)) return;
  if (SINGLE.includes(content.split(/\s/, 1)[0] ?? '')) return;
  const name = content.replace(/#.*$/, '').trim();
  packages.take(report, line, name);
  if (/^-\s|^[\w.+-]+\s+[\w.+-]+/.test(name))
    report.warning({
      line,
      column: 1,
      message: `A line of %packages is one name, blanks included: ${JSON.stringify(name)} is no package.`,
      hint: 'Write each package on a line of its own, and no blank behind the hyphen.',
    });
  const bad = /^-?@?\^?[\w.+*?:@/\\()<>=~[\] -]+$/.test(name) ? undefined : name;
  if (bad === undefined) return;
  report.error({
    line,
    column: 1,
    message: `${JSON.stringify(bad)} is no name of a package, @group or @^environment.`,
  });
}

function readCommand(reading: Reading, line: number, raw: string): void {
  const { report, release, seen } = reading;
  const words = shellWords(raw);
  if (words === undefined) {
    if (!isTemplated(raw)) report.error({ line, message: 'A quotation mark is not closed in this line.' });
    return;
  }
  const [command, ...rest] = words;
  if (!command || isTemplated(command.text)) return;
  if (OF_KICKSEED.includes(command.text)) {
    reading.isIncomplete = true; // the rest stands in a preseed
    return;
  }
  if (!COMMANDS.has(command.text)) {
    const meant = nearest(command.text, COMMANDS.keys());
    report.error({
      line,
      column: command.column,
      message: `${command.text} is no kickstart command of any release.`,
      ...(meant === undefined ? {} : { hint: `Did you mean ${meant}?` }),
    });
    return;
  }
  const first = seen.get(command.text);
  if (first === undefined) seen.set(command.text, line);
  else if (ONCE.includes(command.text))
    report.warning({
      line,
      column: 1,
      message: `${command.text} stands in line ${first} already: only the last one counts.`,
    });
  checkSource(reading, line, command.text);
  const used = { line, command, words: rest, release };
  checkCommand(report, used);
  const forms = formsOf(command.text, undefined);
  const given = new Arguments(rest, option => forms.some(({ options }) => options.get(option)?.takesValue === true));
  checkValues(report, used, given);
  if (!rest.some(({ text }) => isTemplated(text))) reading.storage.take(line, command.text, given);
}

/** Debian's reader of kickstarts has one command of its own: an assignment of debconf. */
const OF_KICKSEED = ['preseed'];

/** A second one of these replaces the first. */
const ONCE = [
  'rootpw',
  'lang',
  'keyboard',
  'timezone',
  'bootloader',
  'clearpart',
  'autopart',
  'selinux',
  'firewall',
  'url',
];

/** Fewer different commands are a part that others include: their repositories, for example. */
const FEWEST_OF_WHOLE = 4;

/** A kickstart installs from one of these. */
function checkSource({ report, seen }: Reading, line: number, command: string): void {
  if (!MEDIA.includes(command)) return;
  const other = MEDIA.find(one => one !== command && seen.has(one));
  if (other !== undefined)
    report.warning({
      line,
      column: 1,
      message: `${other} in line ${seen.get(other)} says where to install from already.`,
    });
}

const MEDIA = ['url', 'cdrom', 'harddrive', 'nfs', 'liveimg', 'hmc', 'ostreesetup', 'ostreecontainer'];
const SOURCES = [...MEDIA, 'repo', 'mediacheck'];

/** What may be open at the end, and what an unattended install stops without. */
function checkEnd(reading: Reading): void {
  const { section, report, seen, isIncomplete } = reading;
  reading.storage.check(report, { isWhole: !isIncomplete, diskMiB: reading.diskMiB });
  if (section && needsEnd(reading)) {
    report.error({
      line: section.line,
      column: 1,
      message: `${section.name} is never closed.`,
      hint: 'Write %end on a line of its own after it.',
    });
  }
  if (isIncomplete || seen.size < FEWEST_OF_WHOLE) return;
  const missing = (names: string[], what: string, hint: string): void => {
    if (names.some(name => seen.has(name))) return;
    report.warning({ line: 1, message: `Nothing says ${what}: the installer will ask.`, hint });
  };
  missing(['rootpw', 'user', 'sshkey'], 'who may log in', 'Write rootpw --lock and a user, or rootpw --iscrypted.');
  missing(['autopart', 'part', 'partition', 'logvol', 'reqpart', 'ostreesetup'], 'how to partition', 'Write autopart.');
  missing(['timezone'], 'which time zone', 'Write timezone Etc/UTC --utc.');
  missing(SOURCES, 'where to install from', 'Write cdrom or url --url=…, unless inst.repo is on the kernel line.');
}
