import { nearest } from '../../model/nearest.ts';
import { type CommandSpec, formsOf, type OptionSpec } from './kickstart-knowledge.ts';
import { isTemplated, type Report } from './report.ts';
import type { Word } from './shell-words.ts';

export interface UsedCommand {
  line: number;
  command: Word;
  words: Word[];
  /** Undefined: of no release in particular. */
  release: string | undefined;
}

/** Handed on to a program as they are: Anaconda does not look at their options. */
const UNREAD: readonly string[] = ['auth', 'authconfig', 'authselect'];

/** Checks one command line against the forms that the release (or any release) takes. */
export function checkCommand(report: Report, used: UsedCommand): void {
  const forms = formsOf(used.command.text, used.release);
  const { line, command, release } = used;
  if (forms.length === 0) {
    report.error({ line, column: command.column, message: `${command.text} is no command of ${release ?? ''}.` });
    return;
  }
  const state = release === undefined ? '-' : (forms[0]?.state ?? '-');
  if (state !== '-') {
    report[state === 'removed' ? 'error' : 'warning']({
      line,
      column: command.column,
      message: `${command.text} is ${state} in ${release ?? ''}.`,
    });
    if (state === 'removed') return;
  }
  if (UNREAD.includes(command.text)) return;
  used.words.forEach((word, nth) => {
    if (word.text.startsWith('--')) checkOption(report, used, { forms, word, next: used.words[nth + 1] });
  });
  checkRequired(report, used, forms);
  checkPassword(report, used);
}

interface UsedOption {
  forms: readonly CommandSpec[];
  word: Word;
  next: Word | undefined;
}

function checkOption(report: Report, { line, command, release }: UsedCommand, { forms, word, next }: UsedOption): void {
  const equals = word.text.indexOf('=');
  const name = equals < 0 ? word.text : word.text.slice(0, equals);
  if (name === '--' || isTemplated(name)) return;
  const specs = forms.flatMap(({ options }) => options.get(name) ?? options.get(completed(name, options.keys())) ?? []);
  const place = { line, column: word.column };
  const of = release === undefined ? command.text : `${command.text} in ${release}`;
  const live = specs.filter(({ isRemoved }) => !isRemoved);
  if (live.length === 0) {
    const meant = nearest(
      name,
      forms.flatMap(({ options }) => [...options.keys()]),
    );
    const isKnown = specs.length > 0 || formsOf(command.text, undefined).some(({ options }) => options.has(name));
    report.error({
      ...place,
      message: isKnown ? `${name} is gone from ${of}.` : `${of} has no option ${name}.`,
      ...(meant === undefined || isKnown ? {} : { hint: `Did you mean ${meant}?` }),
    });
    return;
  }
  if (release !== undefined && live.every(({ isDeprecated }) => isDeprecated)) {
    report.warning({ ...place, message: `${name} of ${of} is deprecated.` });
  }
  checkValue(report, {
    ...place,
    name,
    specs: live,
    given: equals < 0 ? undefined : word.text.slice(equals + 1),
    next,
  });
}

/** Anaconda takes the beginning of an option for the option, when it is the only one that begins so. */
function completed(name: string, known: Iterable<string>): string {
  const [only, ...others] = [...known].filter(one => one.startsWith(name));
  return only === undefined || others.length > 0 || name.length < 4 ? name : only;
}

interface Given {
  line: number;
  column: number;
  name: string;
  specs: readonly OptionSpec[];
  /** After the `=`. */
  given: string | undefined;
  next: Word | undefined;
}

function checkValue(report: Report, { line, column, name, specs, given, next }: Given): void {
  const place = { line, column };
  if (specs.every(({ takesValue }) => !takesValue)) {
    if (given !== undefined) report.error({ ...place, message: `${name} takes no value.` });
    return;
  }
  if (specs.some(({ takesValue, isOpen }) => !takesValue || isOpen)) return;
  const value = given ?? (next?.text.startsWith('--') ? undefined : next?.text);
  if (value === undefined) {
    report.error({ ...place, message: `${name} wants a value.`, hint: `Write ${name}=…` });
    return;
  }
  if (isTemplated(value)) return;
  if (specs.every(({ isNumber }) => isNumber) && !/^[+-]?\d+$/.test(value)) {
    report.error({ ...place, message: `${name} wants a whole number, not ${JSON.stringify(value)}.` });
  }
  const choices = [...new Set(specs.flatMap(spec => spec.choices))];
  if (specs.some(spec => spec.choices.length === 0) || choices.includes(value)) return;
  report.error({
    ...place,
    message: `${name} cannot be ${JSON.stringify(value)}.`,
    hint: `One of ${choices.join(', ')}.`,
  });
}

function checkRequired(report: Report, { line, command, words }: UsedCommand, forms: readonly CommandSpec[]): void {
  const given = new Set(words.map(({ text }) => text.split('=', 1)[0] ?? ''));
  if (words.some(({ text }) => isTemplated(text) && !text.startsWith('--'))) return;
  const wanted = forms.map(({ options }) =>
    [...options].filter(([, { isRequired }]) => isRequired).map(([name]) => name),
  );
  if (wanted.some(names => names.every(name => given.has(name)))) return;
  const missing = wanted[0]?.find(name => !given.has(name));
  if (missing !== undefined)
    report.error({ line, column: command.column, message: `${command.text} wants ${missing}.` });
}

function checkPassword(report: Report, { line, command, words }: UsedCommand): void {
  if (command.text !== 'rootpw') return;
  const texts = words.map(({ text }) => text);
  const password = words.find(({ text }) => !text.startsWith('-'));
  if (!password || isTemplated(password.text)) {
    if (!password && !texts.includes('--lock')) {
      report.error({ line, column: command.column, message: 'rootpw has neither a password nor --lock.' });
    }
    return;
  }
  if (texts.includes('--lock')) return;
  if (texts.includes('--iscrypted')) {
    if (/^(\$\w+\$.+|[./\w]{13}|[!*].*)$/.test(password.text)) return;
    report.warning({
      line,
      column: password.column,
      message: 'This is no crypted password, though --iscrypted says so.',
    });
    return;
  }
  report.warning({
    line,
    column: password.column,
    message: 'The root password stands here in clear text.',
    hint: 'Write rootpw --iscrypted with the output of `openssl passwd -6`, or rootpw --lock.',
  });
}
