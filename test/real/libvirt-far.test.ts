import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWN_ADDRESS, type SystemLibvirt, startSystemLibvirt, type Transport } from '../drivers/libvirt/session.ts';
import { runsAll } from '../extent.ts';
import { addressesOf, answered, goldsmith, makeLab, nextEvent, start, succeeded } from './goldsmith.ts';

/** A libvirt over the network itself, with TLS and without, at an address that is not the loopback's. */

const SLOW = 900_000;
const isWanted = runsAll && process.getuid?.() === 0;

describe.runIf(isWanted).each<Transport>(['tcp', 'tls'])('a libvirt at qemu+%s', transport => {
  let libvirt: SystemLibvirt;
  let env: Record<string, string>;
  let lab = '';
  beforeAll(async () => {
    libvirt = await startSystemLibvirt({ hasNetworks: true, transport, address: OWN_ADDRESS });
    env = { XDG_RUNTIME_DIR: path.join(libvirt.dir, 'here') };
    mkdirSync(env['XDG_RUNTIME_DIR'] ?? '', { mode: 0o700 });
    lab = makeLab('plain', {
      driver: 'libvirt',
      libvirt: { uri: libvirt.far, accelerator: 'tcg' },
      boot_test: { user: 'root', timeout: '10m', clones: 1, boots: 1 },
      timeouts: { silence: '15m' },
    });
    await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
  }, SLOW);
  afterAll(() => libvirt?.stop());

  /** Warnings. */
  const inTheOpen = transport === 'tcp' ? 1 : 0;

  const here = (args: string[]) => goldsmith(args, lab, env, libvirt.through);
  const domains = (): string[] =>
    execFileSync('virsh', ['-c', libvirt.uri, 'list', '--all', '--name'], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);

  it('builds, serves the answers at the one address that its guests reach, and warns where all can read', {
    timeout: SLOW,
  }, async () => {
    const running = start(['build', 'plain', '--json', '--version', `v${Date.now()}`], lab, env, libvirt.through);
    await nextEvent(running, 'request', undefined);
    expect(addressesOf(running.child.pid ?? 0, libvirt.through)).toEqual([OWN_ADDRESS]);
    const { events } = await succeeded(running.ended);
    const warnings = events.filter(event => event.type === 'warning').map(({ message }) => message);
    expect(warnings.filter(message => message.includes(`${libvirt.far} is not encrypted`))).toHaveLength(inTheOpen);
    expect(events.filter(event => event.type === 'checkpoint' && !event.checkpoint.diskOnly)).not.toEqual([]);
    expect(events.filter(event => event.type === 'line' && event.source === 'installer')).not.toEqual([]);
    expect(domains()).toEqual([]);
  });

  it('has machines that stay', { timeout: SLOW }, async () => {
    const made = await succeeded(here(['vm', 'create', 'plain', '--name', 'plain', '--uri', libvirt.far]));
    expect(made.stdout.match(/is not encrypted/g) ?? []).toHaveLength(inTheOpen);
    expect(await answered(() => here(['vm', 'ssh', 'plain', 'hostname']))).toBe('plain\n');
    await succeeded(here(['vm', 'rm', '--force', 'plain']));
    expect(domains()).toEqual([]);
  });
});
