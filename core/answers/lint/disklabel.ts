import type { Problem } from '../../model/failure.ts';
import { isTemplated, type LintOptions, Report } from './report.ts';

const SIZE = /^(\d+(\.\d+)?[bkmgtcd%&]?|\*)$/i;

/** A template of OpenBSD's disklabel(8), AUTOMATIC DISK ALLOCATION: `mount-point size[-most] [percent%]`, a line each. */
export function lintDisklabel(text: string, { file }: LintOptions): Problem[] {
  const report = new Report(file, text);
  const seen = new Map<string, number>();
  let percent = 0;
  text.split('\n').forEach((raw, nth) => {
    const line = nth + 1;
    if (raw.endsWith('\r')) report.error({ line, message: 'The line ends in CR LF: disklabel does not take it.' });
    const content = raw.replace(/#.*$/, '').trim();
    if (content === '' || isTemplated(content)) return;
    const [place = '', sizes = '', share, ...more] = content.split(/\s+/);
    if (!place.startsWith('/') && !['swap', 'raid'].includes(place))
      report.error({
        line,
        column: 1,
        message: `${JSON.stringify(place)} is no mount point: it begins with a slash, or is swap or raid.`,
      });
    const first = seen.get(place);
    if (first !== undefined && place.startsWith('/'))
      report.error({ line, message: `${place} stands in line ${first} already.` });
    seen.set(place, line);
    checkSizes(report, line, sizes);
    if (share !== undefined && !/^\d{1,3}%$/.test(share))
      report.error({ line, message: `${JSON.stringify(share)} is no share of the disk.`, hint: 'For example 20%' });
    percent += Number.parseInt(share ?? '0', 10) || 0;
    if (percent > 100) report.error({ line, message: `The shares are ${percent} % of the disk so far.` });
    if (more.length > 0) report.error({ line, message: `Nothing stands behind the share: ${more.join(' ')}.` });
  });
  if (!seen.has('/') && !isTemplated(text))
    report.error({ line: 1, message: 'Nothing is mounted at /.', hint: '/ 1G-* 100%' });
  return report.sorted();
}

function checkSizes(report: Report, line: number, sizes: string): void {
  const [least = '', most] = sizes.split('-');
  if (SIZE.test(least) && (most === undefined || SIZE.test(most))) return;
  report.error({ line, message: `${JSON.stringify(sizes)} is no size.`, hint: 'For example 2G, or 1G-*' });
}
