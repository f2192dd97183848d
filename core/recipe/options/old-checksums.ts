import type { DecodeContext } from './decode.ts';
import type { RawBlock, RawOption } from './schema.ts';

/** The spellings of a checksum before Packer 1.6, as `packer fix` knows them. */
const OLD_OPTIONS = ['iso_md5', 'iso_checksum_url', 'iso_checksum_type'];

/** The block with one `iso_checksum` in place of the older options, and a note. */
export function withChecksum(block: RawBlock, context: DecodeContext): RawBlock {
  const old = OLD_OPTIONS.map(name => block.options.get(name)).find(option => option !== undefined);
  if (!old) return block;
  const text = (name: string): string => textOf(block.options.get(name), context);
  const checksum = combined(text);
  const options = new Map([...block.options].filter(([name]) => !OLD_OPTIONS.includes(name)));
  const base = block.options.get('iso_checksum') ?? old;
  if (checksum !== undefined) options.set('iso_checksum', { ...base, name: 'iso_checksum', read: () => checksum });
  const message = `"${old.name}" is an old spelling; the checksum is read as ${JSON.stringify(checksum ?? '')}.`;
  context.problems.push({
    code: 'bad-recipe',
    severity: 'note',
    message,
    hint: 'Write it in iso_checksum.',
    place: old.namePlace(),
  });
  return { ...block, options };
}

function textOf(option: RawOption | undefined, context: DecodeContext): string {
  const value = option?.read('text');
  return typeof value === 'string' ? context.render(value, undefined, () => option?.place() ?? { file: '' }) : '';
}

function combined(text: (name: string) => string): string | undefined {
  const [md5, url, type, checksum] = [
    text('iso_md5'),
    text('iso_checksum_url'),
    text('iso_checksum_type').toLowerCase(),
    text('iso_checksum'),
  ];
  if (md5) return `md5:${md5}`;
  if (type === 'none') return 'none';
  if (url && !checksum) return `file:${url}`;
  if (checksum === '') return undefined;
  return type && !checksum.includes(':') ? `${type}:${checksum}` : checksum;
}
