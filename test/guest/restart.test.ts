import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provision } from '../../core/guest/provision.ts';
import { connectGuest } from '../../core/guest/ssh.ts';
import { LoggedIn, shell, toSshd } from './logged-in.ts';
import { TestScope } from './scope.ts';

let at: LoggedIn;
beforeEach(async () => {
  at = await LoggedIn.start();
});
afterEach(() => at.stop());

/** The power switch of the pretended guest: it goes, and comes back as another boot. */
async function reboot(bootId: string, downMs = 300): Promise<void> {
  await at.sshd.down();
  at.sshd.pretend({ bootId, state: 'running' });
  await sleep(downMs);
  await at.sshd.up();
}

/** Resolves when the script in the guest has come so far as to make the file. */
async function made(name: string): Promise<void> {
  while (!existsSync(at.file(name))) await sleep(20);
}

describe('a guest that reboots', () => {
  it('is logged in to again, and its new boot is known', async () => {
    const running = at.guest.exec('sleep 30');
    await sleep(200);
    const again = reboot('second');
    expect(await running).toEqual({ disconnected: true, started: true });
    expect(at.guest.isConnected).toBe(false);
    expect(await at.guest.reconnect({ timeoutMs: 10_000, expectReboot: true })).toEqual({ rebooted: true });
    expect((await at.guest.exec('true')).exitCode).toBe(0);
    await again;
  });

  it('is not taken for rebooted while it is still going down', async () => {
    await at.sshd.down();
    at.sshd.pretend({ bootId: 'first', state: 'running' });
    await at.sshd.up();
    expect(await at.guest.reconnect({ timeoutMs: 10_000 })).toEqual({ rebooted: true });
    at.sshd.pretend({ bootId: 'first', state: 'stopping' });
    const waiting = at.guest.reconnect({ timeoutMs: 20_000, expectReboot: true });
    const early = await Promise.race([waiting.then(() => 'early'), sleep(2500).then(() => 'waiting')]);
    expect(early).toBe('waiting');
    await reboot('third');
    expect(await waiting).toEqual({ rebooted: true });
  }, 20_000);

  it('may also drop the connection without a reboot', async () => {
    await at.sshd.down();
    await at.sshd.up();
    expect(await at.guest.reconnect({ timeoutMs: 10_000, expectReboot: true })).toEqual({ rebooted: false });
  });

  it('is waited for between two provisioners', async () => {
    const again = made('started').then(() => reboot('second', 800));
    const scripts = [
      shell({ inline: [`touch ${at.file('started')}`, 'sleep 20'], expectDisconnect: true }),
      shell({ inline: ['echo back'] }),
    ];
    await provision(at.scope, at.guest, scripts, at.context);
    expect(at.scope.lines()).toEqual(['back']);
    expect(at.scope.notes().join()).toContain('has rebooted');
    await again;
  });

  it('is waited for when the script ended before the connection did', async () => {
    at.sshd.pretend({ bootId: 'first', state: 'stopping' });
    await at.sshd.down();
    await at.sshd.up();
    const again = made('started').then(async () => {
      await sleep(500);
      await reboot('second', 500);
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

  it('is a failure where the recipe does not expect it, and the script is not run twice', async () => {
    const counter = at.file('counter');
    const again = made('counter').then(() => reboot('second'));
    await expect(
      provision(at.scope, at.guest, [shell({ inline: [`echo x >> ${counter}`, 'sleep 20'] })], at.context),
    ).rejects.toMatchObject({ code: 'provision-failed', hint: expect.stringContaining('expect_disconnect') });
    await again;
    await at.guest.ensureConnected({ timeoutMs: 10_000 });
    await provision(at.scope, at.guest, [shell({ inline: [`cat ${counter}`] })], at.context);
    expect(at.scope.lines()).toEqual(['x']);
  });

  it('is waited for when it is gone before a script has started', async () => {
    await at.sshd.down();
    const again = sleep(1500).then(() => at.sshd.up());
    await provision(at.scope, at.guest, [shell({ inline: ['echo started'] })], at.context);
    expect(at.scope.lines()).toEqual(['started']);
    await again;
  });
});

it('says that the machine is gone rather than that a connection was lost', async () => {
  let end: (exit: unknown) => void = () => undefined;
  const exited = new Promise(resolve => {
    end = resolve;
  });
  const guest = await connectGuest(new TestScope(), toSshd(at.sshd, { exited }));
  const dying = made('started').then(async () => {
    await at.sshd.down();
    await sleep(100);
    end({ isExpected: false, reason: 'QEMU ended with status 1', lastLines: [] });
  });
  await expect(
    provision(at.scope, guest, [shell({ inline: [`touch ${at.file('started')}`, 'sleep 20'] })], at.context),
  ).rejects.toMatchObject({
    code: 'qemu-failed',
    message: expect.stringContaining('QEMU ended with status 1'),
  });
  await dying;
  await expect(guest.reconnect({ timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'qemu-failed' });
});

it('knows a connection that hangs from one that works', async () => {
  expect(await at.guest.untilDisconnected(100)).toBe(false);
  at.guest.drop();
  expect(await at.guest.untilDisconnected(1000)).toBe(true);
  await at.guest.ensureConnected({ timeoutMs: 5000 });
  expect(at.guest.isConnected).toBe(true);
});
