import type { Problem } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import { OPENBSD_QUESTIONS } from './openbsd-questions.ts';
import { isTemplated, type LintOptions, Report } from './report.ts';
import { isHostname, isIpv4, isNetmask, isTimeZone } from './words.ts';

const KEYBOARDS = /^(default|[a-z]{2}(\.[a-z0-9]+)*|us\.dvorak|user|none)$/;

/** What an answer of each form looks like. */
const FORMS: Readonly<Record<string, { isRight(answer: string): boolean; message: string; isError: boolean }>> = {
  yn: { isRight: answer => /^(y|yes|n|no)$/i.test(answer), message: 'The answer is yes or no', isError: true },
  host: { isRight: answer => isHostname(answer), message: 'This cannot be the name of a host', isError: false },
  ip4: {
    isRight: answer => isIpv4(answer.split('/')[0] ?? '') || /^(autoconf|dhcp|none)$/.test(answer),
    message: 'The answer is an address, autoconf or none',
    isError: true,
  },
  mask: {
    isRight: answer => isNetmask(answer) || /^0x[0-9a-f]{8}$/i.test(answer),
    message: 'The answer is a netmask',
    isError: true,
  },
  speed: {
    isRight: answer => /^(\d+|done)$/.test(answer),
    message: 'The answer is a speed such as 115200',
    isError: true,
  },
  user: {
    isRight: answer => /^[a-z][a-z0-9_]{0,30}$/.test(answer),
    message: 'The answer is a lower-case login name, or no',
    isError: true,
  },
  rootlogin: {
    isRight: answer => /^(y|yes|n|no|prohibit-password)$/.test(answer),
    message: 'The answer is yes, no or prohibit-password',
    isError: true,
  },
  tz: { isRight: isTimeZone, message: 'This is no time zone of the tz database', isError: true },
  disk: {
    isRight: answer => /^([a-z]{2}\d+|[0-9a-f]{16}(\.[a-p])?|\?)$/.test(answer),
    message: 'The answer is a disk such as sd0',
    isError: true,
  },
  sets: {
    isRight: answer => /^(cd\d*|disk|http|nfs|done|ftp|tape)$/.test(answer),
    message: 'The answer is cd0, disk, http, nfs or done',
    isError: true,
  },
};

interface Answer {
  line: number;
  key: string;
  answer: string;
}

/**
 * What a line of install.conf or upgrade.conf is: `question = answer`, autoinstall(8). The installer takes the line whose
 * words stand in its question one after another, ignoring case, so any part of a question will do.
 */
export function lintOpenBsd(text: string, { file }: LintOptions): Problem[] {
  const report = new Report(file, text);
  const answers: Answer[] = [];
  text.split('\n').forEach((raw, nth) => {
    const line = nth + 1;
    if (raw.endsWith('\r'))
      report.error({ line, message: 'The line ends in CR LF: the CR becomes part of the answer.' });
    const content = raw.replace(/\r$/, '');
    if (content.trim() === '' || content.trimStart().startsWith('#') || isTemplated(content)) return;
    const at = content.indexOf('=');
    if (at < 0) {
      report.error({ line, column: 1, message: 'This is no answer: it wants `question = answer`.' });
      return;
    }
    const answer = { line, key: content.slice(0, at).trim(), answer: content.slice(at + 1).trim() };
    checkAnswer(report, answer);
    answers.push(answer);
  });
  checkTogether(report, answers, text);
  return report.sorted();
}

