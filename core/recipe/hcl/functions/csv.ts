import { bad } from './define.ts';

/** Reads CSV (RFC 4180) as Go's `encoding/csv` does: every row has as many fields as the first. */
export function parseCsv(csv: string): string[][] {
  const rows: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  let at = 0;
  while (at < csv.length) {
    field.lastIndex = at;
    const match = field.exec(csv);
    if (!match) throw bad(`row ${rows.length + 1} of the CSV has a stray quote`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    at += match[0].length;
    if (match[3] === ',' && at < csv.length) continue;
    if (match[3] === ',') row.push('');
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  if (rows.length === 0) throw bad('the header line is missing');
  const width = rows[0]?.length ?? 0;
  const wrong = rows.findIndex(one => one.length !== width);
  if (wrong >= 0) throw bad(`row ${wrong + 1} of the CSV has ${rows[wrong]?.length} fields, not ${width}`);
  return rows;
}
