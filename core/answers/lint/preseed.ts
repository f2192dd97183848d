import type { Problem } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import { checkPartmanRecipe } from './partman-recipe.ts';
import { PRESEED_TABLE } from './preseed-table.ts';
import { checkTogether, checkValue, type Given } from './preseed-values.ts';
import { isTemplated, type LintOptions, Report } from './report.ts';

interface Question {
  type: string;
  choices: readonly string[];
}

/** The questions of the installer by name. */
const QUESTIONS: ReadonlyMap<string, Question> = new Map(
  PRESEED_TABLE.trim()
    .split('\n')
    .map(line => {
      const [, name = '', type = '', choices = ''] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
      return [name, { type, choices: choices === '' ? [] : choices.split('|') }];
    }),
);

/** debconf's own types: debconf-devel(7); `seen` sets a flag, not a value. */
const TYPES = ['string', 'boolean', 'select', 'multiselect', 'password', 'note', 'text', 'title', 'error', 'seen'];

/** The installer's own example writes `string` for a choice; debconf keeps the type of its template. */
const TEXTUAL = ['string', 'select', 'multiselect', 'text'];

/** Parts that are loaded only for such a disk, so that the table does not have them. */
const OPTIONAL = [
  'partman-lvm',
  'partman-auto-lvm',
  'partman-crypto',
  'partman-auto-crypto',
  'partman-md',
  'partman-auto-raid',
];

/** Asked only when the installer runs from a CD. */
const OF_CDS = [
  'cdrom-detect/eject',
  'cdrom-detect/load_media',
  'cdrom-detect/try-usb',
  'apt-setup/disable-cdrom-entries',
  'apt-setup/cdrom/set-first',
  'apt-setup/cdrom/set-next',
  'apt-setup/cdrom/set-failed',
];

/** One assignment, joined from the lines it goes over. */
interface Entry {
  line: number;
  text: string;
}

/** What debconf or the installer would refuse, ignore or ask about. */
export function lintPreseed(text: string, { file, diskMiB }: LintOptions): Problem[] {
  const report = new Report(file, text);
  const given = new Map<string, Given>();
  checkEndings(report, text);
  for (const entry of entriesOf(report, text)) checkEntry(report, entry, given, diskMiB);
  checkUnattended(report, text, given);
  checkLockedRoot(report, given);
  checkTogether(report, given);
  return report.sorted();
}

function checkEndings(report: Report, text: string): void {
  const line = text.split('\n').findIndex(one => one.endsWith('\r'));
  if (line < 0) return;
  report.error({
    line: line + 1,
    message: 'Lines end in CR LF: debconf takes the CR as part of the value.',
    hint: 'Save the file with Unix line endings.',
  });
}

