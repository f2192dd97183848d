// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { build, Folder, source } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());

describe('files as editors leave them', () => {
  const text = `variable "n" {\n  default = "a"\n}\n${source('  vm_name = var.n')}${build()}`;
  const read = async (file: string, content: Buffer | string) => {
    folder.write({ [file]: '' });
    writeFileSync(path.join(folder.path, file), content);
    return file;
  };

  it.each([
    ['a byte order mark', `\ufeff${text}`],
    ['CR LF', text.replaceAll('\n', '\r\n')],
    ['tabs and comments', text.replaceAll('  ', '\t').replace('{\n', '{ // x\n/* y\n */\n')],
    ['no line end at the end', text.trimEnd()],
  ])('%s is read', async (_, content) => {
    expect((await folder.builder(await read('editor.pkr.hcl', content))).source.vmName).toBe('a');
  });

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), 'This file is UTF-16.', 1],
    ['Latin-1', Buffer.from(text.replace('"a"', '"ä"'), 'latin1'), 'This character is not UTF-8.', 2],
  ])('%s is refused with its place', async (_, content, message, line) => {
    const error = await folder.error(await read('editor.pkr.hcl', content));
    expect(error).toMatchObject({ message, hint: 'Save the file as UTF-8.', details: { place: { line } } });
  });

  it('a folder with values in JSON beside HCL, a link and what an editor left', async () => {
    folder.write({
      'odd/b.txt': text,
      'odd/v.pkr.json': '{"variable": {"m": {"type": "string"}}}',
      'odd/x.auto.pkrvars.json': '\ufeff{"m": "j", "n": "k"}\r\n',
      'odd/a.pkr.hcl~': 'garbage {{{',
    });
    symlinkSync('b.txt', path.join(folder.path, 'odd/a.pkr.hcl'));
    expect((await folder.builder('odd')).source.vmName).toBe('k');
  });
});

describe('HCL2 in JSON', () => {
  it('is read like the native syntax', async () => {
    const text = {
      '//': 'a comment',
      variable: { mem: { type: 'number', default: 700 }, list: { type: 'list(string)', default: ['a'] } },
      locals: { name: 'n-${var.mem}' },
      source: {
        qemu: {
          t: {
            iso_url: 'a.iso',
            iso_checksum: 'none',
            ssh_username: 'u',
            memory: '${var.mem}',
            vm_name: '${local.name}-${source.name}',
          },
        },
      },
      build: [
        {
          sources: ['source.qemu.t'],
          provisioner: [{ shell: { inline: ['echo ${join(",", var.list)}'] } }, { shell: { inline: ['two'] } }],
        },
      ],
    };
    folder.write({ 'j.pkr.json': JSON.stringify(text, null, 1) });
    const builder = await folder.builder('j.pkr.json');
    expect(builder.source).toMatchObject({ memoryMiB: 700, vmName: 'n-700-t' });
    expect(builder.provisioners).toHaveLength(2);
  });

  it('points at the string that is wrong', async () => {
    folder.write({ 'k.pkr.json': '{\n "locals": {\n  "a": "${nosuch}"\n }\n}' });
    expect((await folder.error('k.pkr.json')).details.place).toMatchObject({ line: 3, column: 8 });
  });
});
