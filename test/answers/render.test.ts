import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectAnswers, renderAnswers, templateTexts } from '../../core/answers/render.ts';
import type { BuildVariables } from '../../core/boot/variables.ts';

const VARIABLES: BuildVariables = {
  HTTPIP: '10.0.2.2',
  HTTPPort: '8123/abc',
  Name: 'zürich',
  SSHPublicKey: 'ssh-ed25519 AAAA $& $1',
  LogPort: '5514',
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'answers-'));
  await mkdir(path.join(root, 'http/sub'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const inHttp = (name: string): string => path.join(root, 'http', name);
const collect = (httpContent: Record<string, string> = {}) =>
  collectAnswers({ httpDirectory: 'http', httpContent }, root);

describe('collectAnswers', () => {
  test('takes every regular file by its URL path, and content', async () => {
    await writeFile(inHttp('ks.cfg'), 'ks');
    await writeFile(inHttp('sub/a b.txt'), 'spaced');
    await writeFile(inHttp('.hidden'), '');
    const files = await collect({ '/user-data': '#cloud-config\n' });
    expect([...files].map(([name, content]) => [name, content.toString()]).sort()).toEqual([
      ['/.hidden', ''],
      ['/ks.cfg', 'ks'],
      ['/sub/a b.txt', 'spaced'],
      ['/user-data', '#cloud-config\n'],
    ]);
  });

  test('is a snapshot', async () => {
    await writeFile(inHttp('ks.cfg'), 'before');
    const files = await collect();
    await writeFile(inHttp('ks.cfg'), 'after');
    expect(files.get('/ks.cfg')?.toString()).toBe('before');
  });

  test('follows links inside the folder, to files and folders, and no circle', async () => {
    await writeFile(inHttp('sub/real'), 'real');
    await symlink('sub/real', inHttp('link'));
    await symlink('sub', inHttp('alias'));
    await symlink('..', inHttp('sub/up'));
    await symlink('nowhere', inHttp('dangling'));
    expect([...(await collect()).keys()]).toEqual(['/alias/real', '/link', '/sub/real']);
  });

  test.each([
    ['a file', '/etc/passwd'],
    ['a relative path', '../../../../../../etc/passwd'],
    ['a folder', '/etc'],
    ['a folder whose name begins the same', '../../http-other'],
  ])('refuses a link out of the folder: %s', async (_what, target) => {
    await mkdir(path.join(root, 'http-other'));
    await symlink(target, inHttp('sub/link'));
    await expect(collect()).rejects.toMatchObject({
      code: 'bad-answers',
      message: expect.stringContaining('sub/link'),
    });
  });

  test('leaves out what is no file and does not wait for a pipe', async () => {
    execFileSync('mkfifo', [inHttp('pipe')]);
    await symlink('pipe', inHttp('link'));
    expect((await collect()).size).toBe(0);
  });

  test('refuses more than 256 MiB without reading it', async () => {
    await writeFile(inHttp('image.iso'), '');
    await truncate(inHttp('image.iso'), 300 * 1024 ** 3);
    await expect(collect()).rejects.toMatchObject({ code: 'bad-answers', message: expect.stringContaining('256 MiB') });
  });

  test.each([
    ['a missing folder', { httpDirectory: 'nope', httpContent: {} }, 'nope'],
    ['a file as folder', { httpDirectory: 'file', httpContent: {} }, 'file'],
    ['content without a slash', { httpContent: { 'ks.cfg': '' } }, '"ks.cfg"'],
  ])('refuses %s', async (_what, source, named) => {
    await writeFile(path.join(root, 'file'), '');
    await expect(collectAnswers(source, root)).rejects.toMatchObject({
      code: 'bad-answers',
      message: expect.stringContaining(named),
      hint: expect.any(String),
    });
  });

  test('no directory is no file', async () => expect((await collectAnswers({ httpContent: {} }, root)).size).toBe(0));
});

describe('renderAnswers', () => {
  const render = (content: Buffer | string): Buffer | undefined =>
    renderAnswers(new Map([['/f', Buffer.from(content)]]), VARIABLES).get('/f');

  test('fills in the variables of the build and nothing else', () => {
    expect(render('url http://{{ .HTTPIP }}:{{.HTTPPort}}/x {{ user }} {% raw %}{{ .Foo }}')?.toString()).toBe(
      'url http://10.0.2.2:8123/abc/x {{ user }} {% raw %}{{ .Foo }}',
    );
    expect(render('{{ .SSHPublicKey }}|{{ .Name }}|{{ .LogPort }}')?.toString()).toBe(
      'ssh-ed25519 AAAA $& $1|zürich|5514',
    );
  });

  test('leaves the other bytes of any encoding as they are', () => {
    const latin1 = Buffer.concat([Buffer.from([0xe9, 0xff, 0x80]), Buffer.from('{{ .LogPort }}'), Buffer.from([0xfc])]);
    expect(render(latin1)).toEqual(
      Buffer.concat([Buffer.from([0xe9, 0xff, 0x80]), Buffer.from('5514'), Buffer.from([0xfc])]),
    );
  });

  test('leaves binary files as they are', () => {
    const binary = Buffer.from('\0{{ .LogPort }}');
    expect(render(binary)).toEqual(binary);
  });

  test('templateTexts are the texts that are rendered', () => {
    const files = new Map(
      ['plain', 'x {{ .HTTPPort }}', '\0{{ .HTTPPort }}'].map((text, nth) => [`/${nth}`, Buffer.from(text)]),
    );
    expect(templateTexts(files)).toEqual(['x {{ .HTTPPort }}']);
  });
});
