import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provision } from '../../core/guest/provision.ts';
import type { Provisioner } from '../../core/model/recipe.ts';
import { LoggedIn, POLICY } from './logged-in.ts';
import { NO_BASHRC, WITHOUT_SFTP } from './sshd.ts';

const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 7) % 253));

describe.each([
  ['SFTP', []],
  ['the shell alone', [WITHOUT_SFTP]],
])('with %s', (_name, lines) => {
  let at: LoggedIn;
  beforeAll(async () => {
    at = await LoggedIn.start(lines);
    mkdirSync(at.file('tree/deep/er'), { recursive: true });
    mkdirSync(at.file('tree/hollow'));
    writeFileSync(at.file('tree/big'), body);
    writeFileSync(at.file('tree/empty'), '');
    writeFileSync(at.file("tree/deep/it's a file"), 'text');
    writeFileSync(at.file('tree/deep/er/run.sh'), '#!/bin/sh\n');
    chmodSync(at.file('tree/deep/er/run.sh'), 0o755);
    symlinkSync('deep/er/run.sh', at.file('tree/link'));
  });
  afterAll(() => at.stop());

  const copy = (options: Partial<Extract<Provisioner, { kind: 'file' }>>): Promise<void> =>
    provision(
      at.scope,
      at.guest,
      [{ ...POLICY, kind: 'file', sources: [], destination: '', direction: 'upload', generated: false, ...options }],
      at.context,
    );
  const expectTree = (dir: string): void => {
    expect(readFileSync(`${dir}/big`).equals(body)).toBe(true);
    expect(readFileSync(`${dir}/empty`, 'utf8')).toBe('');
    expect(readFileSync(`${dir}/deep/it's a file`, 'utf8')).toBe('text');
    expect(readFileSync(`${dir}/link`, 'utf8')).toBe('#!/bin/sh\n');
    expect(existsSync(`${dir}/hollow`)).toBe(true);
  };

  it('copies a folder itself, or with a trailing slash what is in it', async () => {
    mkdirSync(at.file('guest'));
    await copy({ sources: ['tree'], destination: at.file('guest') });
    expectTree(at.file('guest/tree'));
    expect(statSync(at.file('guest/tree/deep/er/run.sh')).mode & 0o777).toBe(0o755);
    await copy({ sources: ['tree/'], destination: at.file('guest2/made/') });
    expectTree(at.file('guest2/made'));
  });

  it('copies a file under its own name into a folder, else under the name given', async () => {
    await copy({ sources: ['tree/big', 'tree/empty'], destination: `${at.file('guest2/made')}/` });
    expect(statSync(at.file('guest2/made/big')).size).toBe(body.length);
    await copy({ sources: ['tree/deep/er/run.sh'], destination: at.file('guest2/other') });
    expect(statSync(at.file('guest2/other')).mode & 0o777).toBe(0o755);
  });

  it('writes content', async () => {
    await copy({ content: 'a=1\n', destination: at.file('guest2/conf') });
    expect(readFileSync(at.file('guest2/conf'), 'utf8')).toBe('a=1\n');
    await expect(copy({ content: 'a', destination: '/tmp/' })).rejects.toMatchObject({ code: 'provision-failed' });
  });

  it('copies out of the guest, making the folders on the way', async () => {
    await copy({ direction: 'download', sources: [`${at.file('tree')}/`], destination: 'down/' });
    expectTree(at.file('down/tree'));
    await copy({ direction: 'download', sources: [at.file('tree/empty')], destination: 'down/a/b/' });
    await copy({ direction: 'download', sources: [at.file('tree/big')], destination: 'down/a/c' });
    expect(statSync(at.file('down/a/b/empty')).size).toBe(0);
    expect(readFileSync(at.file('down/a/c')).equals(body)).toBe(true);
  });

  it('knows the home folder', async () => {
    const name = `.goldsmith-test-${process.pid}`;
    await at.guest.uploadText('x', `~/${name}`);
    const lines: string[] = [];
    await at.guest.exec(`cat ~/${name}; rm ~/${name}`, { onLine: line => lines.push(line) });
    expect(lines).toEqual(['x']);
  });

  it('says what went wrong, and what to do', async () => {
    await expect(copy({ sources: ['missing'], destination: '/tmp/x' })).rejects.toMatchObject({
      code: 'provision-failed',
      message: expect.stringContaining('Cannot read missing'),
    });
    await expect(copy({ content: 'x', destination: at.file('nowhere/x') })).rejects.toMatchObject({
      message: expect.stringMatching(/Cannot write .*nowhere\/x in the guest: .*no such file/i),
      hint: expect.stringContaining('Folders on the way'),
    });
    await expect(at.guest.uploadText('x', at.file('guest'))).rejects.toMatchObject({
      hint: expect.stringContaining('end it with a slash'),
    });
    await expect(at.guest.download(at.file('nowhere'), at.file('no'))).rejects.toMatchObject({
      code: 'provision-failed',
    });
    await expect(at.guest.download(at.file('tree/big'), at.file('tree/hollow'))).rejects.toThrow();
    await expect(at.guest.download(at.file('tree/big'), '/dev/full')).rejects.toThrow(/ENOSPC|Failure/);
    await expect(at.guest.upload(at.file('nowhere'), at.file('guest/x'))).rejects.toThrow(/ENOENT/);
  });

  it('says that the connection was lost', async () => {
    const own = await LoggedIn.start(lines);
    const fifo = own.file('fifo');
    spawnSync('mkfifo', [fifo]);
    const copying = own.guest.download(fifo, own.file('out'));
    setTimeout(() => void own.sshd.down(), 300);
    await expect(copying).rejects.toMatchObject({ code: 'guest-unreachable' });
    await own.stop();
  });

  it('ends when it is cancelled', async () => {
    const fifo = at.file('fifo');
    spawnSync('mkfifo', [fifo]);
    await expect(at.guest.download(fifo, at.file('out'), { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    rmSync(fifo);
  });
});

it('does not follow an archive out of the folder it is unpacked into', async () => {
  const at = await LoggedIn.start([WITHOUT_SFTP]);
  const evil = at.file('evil');
  mkdirSync(`${evil}/bin`, { recursive: true });
  const python = `import tarfile,sys,io
t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|')
i=tarfile.TarInfo('../escaped'); i.size=1; t.addfile(i,io.BytesIO(b'x'))
l=tarfile.TarInfo('out'); l.type=tarfile.SYMTYPE; l.linkname='/tmp'; t.addfile(l)
t.close()`;
  writeFileSync(`${evil}/bin/tar`, `#!/bin/sh\nexec /usr/bin/python3 -c "${python}"\n`, { mode: 0o755 });
  at.sshd.lines.push(`${NO_BASHRC} PATH=${evil}/bin:/usr/bin:/bin`);
  at.sshd.write();
  await at.sshd.down();
  await at.sshd.up();
  await at.guest.reconnect({ timeoutMs: 5000 });
  await expect(at.guest.downloadDir('/tmp', at.file('in/side'))).rejects.toMatchObject({ code: 'provision-failed' });
  expect(existsSync(at.file('in/escaped'))).toBe(false);
  await at.stop();
});
