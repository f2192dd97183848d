import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../../core/guest/attempt.ts';
import { HostKeys } from '../../core/guest/host-key.ts';
import { makeKeyPair } from '../../core/guest/keys.ts';
import { provision } from '../../core/guest/provision.ts';
import { BastionRoute } from '../../core/guest/route/bastion.ts';
import { knownHostKeys } from '../../core/guest/route/known-hosts.ts';
import { connectGuest } from '../../core/guest/ssh.ts';
import { type Agent, startAgent } from './agent.ts';
import { LoggedIn, PLAYBOOK, shell, toSshd } from './logged-in.ts';
import { hostKey, passwordServer } from './password-server.ts';
import { TestScope } from './scope.ts';
import { Sshd } from './sshd.ts';

/** sshd names what it forwards only when it is asked to say more. */
const LOUD = 'LogLevel DEBUG1';

let bastion: Sshd;
beforeAll(async () => {
  bastion = await Sshd.start([LOUD]);
});
afterAll(() => bastion.stop());

const routes: BastionRoute[] = [];
afterEach(() => {
  for (const route of routes.splice(0)) route.close();
});

function through(more: Partial<Login> = {}, onLogin?: () => void): BastionRoute {
  const login = {
    host: '127.0.0.1',
    port: bastion.port,
    user: bastion.user,
    privateKey: bastion.keys.clientKey.privateKey,
    hostKeys: new HostKeys({ pinned: [bastion.keys.hostKey.publicLine] }),
    ...more,
  };
  const route = new BastionRoute(login, onLogin);
  routes.push(route);
  return route;
}

const forwards = (to: Sshd, log = bastion.log): number => log.split(`target 127.0.0.1 port ${to.port}`).length - 1;

describe('a guest behind a bastion', () => {
  let at: LoggedIn;
  let logins = 0;
  beforeAll(async () => {
    const login = { host: '127.0.0.1', port: bastion.port, user: bastion.user };
    const route = new BastionRoute(
      {
        ...login,
        privateKey: bastion.keys.clientKey.privateKey,
        hostKeys: new HostKeys({ pinned: [bastion.keys.hostKey.publicLine] }),
      },
      () => logins++,
    );
    at = await LoggedIn.start([], { route });
  });
  afterAll(() => at.stop());

  it('runs commands and takes files, all over one login at the bastion', async () => {
    const lines: string[] = [];
    expect(await at.guest.exec('echo "$SSH_CONNECTION"', { onLine: line => lines.push(line) })).toMatchObject({
      exitCode: 0,
    });
    expect(lines[0]).toMatch(new RegExp(` 127.0.0.1 ${at.sshd.port}$`));
    const big = Buffer.alloc(300_000, 'goldsmith');
    await at.guest.uploadText(big, at.file('up'));
    await at.guest.download(at.file('up'), at.file('down'));
    expect(readFileSync(at.file('down')).equals(big)).toBe(true);
    expect(forwards(at.sshd)).toBe(1);
    expect(logins).toBe(1);
  });

  it('is logged in to again after its reboot, over the same login at the bastion', async () => {
    const running = at.guest.exec('sleep 60');
    await sleep(300);
    await at.sshd.down();
    expect(await running).toEqual({ disconnected: true, started: true });
    at.sshd.pretend({ bootId: 'second', state: 'running' });
    const back = sleep(500).then(() => at.sshd.up());
    expect(await at.guest.reconnect({ timeoutMs: 20_000, expectReboot: true })).toEqual({ rebooted: true });
    expect((await at.guest.exec('true')).exitCode).toBe(0);
    expect(logins).toBe(1);
    await back;
  });

  it('is reached again when the bastion was lost', async () => {
    await bastion.down();
    const back = sleep(500).then(() => bastion.up());
    await provision(at.scope, at.guest, [shell({ inline: ['echo still here'] })], at.context);
    expect(at.scope.lines()).toContain('still here');
    expect(logins).toBe(2);
    await back;
  });

  const hasAnsible = spawnSync('ansible-playbook', ['--version']).status === 0;
  it.skipIf(!hasAnsible)(
    'is where Ansible plays',
    async () => {
      writeFileSync(
        at.file('playbook.yml'),
        `- hosts: all\n  gather_facts: false\n  tasks:\n    - raw: echo "$SSH_CONNECTION"\n      register: said\n    - debug: {var: said.stdout}\n    - copy: {content: x, dest: ${at.file('copied')}}\n`,
      );
      const before = forwards(at.sshd);
      await provision(at.scope, at.guest, [{ ...PLAYBOOK, keepInventoryFile: true }], at.context);
      const said = at.scope.lines().join('\n');
      expect(said).toContain('failed=0');
      expect(readFileSync(at.file('copied'), 'utf8')).toBe('x');
      // Ansible was given a port that is not the guest's, and the bastion was asked for the guest's.
      expect(said).not.toContain(`"ansible_port": ${at.sshd.port}`);
      expect(forwards(at.sshd)).toBeGreaterThan(before);
      expect(at.scope.held).toEqual([]);
    },
    60_000,
  );
});

