/** Debian's paragraph format (deb822), as far as package indexes and dpkg's status file use it. */

/** A `Depends` or `Provides` field as lists of alternatives, versions left out. */
export const parseRelation = (field: string | undefined): string[][] =>
  (field ?? '')
    .split(',')
    .map(group =>
      group
        .split('|')
        .map(name => name.trim().split(/[\s(:]/)[0] ?? '')
        .filter(Boolean),
    )
    .filter(group => group.length > 0);

/** One entry of dpkg's status file, fields in their order. */
export type Paragraph = Map<string, string>;

/** Continuation lines stay part of their field's value. */
export function parseParagraphs(text: string): Paragraph[] {
  return text
    .split(/\n\n+/)
    .map(parseParagraph)
    .filter(paragraph => paragraph.size > 0);
}

function parseParagraph(text: string): Paragraph {
  const fields: Paragraph = new Map();
  let last = '';
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Za-z][A-Za-z0-9-]*):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      fields.set(name, value);
      last = name;
    } else if (last && line !== '') {
      fields.set(last, `${fields.get(last)}\n${line}`);
    }
  }
  return fields;
}

export const writeParagraphs = (paragraphs: Paragraph[]): string =>
  paragraphs.map(fields => [...fields].map(([name, value]) => `${name}: ${value}\n`).join('')).join('\n') + '\n';