function checkAnswer(report: Report, { line, key, answer }: Answer): void {
  if (key === '') {
    report.error({ line, column: 1, message: 'There is no question before the sign.' });
    return;
  }
  if (answer === '') {
    report.warning({
      line,
      message: `${key} has no answer: the line is left out.`,
      hint: 'Write none, done or a value.',
    });
    return;
  }
  const asked = OPENBSD_QUESTIONS.filter(([question]) => isAskedBy(key, question));
  if (asked.length === 0) tellUnknown(report, line, key);
  if (isTemplated(answer) || /@[A-Z]+@/.test(answer)) return;
  if (asked.some(([, form]) => form === 'password')) checkPassword(report, line, answer);
  if (/^choose your keyboard/i.test(key) && !KEYBOARDS.test(answer))
    report.warning({
      line,
      message: `${JSON.stringify(answer)} is no keyboard layout of OpenBSD.`,
      hint: 'For example us, de, fr.',
    });
  const forms = asked.map(([, form]) => FORMS[form ?? '']);
  if (forms.length === 0 || forms.some(form => !form || form.isRight(answer))) return;
  const [form] = forms;
  if (form)
    report[form.isError ? 'error' : 'warning']({ line, message: `${form.message}, not ${JSON.stringify(answer)}.` });
}

/** Words with one blank around each, so that a part of a question is found at the boundaries of words only. */
const words = (text: string): string => ` ${text.toLowerCase().replace(/[?]/g, ' ? ').replace(/\s+/g, ' ').trim()} `;

const asked = new Map(OPENBSD_QUESTIONS.map(([question]) => [question, words(question)]));

/** As the installer compares: the key stands in the question at the boundaries of words. */
function isAskedBy(key: string, question: string): boolean {
  const whole = asked.get(question) ?? words(question);
  const wanted = words(key.replace(/\?.*$/, ''));
  return whole.includes(wanted) || startsLike(wanted, whole);
}

/** `Password for user joe`: the question up to its name, then any name, then what follows of it. */
function startsLike(wanted: string, whole: string): boolean {
  if (!whole.includes('{}')) return false;
  const [before = '', after = ''] = whole.split('{}');
  if (!wanted.startsWith(before)) return false;
  const rest = wanted.slice(before.length).replace(/^\S+/, '');
  // What stands at the name's end is taken for a part of it.
  return rest.trim() === '' || ` ${after.replace(/^['.]/, '').trim()} `.startsWith(rest);
}

function tellUnknown(report: Report, line: number, key: string): void {
  const known = OPENBSD_QUESTIONS.map(([question]) => question.replace(/\s*\?.*$/, ''));
  const meant = nearest(key, known);
  report.warning({
    line,
    column: 1,
    message: `OpenBSD's installer asks nothing with ${JSON.stringify(key)}.`,
    ...(meant === undefined ? {} : { hint: `Did you mean ${JSON.stringify(meant)}?` }),
  });
}

function checkPassword(report: Report, line: number, answer: string): void {
  if (/^(\$2[aby]\$\d\d\$.{53}|\*{13}|\*)$/.test(answer)) return;
  report.warning({
    line,
    message: 'The password stands here in clear text.',
    hint: 'Write the output of `encrypt`, or ************* for none.',
  });
}

/** What the installer cannot do without, and what it takes the first of. */
function checkTogether(report: Report, answers: readonly Answer[], text: string): void {
  const seen = new Map<string, Answer>();
  for (const one of answers) {
    const key = one.key.toLowerCase();
    const first = seen.get(key);
    if (first && first.answer === one.answer && !/^(set name|location of sets|pathname)/.test(key))
      report.warning({
        line: one.line,
        message: `${one.key} stands in line ${first.line} already: each answer is taken once.`,
      });
    seen.set(key, one);
  }
  const isInstall = answers.some(({ key }) => /hostname|root (account|disk)|setup a user/i.test(key));
  if (!isInstall || isTemplated(text)) return;
  if (!answers.some(({ key }) => /password for root|^password for$|^password$/i.test(key)))
    report.warning({
      line: 1,
      message: "Nothing says root's password: the installer stops, as it has no answer.",
      hint: 'Password for root account = *************',
    });
  const user = answers.find(({ key, answer }) => /^setup a user/i.test(key) && answer !== 'no');
  if (user && !answers.some(({ key }) => /^password for user/i.test(key)))
    report.warning({
      line: user.line,
      message: `Nothing says the password of ${user.answer}: the installer stops.`,
      hint: `Password for user ${user.answer} = *************`,
    });
}