it('the login at the bastion ends with the guest, and with the machine', async () => {
  const guestd = await Sshd.start();
  for (const end of ['close', 'machine'] as const) {
    let exit: (how: unknown) => void = () => undefined;
    const exited = new Promise(resolve => {
      exit = resolve;
    });
    const guest = await connectGuest(new TestScope(), toSshd(guestd, { route: through(), exited }));
    const before =
      bastion.log.split('Disconnected from user').length + bastion.log.split('Connection closed by').length;
    if (end === 'close') await guest.close();
    else exit({ isExpected: true, reason: '', lastLines: [] });
    const ends = (): number =>
      bastion.log.split('Disconnected from user').length + bastion.log.split('Connection closed by').length;
    for (let tries = 0; tries < 200 && ends() === before; tries++) await sleep(20);
    expect(ends()).toBeGreaterThan(before);
  }
  await guestd.stop();
});

describe('the wait', () => {
  it('goes on while the guest, or the bastion, is not there', async () => {
    const guestd = await Sshd.start();
    const other = await Sshd.start();
    await guestd.down();
    await other.down();
    const route = through({
      port: other.port,
      privateKey: other.keys.clientKey.privateKey,
      hostKeys: new HostKeys('trust-first'),
    });
    const scope = new TestScope();
    const waiting = connectGuest(scope, toSshd(guestd, { route, timeoutMs: 30_000 }));
    await sleep(500);
    await other.up();
    await sleep(1500);
    await guestd.up();
    const guest = await waiting;
    expect(scope.notes()[0]).toMatch(/what leads to the guest is not reached \(bastion 127.0.0.1:\d+: .*ECONNREFUSED/);
    expect(scope.notes()[1]).toMatch(/nothing listens on the port \(bastion .*Connection refused/);
    await guest.close();
    await guestd.stop();
    await other.stop();
  }, 40_000);

  it('says at its end that it was the bastion', async () => {
    const gone = await Sshd.start();
    await gone.stop();
    const options = toSshd(bastion, { route: through({ port: gone.port }), timeoutMs: 1500 });
    await expect(connectGuest(new TestScope(), options)).rejects.toMatchObject({
      code: 'guest-unreachable',
      message: expect.stringContaining(`bastion 127.0.0.1:${gone.port}`),
    });
  });

  it.each([
    ['guest-auth', { privateKey: makeKeyPair('x').privateKey }, [], 'refused the login'],
    ['host-key-changed', { hostKeys: new HostKeys({ pinned: [makeKeyPair('y').publicLine] }) }, [], 'known_hosts'],
    ['guest-unreachable', {}, ['AllowTcpForwarding no'], 'forwards no connections'],
  ] as const)(
    'ends at once with %s',
    async (code, more, lines, message) => {
      const strict = await Sshd.start([...lines]);
      const keys = { privateKey: strict.keys.clientKey.privateKey, hostKeys: new HostKeys('trust-first') };
      const options = toSshd(bastion, { route: through({ port: strict.port, ...keys, ...more }), timeoutMs: 60_000 });
      const started = performance.now();
      await expect(connectGuest(new TestScope(), options)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
      expect(performance.now() - started).toBeLessThan(10_000);
      if (code === 'host-key-changed') expect(strict.log).not.toContain('Accepted');
      await strict.stop();
    },
    20_000,
  );
});

describe('the bastion lets in', () => {
  let guestd: Sshd;
  let agent: Agent;
  beforeAll(async () => {
    guestd = await Sshd.start();
    agent = await startAgent(bastion.keys.clientKey.privateKey);
  });
  afterAll(async () => {
    await guestd.stop();
    agent.stop();
  });
  const reached = async (route: BastionRoute): Promise<void> => {
    const guest = await connectGuest(new TestScope(), toSshd(guestd, { route }));
    expect((await guest.exec('true')).exitCode).toBe(0);
    await guest.close();
  };

  it('with a key of the SSH agent', async () => {
    const { privateKey: _, ...login } = through({ agent: agent.socket }).bastion;
    await reached(new BastionRoute(login));
  });

  it.each(['password', 'keyboard-interactive'] as const)('with a password, by %s', async method => {
    const server = await passwordServer(method, 'correct horse');
    const { privateKey: _, ...login } = through({ port: server.port, password: 'correct horse' }).bastion;
    await reached(new BastionRoute({ ...login, hostKeys: new HostKeys({ pinned: [hostKey.publicLine] }) }));
    server.stop();
  });

  it('with what a person answers, who may mistype', async () => {
    const server = await passwordServer('keyboard-interactive', '123456');
    const given = ['123', '123456'];
    const asked: string[] = [];
    const answer = async (prompts: { prompt: string }[]): Promise<string[]> =>
      prompts.map(({ prompt }) => {
        asked.push(prompt);
        return given.shift() ?? '';
      });
    const { privateKey: _, ...login } = through({ port: server.port, answer }).bastion;
    await reached(new BastionRoute({ ...login, hostKeys: new HostKeys({ pinned: [hostKey.publicLine] }) }));
    expect(asked).toEqual(['Password:', 'Password:']);
    server.stop();
  });
});

describe('known_hosts', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-known-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const key = makeKeyPair('a').publicLine.split(' ').slice(0, 2).join(' ');
  const file = (text: string): string[] => {
    const name = path.join(dir, 'known_hosts');
    writeFileSync(name, text);
    return [name];
  };

  it('names the keys of a host at its port, hashed or not', async () => {
    const text = `other ${makeKeyPair('b').publicLine}\n[jump.example.org]:2222,[10.0.0.1]:2222 ${key}\n`;
    expect(await knownHostKeys('jump.example.org', 2222, file(text))).toEqual({ pinned: [key] });
    expect(await knownHostKeys('jump.example.org', 22, file(text))).toBe('trust-first');
    const [hashed] = file(text);
    expect(spawnSync('ssh-keygen', ['-H', '-f', hashed ?? '']).status).toBe(0);
    expect(readFileSync(hashed ?? '', 'utf8')).not.toContain('jump');
    expect(await knownHostKeys('jump.example.org', 2222, [hashed ?? ''])).toEqual({ pinned: [key] });
  });

  it('trusts nothing of a host whose key was revoked, and knows no host without a file', async () => {
    expect(await knownHostKeys('h', 22, file(`@revoked h ${key}\n`))).toEqual({ pinned: [] });
    expect(await knownHostKeys('h', 22, [path.join(dir, 'none')])).toBe('trust-first');
  });
});
