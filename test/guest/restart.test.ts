import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { provision } from '../../core/guest/provision.ts';
import { connectGuest } from '../../core/guest/ssh.ts';
import { PATIENCE, SLOW } from '../patience.ts';
import { LoggedIn, shell, toSshd } from './logged-in.ts';
import { TestScope } from './scope.ts';

/** Each test has a guest of its own, as they wait for it most of their time: so they wait together. */
const it = test.extend<{ at: LoggedIn }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here that it needs no other fixture
  at: async ({}, use) => {
    const at = await LoggedIn.start();
    await use(at);
    await at.stop();
  },
});

/** The power switch of the pretended guest: it goes, and comes back as another boot. */
async function reboot(at: LoggedIn, bootId: string, downMs = 300): Promise<void> {
  await at.sshd.down();
  at.sshd.pretend({ bootId, state: 'running' });
  await sleep(downMs);
  await at.sshd.up();
}

/** Resolves when the script in the guest has come so far as to make the file. */
async function made(at: LoggedIn, name: string): Promise<void> {
  while (!existsSync(at.file(name))) await sleep(20);
}

describe('a guest that reboots', { timeout: SLOW }, () => {
  it.concurrent('is logged in to again, and its new boot is known', async ({ at, expect }) => {
    const running = at.guest.exec(`touch ${at.file('started')}; sleep 300`);
    await made(at, 'started');
    const again = reboot(at, 'second');
    expect(await running).toEqual({ disconnected: true, started: true });
    expect(at.guest.isConnected).toBe(false);
    expect(await at.guest.reconnect({ timeoutMs: PATIENCE, expectReboot: true })).toEqual({ rebooted: true });
    expect((await at.guest.exec('true')).exitCode).toBe(0);
    await again;
  });

  it.concurrent('is not taken for rebooted while it is still going down', async ({ at, expect }) => {
    await at.sshd.down();
    at.sshd.pretend({ bootId: 'first', state: 'running' });
    await at.sshd.up();
    expect(await at.guest.reconnect({ timeoutMs: PATIENCE })).toEqual({ rebooted: true });
    at.sshd.pretend({ bootId: 'first', state: 'stopping' });
    const waiting = at.guest.reconnect({ timeoutMs: PATIENCE, expectReboot: true });
    const early = await Promise.race([waiting.then(() => 'early'), sleep(2500).then(() => 'waiting')]);
    expect(early).toBe('waiting');
    await reboot(at, 'third');
    expect(await waiting).toEqual({ rebooted: true });
  });

  it.concurrent('may also drop the connection without a reboot', async ({ at, expect }) => {
    await at.sshd.down();
    await at.sshd.up();
    expect(await at.guest.reconnect({ timeoutMs: PATIENCE, expectReboot: true })).toEqual({ rebooted: false });
  });

  it.concurrent('is waited for between two provisioners', async ({ at, expect }) => {
    const again = made(at, 'started').then(() => reboot(at, 'second', 800));
    const scripts = [
      shell({ inline: [`touch ${at.file('started')}`, 'sleep 300'], expectDisconnect: true }),
      shell({ inline: ['echo back'] }),
    ];
    await provision(at.scope, at.guest, scripts, at.context);
    expect(at.scope.lines()).toEqual(['back']);
    expect(at.scope.notes().join()).toContain('has rebooted');
    await again;
  });

  it.concurrent('is waited for when the script ended before the connection did', async ({ at, expect }) => {
    at.sshd.pretend({ bootId: 'first', state: 'stopping' });
    await at.sshd.down();
    await at.sshd.up();
    const again = made(at, 'started').then(async () => {
      await sleep(500);
      await reboot(at, 'second', 500);
    });
    const scripts = [
      shell({ inline: [`touch ${at.file('started')}`], expectDisconnect: true }),
      shell({ inline: ['echo back'] }),
    ];
    await provision(at.scope, at.guest, scripts, at.context);
    expect(at.scope.notes().join()).toContain('has rebooted');
    expect(at.scope.lines()).toEqual(['back']);
    await again;
  });

  it.concurrent('is a failure where the recipe does not expect it, and the script is not run twice', async ({
    at,
    expect,
  }) => {
    const counter = at.file('counter');
    const again = made(at, 'counter').then(() => reboot(at, 'second'));
    await expect(
      provision(at.scope, at.guest, [shell({ inline: [`echo x >> ${counter}`, 'sleep 300'] })], at.context),
    ).rejects.toMatchObject({ code: 'provision-failed', hint: expect.stringContaining('expect_disconnect') });
    await again;
    await at.guest.ensureConnected({ timeoutMs: PATIENCE });
    await provision(at.scope, at.guest, [shell({ inline: [`cat ${counter}`] })], at.context);
    expect(at.scope.lines()).toEqual(['x']);
  });

  it.concurrent('is waited for when it is gone before a script has started', async ({ at, expect }) => {
    await at.sshd.down();
    const again = sleep(1500).then(() => at.sshd.up());
    await provision(at.scope, at.guest, [shell({ inline: ['echo started'] })], at.context);
    expect(at.scope.lines()).toEqual(['started']);
    await again;
  });
});

it.concurrent('says that the machine is gone rather than that a connection was lost', { timeout: SLOW }, async ({
  at,
  expect,
}) => {
  let end: (exit: unknown) => void = () => undefined;
  const exited = new Promise(resolve => {
    end = resolve;
  });
  const guest = await connectGuest(new TestScope(), toSshd(at.sshd, { exited }));
  const dying = made(at, 'started').then(async () => {
    await at.sshd.down();
    await sleep(100);
    end({ isExpected: false, reason: 'QEMU ended with status 1', lastLines: [] });
  });
  await expect(
    provision(at.scope, guest, [shell({ inline: [`touch ${at.file('started')}`, 'sleep 300'] })], at.context),
  ).rejects.toMatchObject({
    code: 'qemu-failed',
    message: expect.stringContaining('QEMU ended with status 1'),
  });
  await dying;
  await expect(guest.reconnect({ timeoutMs: PATIENCE })).rejects.toMatchObject({ code: 'qemu-failed' });
});

it.concurrent('knows a connection that hangs from one that works', { timeout: SLOW }, async ({ at, expect }) => {
  expect(await at.guest.untilDisconnected(100)).toBe(false);
  at.guest.drop();
  expect(await at.guest.untilDisconnected(1000)).toBe(true);
  await at.guest.ensureConnected({ timeoutMs: PATIENCE });
  expect(at.guest.isConnected).toBe(true);
});
