import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ProvisionContext, provision } from '../../core/guest/provision.ts';
import { md4 } from '../../core/guest/winrm/md4.ts';
import { authenticateMessage, readChallenge } from '../../core/guest/winrm/ntlm.ts';
import { WinRmGuest } from '../../core/guest/winrm/winrm-guest.ts';
import type { Provisioner } from '../../core/model/recipe.ts';
import { POLICY } from './logged-in.ts';
import { TestScope } from './scope.ts';
import { WinRmServer } from './winrm-server.ts';

let server: WinRmServer;
let guest: WinRmGuest;
let scope: TestScope;
let dir: string;

const login = (changes: object = {}) => ({
  host: '127.0.0.1',
  port: server.port,
  user: server.user,
  password: server.password,
  useSsl: false,
  insecure: true,
  useNtlm: false,
  ...changes,
});
const connect = (changes: object = {}, timeoutMs = 10_000) =>
  WinRmGuest.connect(scope, login(changes), scope.signal, timeoutMs);

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-winrm-'));
  server = await WinRmServer.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  scope = new TestScope();
  guest = await connect();
  server.commands.length = 0;
});
afterEach(() => {
  server.answers.length = 0;
  guest.drop();
});

describe('MD4 and NTLM', () => {
  // RFC 1320, A.5
  it.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['1234567890'.repeat(8), 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ])('MD4 of %j', (text, digest) => expect(md4(Buffer.from(text)).toString('hex')).toBe(digest));

  it('proves the password as MS-NLMP 4.2.4 does', () => {
    const serverChallenge = Buffer.from('0123456789abcdef', 'hex');
    const targetInfo = Buffer.from(
      '02000c0044006f006d00610069006e0001000c005300650072007600650072000000 0000'.replaceAll(' ', ''),
      'hex',
    );
    const challenge = { serverChallenge, targetInfo, flags: 0xffffffff };
    const epoch = -11_644_473_600_000;
    const user = { user: 'User', password: 'Password', domain: 'Domain' };
    const message = authenticateMessage(user, challenge, epoch, Buffer.from('aaaaaaaaaaaaaaaa', 'hex'));
    const offset = message.readUInt32LE(24);
    expect(message.subarray(offset, offset + 16).toString('hex')).toBe('68cd0ab851e51c96aabc927bebef6a1c');
  });

  it('takes nothing else for a challenge', () => {
    expect(readChallenge(Buffer.from('no'))).toBeUndefined();
    expect(readChallenge(Buffer.alloc(64))).toBeUndefined();
  });
});

