import { nearest } from '../../model/nearest.ts';
import { isTemplated, type Report } from './report.ts';
import { shellWords } from './shell-words.ts';

const SCRIPT = ['--erroronfail', '--interpreter', '--log', '--logfile'];

/** What may stand behind the name of a section. The source is pykickstart's sections.py, of RHEL 7 to 10 and Fedora. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  '%pre': SCRIPT,
  '%pre-install': SCRIPT,
  '%post': [...SCRIPT, '--nochroot'],
  '%onerror': SCRIPT,
  '%traceback': SCRIPT,
  '%packages': [
    ...['--default', '--excludedocs', '--ignoremissing', '--ignorebroken', '--instLangs', '--inst-langs', '--multilib'],
    ...[
      '--nobase',
      '--nocore',
      '--timeout',
      '--retries',
      '--exclude-weakdeps',
      '--excludeWeakdeps',
      '--resolvedeps',
      '--ignoredeps',
    ],
  ],
};

/** The line that opens a section. */
export function checkSection(report: Report, line: number, name: string, raw: string): void {
  const known = OPTIONS[name];
  const words = shellWords(raw);
  if (!known || !words) return;
  for (const { text, column } of words.slice(1).filter(word => word.text.startsWith('-') && !isTemplated(word.text))) {
    const option = text.split('=', 1)[0] ?? '';
    if (known.includes(option)) continue;
    const meant = nearest(option, known);
    report.error({
      line,
      column,
      message: `${name} has no option ${option}.`,
      ...(meant === undefined ? {} : { hint: `Did you mean ${meant}?` }),
    });
  }
  const [, interpreter] = /--interpreter[= ](\S+)/.exec(raw) ?? [];
  if (interpreter === undefined || /^["']?\//.test(interpreter) || isTemplated(interpreter)) return;
  report.error({
    line,
    column: raw.indexOf('--interpreter') + 1,
    message: `--interpreter is an absolute path, not ${interpreter}.`,
  });
}

/** A package that is both wanted and not wanted: the last word decides, which is seldom what was meant. */
export class PackageList {
  readonly #seen = new Map<string, { line: number; isOut: boolean }>();

  take(report: Report, line: number, name: string): void {
    const isOut = name.startsWith('-');
    const bare = isOut ? name.slice(1) : name;
    const before = this.#seen.get(bare);
    if (before && before.isOut !== isOut)
      report.warning({
        line,
        message: `${bare} is ${isOut ? 'wanted' : 'left out'} in line ${before.line}, and ${isOut ? 'left out' : 'wanted'} here.`,
      });
    this.#seen.set(bare, { line, isOut });
  }
}