/** Comments end nothing: debconf joins lines first. A backslash with a blank after it joins nothing. */
function entriesOf(report: Report, text: string): Entry[] {
  const entries: Entry[] = [];
  let open: Entry | undefined;
  text.split('\n').forEach((raw, nth) => {
    const content = raw.replace(/\r$/, '');
    if (!open && (/^\s*#/.test(content) || content.trim() === '')) return;
    if (/\\[ \t]+$/.test(content) && !/^\s*#/.test(content)) {
      report.error({
        line: nth + 1,
        column: content.search(/\\[ \t]+$/) + 1,
        message: 'A blank after the backslash: the line is not continued.',
        hint: 'Remove what stands after the backslash.',
      });
    }
    const isContinued = content.endsWith('\\');
    const part = isContinued ? content.slice(0, -1) : content;
    if (open) open.text += part;
    else {
      open = { line: nth + 1, text: part };
      entries.push(open);
    }
    if (!isContinued) open = undefined;
  });
  if (open) report.error({ line: open.line, message: 'The file ends in the middle of this continued line.' });
  return entries;
}

function checkEntry(
  report: Report,
  { line, text }: Entry,
  given: Map<string, Given>,
  diskMiB: number | undefined,
): void {
  if (/^\s*(\{\{|\{%|%\{|<%|\$\{)/.test(text)) return;
  const [, blank = '', owner = '', name = '', type = '', value = ''] =
    /^(\s*)(\S+)(?:\s+(\S+))?(?:\s+(\S+))?(?:[ \t](.*))?$/s.exec(text) ?? [];
  if (type === '') {
    if (isTemplated(text)) return;
    report.error({
      line,
      column: blank.length + 1,
      message: 'This is no assignment: it wants an owner, a question, a type and a value.',
      hint: 'For example: d-i clock-setup/utc boolean true',
    });
    return;
  }
  if (isTemplated(owner) || isTemplated(name) || isTemplated(type)) return;
  const column = text.indexOf(type, text.indexOf(name, text.indexOf(owner) + owner.length) + name.length) + 1;
  if (!TYPES.includes(type)) {
    tellType(report, line, column, type);
    return;
  }
  const before = given.get(name);
  const at = { line, column: text.lastIndexOf(value.trim()) + 1, name, value: value.trim() };
  if (before && before.value !== at.value && type !== 'seen')
    report.warning({
      line,
      message: `${name} stands in line ${before.line} already, with another value: the last one counts.`,
    });
  if (type !== 'seen') given.set(name, at);
  checkOwner(report, { line, owner, name, text });
  checkBlanks(report, at, value);
  checkKnown(report, { line, column, owner, name, type, value: value.trim(), text });
  if (isTemplated(value) && !name.endsWith('expert_recipe')) return;
  if (name.endsWith('expert_recipe') && !/\{\{|\$\{/.test(value)) checkPartmanRecipe(report, line, value, diskMiB);
  if (type !== 'seen') checkValue(report, at);
}

/** debconf leaves a line with an unknown type out. A near miss is a slip; anything else may be meant for another reader. */
function tellType(report: Report, line: number, column: number, type: string): void {
  const meant = nearest(type, TYPES);
  const hint = meant === undefined ? `One of ${TYPES.join(', ')}.` : `Did you mean ${meant}?`;
  const message = `${JSON.stringify(type)} is no type of debconf's: the line is left out.`;
  report[meant === undefined ? 'warning' : 'error']({ line, column, message, hint });
}

/** Whose question it is may be many a program; what looks like d-i and is not is a slip. */
function checkOwner(
  report: Report,
  { line, owner, name, text }: Pick<Assignment, 'line' | 'owner' | 'name' | 'text'>,
): void {
  if (!/^(di|d_i|d-I|D-I|d--i|i-d|d-|d-l|d-1|-i|d-ii|dd-i)$/.test(owner)) return;
  report.error({
    line,
    column: text.indexOf(owner) + 1,
    message: `${owner} asks nothing: the installer's questions are d-i's.`,
    hint: `Write d-i ${name} …`,
  });
}

/** One blank or tab stands between the type and the value: more are part of the value. */
function checkBlanks(report: Report, { line, column, name, value }: Given, raw: string): void {
  if (value === '' || /command|recipe|include|run$/.test(name)) return;
  if (/^[ \t]/.test(raw))
    report.warning({
      line,
      column,
      message: `More than one blank before the value of ${name}: debconf may take them as part of it.`,
      hint: 'Leave one blank or tab after the type.',
    });
  if (/\s#\s/.test(value))
    report.warning({
      line,
      column: column + value.search(/\s#\s/) + 1,
      message: 'A comment begins at the beginning of a line only: here it is part of the value.',
    });
}

interface Assignment {
  line: number;
  column: number;
  owner: string;
  name: string;
  type: string;
  value: string;
  text: string;
}

function checkKnown(report: Report, { line, column, owner, name, type, value, text }: Assignment): void {
  const question = QUESTIONS.get(name);
  if (!question) {
    checkUnknown(report, { line, owner, name, text });
    return;
  }
  if (type === 'seen') return;
  if (question.type !== type && !(TEXTUAL.includes(question.type) && TEXTUAL.includes(type))) {
    report.warning({
      line,
      column,
      message: `${name} is of the type ${question.type}, not ${type}.`,
      hint: `Write ${owner} ${name} ${question.type} ${value}`,
    });
  }
  if (value === '' || isTemplated(value)) return;
  const at = text.lastIndexOf(value) + 1;
  if (question.type === 'boolean' && !['true', 'false'].includes(value)) {
    // A name all in capitals is for another program to replace.
    const severity = /^[A-Z][A-Z0-9_]{3,}$/.test(value) && !/^(TRUE|FALSE)$/.test(value) ? 'warning' : 'error';
    report[severity]({ line, column: at, message: `${name} is true or false, not ${JSON.stringify(value)}.` });
  }
  if (question.choices.length === 0 || question.choices.includes(value)) return;
  const hint = `One of ${question.choices.join(', ')}.`;
  report.warning({ line, column: at, message: `${name} cannot be ${JSON.stringify(value)} in Debian 13.`, hint });
}

/** What stands before the slash: a part of the installer that is loaded only when needed is not in the table. */
const FAMILIES: ReadonlySet<string> = new Set([...QUESTIONS.keys()].map(name => name.split('/')[0] ?? ''));

/** What only an installed package or another release asks is none of this table's. */
function checkUnknown(
  report: Report,
  { line, owner, name, text }: Pick<Assignment, 'line' | 'owner' | 'name' | 'text'>,
): void {
  if (owner !== 'd-i' || name.split('/').length > 2 || /\/(multiselect|local\d|run|early_command)/.test(name)) return;
  const meant = nearest(name, [...QUESTIONS.keys(), ...OF_CDS]);
  const family = name.split('/')[0] ?? '';
  if (OPTIONAL.includes(family) || (meant === undefined && !FAMILIES.has(family)) || OF_CDS.includes(name)) return;
  report.warning({
    line,
    column: text.indexOf(name) + 1,
    message: `Debian 13's installer has no question ${name}.`,
    ...(meant === undefined ? {} : { hint: `Did you mean ${meant}? Other releases may have it.` }),
  });
}

/** Each group: without any of these the installer asks. */
const NEEDED: readonly { names: readonly string[]; what: string; hint: string }[] = [
  {
    names: [
      'partman-auto/method',
      'partman-auto/disk',
      'partman-auto/init_automatically_partition',
      'partman-auto/expert_recipe',
      'partman-auto/expert_recipe_file',
    ],
    what: 'how to partition',
    hint: 'd-i partman-auto/method string regular',
  },
  {
    names: ['partman/confirm', 'partman/confirm_nooverwrite'],
    what: 'that the partitions may be written',
    hint: 'd-i partman/confirm boolean true, and d-i partman/confirm_nooverwrite boolean true',
  },
  {
    names: [
      'passwd/root-password',
      'passwd/root-password-crypted',
      'passwd/root-login',
      'passwd/user-password',
      'passwd/user-password-crypted',
      'passwd/make-user',
    ],
    what: 'who may log in',
    hint: 'd-i passwd/root-password-crypted password followed by the output of `openssl passwd -6`',
  },
];

/** Of user-setup, the installer's part: it takes ! for a hash that nobody gave (user-setup-ask). */
function checkLockedRoot(report: Report, given: ReadonlyMap<string, Given>): void {
  const hash = given.get('passwd/root-password-crypted');
  if (hash?.value !== '!' || given.has('passwd/root-password')) return;
  if (given.get('passwd/root-login')?.value === 'false') return;
  report.warning({
    line: hash.line,
    column: hash.column,
    message: 'The installer takes ! for no password, and asks for one.',
    hint: 'Write * for a root without a password, or d-i passwd/root-login boolean false.',
  });
}

function checkUnattended(report: Report, text: string, given: ReadonlyMap<string, Given>): void {
  const isPart = given.has('preseed/include') || given.has('preseed/include_command') || given.has('preseed/run');
  if (isPart || !/^\s*d-i\s/m.test(text) || given.size < 8) return;
  for (const { names, what, hint } of NEEDED) {
    if (names.some(name => given.has(name))) continue;
    report.warning({ line: 1, message: `Nothing says ${what}: the installer will ask.`, hint });
  }
}