describe('a guest over WinRM', () => {
  it('runs commands: output line by line, status, and patience with a slow one', async () => {
    server.answers.push([/^dir$/, { stdout: 'one\r\ntwo\r\nth', stderr: 'bad\r\n', exitCode: 7, delays: 2 }]);
    const lines: string[] = [];
    const result = await guest.exec('dir', { onLine: (line, stream) => lines.push(`${stream}: ${line}`) });
    expect(result).toEqual({ exitCode: 7, disconnected: false, started: true });
    expect(lines).toEqual(['stdout: one', 'stdout: two', 'stderr: bad', 'stdout: th']);
  });

  it('logs in with NTLM, once for a connection', async () => {
    const ntlm = await connect({ useNtlm: true });
    server.answers.push([/^ver$/, { stdout: 'x' }]);
    expect((await ntlm.exec('ver')).exitCode).toBe(0);
    ntlm.drop();
  });

  it.each([false, true])('says when the password is wrong (NTLM: %s)', async useNtlm => {
    await expect(connect({ password: 'wrong', useNtlm }, 100)).rejects.toMatchObject({ code: 'guest-auth' });
  });

  it('gives up in time when nobody answers', async () => {
    await expect(connect({ port: 1 }, 100)).rejects.toMatchObject({ code: 'guest-unreachable' });
  });

  it('copies files both ways, larger ones in pieces', async () => {
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, nth) => (nth * 7) % 256));
    writeFileSync(path.join(dir, 'big'), content);
    await guest.upload(path.join(dir, 'big'), 'C:/x/big');
    expect(server.files.get('C:/x/big')).toEqual(content);
    await guest.download('C:/x/big', path.join(dir, 'back'));
    expect(readFileSync(path.join(dir, 'back'))).toEqual(content);
    await guest.uploadDir(dir, 'C:/dir');
    expect([...server.files.keys()]).toEqual(expect.arrayContaining(['C:/dir/big', 'C:/dir/back']));
    await guest.downloadDir('C:/dir', path.join(dir, 'copy'));
    expect(readFileSync(path.join(dir, 'copy', 'big'))).toEqual(content);
    await expect(guest.download('C:/x/big', path.join(dir, 'copy'))).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(guest.download('C:/nowhere', path.join(dir, 'none'))).rejects.toMatchObject({
      code: 'provision-failed',
    });
  });

  it('keeps names that the guest gives inside the folder', async () => {
    server.answers.push([/Get-ChildItem/, { stdout: '../evil\r\n/etc/evil\r\nC:evil\r\n' }]);
    await guest.downloadDir('C:/d', path.join(dir, 'safe'));
    expect(server.commands.filter(command => command.includes('OpenRead'))).toEqual([]);
  });

  it('is found again after a restart, by its other boot time', async () => {
    const restarted = server.restart(300);
    expect(await guest.afterRestart({ timeoutMs: 20_000 })).toEqual({ rebooted: true });
    await restarted;
  });

  it('ends a command with its time and with the build', async () => {
    server.answers.push([/^slow$/, { delays: 1e9 }]);
    await expect(guest.exec('slow', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timed-out' });
    const running = guest.exec('slow');
    setTimeout(() => scope.cancel(), 50);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('provisioners of Windows', () => {
  const context = (): ProvisionContext => ({
    buildName: 'win',
    builderType: 'qemu',
    httpAddress: '10.0.2.2:8100',
    keyFile: '',
    workDir: dir,
    root: dir,
    guestAddress: guest.address,
  });
  const run = (provisioner: Provisioner): Promise<void> => provision(scope, guest, [provisioner], context());
  const powershell = (options: object): Provisioner => ({
    ...POLICY,
    kind: 'powershell',
    inline: [],
    scripts: [],
    environment: {},
    executeCommand: `powershell "& {. {{.Vars}}; &'{{.Path}}'; exit $LastExitCode }"`,
    skipClean: false,
    startRetryTimeoutMs: 10_000,
    pauseAfterMs: 0,
    validExitCodes: [0],
    ...options,
  });
  const file = (pattern: RegExp): string =>
    [...server.files].find(([name]) => pattern.test(name))?.[1].toString() ?? '';

  it('powershell: script and environment are copied, run, judged and removed', async () => {
    writeFileSync(path.join(dir, 'a.ps1'), 'Write-Output "hi"');
    server.answers.push([/^powershell "&/, { stdout: 'hi\r\n', exitCode: 3010 }]);
    await run(powershell({ scripts: ['a.ps1'], environment: { ODD: 'a"b$c`d' }, validExitCodes: [0, 3010] }));
    expect(scope.lines()).toEqual(['hi']);
    expect(file(/script-\w+\.ps1$/)).toBe('Write-Output "hi"');
    expect(file(/env-vars/)).toContain('$env:ODD="a`"b`$c``d"; ');
    expect(file(/env-vars/)).toMatch(/^\$env:ODD=.*\$env:PACKER_BUILDER_TYPE="qemu"; \$env:PACKER_BUILD_NAME="win"; /);
    expect(server.commands.at(-1)).toContain('Remove-Item');
  });

  it('powershell: lines are one script that stops at an error', async () => {
    server.files.clear();
    const inline = powershell({
      inline: ['one', 'two'],
      executeCommand: 'powershell -executionpolicy bypass -file {{.Path}}',
    });
    await run(inline);
    expect(file(/script-\w+\.ps1$/)).toMatch(/^try \{\r\none\r\ntwo\r\n\} catch/);
    expect(
      server.commands.some(command => /\. 'c:\/Windows\/Temp\/packer-ps-env-vars-\w+\.ps1'; & '/.test(command)),
    ).toBe(true);
  });

  it('powershell: a failing script says so, an elevated one runs as a task', async () => {
    server.answers.push([/^powershell "&/, { exitCode: 5 }]);
    await expect(run(powershell({ inline: ['x'] }))).rejects.toMatchObject({
      code: 'provision-failed',
      details: { exitCode: 5 },
    });
    server.files.clear();
    await run(powershell({ inline: ['x'], elevatedUser: 'admin', elevatedPassword: "p'w" }));
    expect(file(/elevated-\w+\.ps1$/)).toContain("-User 'admin' -Password 'p''w'");
    expect(
      server.commands.some(command =>
        command.startsWith('powershell -executionpolicy bypass -file "c:/Windows/Temp/packer-elevated'),
      ),
    ).toBe(true);
  });

  it('windows-shell: batch files with their environment in front', async () => {
    await run({
      ...POLICY,
      kind: 'windows-shell',
      inline: ['echo hi', 'ver'],
      scripts: [],
      environment: { A: '1' },
      executeCommand: '{{.Vars}}"{{.Path}}"',
      remotePath: 'c:/Windows/Temp/script.bat',
      startRetryTimeoutMs: 10_000,
      validExitCodes: [0],
    });
    expect(server.files.get('c:/Windows/Temp/script.bat')?.toString()).toBe('echo hi\r\nver\r\n');
    expect(server.commands.at(-1)).toMatch(
      /^set "A=1" && set "PACKER_BUILDER_TYPE=qemu" && set "PACKER_BUILD_NAME=win" && .*"c:\/Windows\/Temp\/script.bat"$/,
    );
  });

  const restart = (options: object = {}): Provisioner => ({
    ...POLICY,
    kind: 'windows-restart',
    restartCommand: 'shutdown /r /f /t 0',
    restartTimeoutMs: 20_000,
    checkRegistry: false,
    registryKeys: [],
    ...options,
  });

  it('windows-restart: waits for another boot, the check, and the registry', async () => {
    let restarted = Promise.resolve();
    server.answers.push([
      /^shutdown/,
      () => {
        setTimeout(() => {
          restarted = server.restart(200);
        }, 20);
        return {};
      },
    ]);
    await run(restart({ checkCommand: 'echo up', checkRegistry: true, registryKeys: ['HKLM:X'] }));
    await restarted;
    expect(server.commands).toEqual(expect.arrayContaining(['echo up', expect.stringContaining("'HKLM:X'")]));
    expect(scope.notes()).toContain('Windows has restarted; logged in again.');
  });

  it('windows-restart: says when nothing restarted', async () => {
    await expect(run(restart({ restartTimeoutMs: 10 }))).rejects.toMatchObject({ code: 'provision-failed' });
  });

  it('windows-update: installs and restarts until nothing is left', async () => {
    let rounds = 0;
    let restarted = Promise.resolve();
    server.answers.push([/-File "c:\/Windows\/Temp\/goldsmith-elevated/, () => ({ exitCode: ++rounds < 2 ? 101 : 0 })]);
    server.answers.push([
      /^shutdown/,
      () => {
        setTimeout(() => {
          restarted = server.restart(100);
        }, 20);
        return {};
      },
    ]);
    await run({
      ...POLICY,
      kind: 'windows-update',
      searchCriteria: "IsInstalled=0 and Type='Software'",
      filters: ["exclude:$_.Title -like '*Preview*'", 'include:$true'],
      updateLimit: 5,
      restartTimeoutMs: 20_000,
    });
    await restarted;
    expect(rounds).toBe(2);
    const script = file(/goldsmith-updates/);
    expect(script).toContain(".Search('IsInstalled=0 and Type=''Software''')");
    expect(script).toContain(
      "@{ IsIncluded = $false; Condition = { $_.Title -like '*Preview*' } },@{ IsIncluded = $true; Condition = { $true } }",
    );
  });

  it('windows-update: a failure of the agent is a failure', async () => {
    server.answers.push([/goldsmith-elevated/, { exitCode: 1 }]);
    const update: Provisioner = {
      ...POLICY,
      kind: 'windows-update',
      searchCriteria: 'x',
      filters: ['include:$true'],
      updateLimit: 1,
      restartTimeoutMs: 1,
    };
    await expect(run(update)).rejects.toMatchObject({
      code: 'provision-failed',
      details: { exitCode: 1 },
    });
  });
});
