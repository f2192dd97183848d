import type { Problem } from '../../model/failure.ts';
import { isTemplated, type LintOptions, Report } from './report.ts';

/**
 * What a line of install.conf or upgrade.conf is: `question = answer`, autoinstall(8). The installer matches the text
 * before the sign with the beginning of its question, ignoring case, so any wording may be right.
 */
export function lintOpenBsd(text: string, { file }: LintOptions): Problem[] {
  const report = new Report(file, text);
  const answers = new Map<string, string>();
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
    checkAnswer(report, answers, { line, question: content.slice(0, at).trim(), answer: content.slice(at + 1).trim() });
  });
  return report.sorted();
}

interface Answer {
  line: number;
  question: string;
  answer: string;
}

function checkAnswer(report: Report, answers: Map<string, string>, { line, question, answer }: Answer): void {
  if (question === '') {
    report.error({ line, column: 1, message: 'There is no question before the sign.' });
    return;
  }
  answers.set(question.toLowerCase(), answer);
  if (answer === '')
    report.warning({ line, message: `${question} has no answer.`, hint: 'Write none, done or a value.' });
  if (/^password/i.test(question) && answer !== '' && !/^(\$2[aby]\$\d\d\$.{53}|\*{13}|\*)$/.test(answer)) {
    report.warning({
      line,
      message: 'The password stands here in clear text.',
      hint: 'Write the output of `encrypt`, or ************* for none.',
    });
  }
}
