import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Stamped } from '../../core/model/event.ts';
import { type SystemLibvirt, startSystemLibvirt } from '../drivers/libvirt/session.ts';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import {
  diskOnly,
  goldsmith,
  isEvent,
  makeLab,
  nextEvent,
  ONE_BOOT,
  processesWith,
  start,
  succeeded,
} from './goldsmith.ts';

/** Moments of guests that are on a network with others: one of libvirt's, and a recipe's bridge, with QEMU alone, too. */

const isWanted = runsAll && process.getuid?.() === 0;
const NETWORK = `<network><name>goldsmith-back</name><bridge name="gback0"/>
  <ip address="10.78.0.1" netmask="255.255.255.0"><dhcp><range start="10.78.0.10" end="10.78.0.99"/></dhcp></ip></network>`;
/** What tells one boot of a guest from another, and which card it has. */
const WHO = 'cat /proc/sys/kernel/random/boot_id /sys/class/net/eth0/address';

let libvirt: SystemLibvirt;
let env: Record<string, string>;
beforeAll(async () => {
  if (!isWanted) return;
  libvirt = await startSystemLibvirt({ hasNetworks: true });
  env = { XDG_RUNTIME_DIR: path.join(libvirt.dir, 'here') };
  mkdirSync(env['XDG_RUNTIME_DIR'] ?? '', { mode: 0o700 });
  mkdirSync(path.join(libvirt.dir, 'over'));
  const file = path.join(libvirt.dir, 'network.xml');
  writeFileSync(file, NETWORK);
  execFileSync('virsh', ['-c', libvirt.uri, 'net-create', file]);
  await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
}, SLOW);
afterAll(() => libvirt?.stop());

/**
 * Where the bridge is. QEMU's helper wants a list of those it may use in /etc, which only the command gets to see: its
 * own changes of /etc are in memory.
 */
const WITH_BRIDGE = `mount -t tmpfs none "$0" && mkdir "$0/up" "$0/work" &&
mount -t overlay none -o "lowerdir=/etc,upperdir=$0/up,workdir=$0/work" /etc &&
mkdir -p /etc/qemu && echo "allow gback0" > /etc/qemu/bridge.conf && exec "$@"`;

const through = (): string[] => [
  ...libvirt.through,
  ...['unshare', '--mount', 'sh', '-c', WITH_BRIDGE, path.join(libvirt.dir, 'over')],
];
const here = (args: string[], lab: string) => goldsmith(args, lab, env, through());

/** Told by provisioners after an event, in their order. */
const linesAfter = (events: readonly Stamped[], seq: number): string[] =>
  events.flatMap(event => (isEvent('line', seq)(event) && event.source === 'provisioner' ? [event.line] : []));

/** The tiny recipe with a file that the guest has only just written, and a last step that fails at first. */
function recipeOf(name: string, bridge: string | undefined): string {
  const dir = path.join(libvirt.dir, `recipe-${name}`);
  cpSync('packer/tiny', dir, { recursive: true });
  writeFileSync(path.join(dir, 'first.sh'), `${WHO}\necho written by ${name} >/root/mark\n`);
  writeFileSync(path.join(dir, 'last.sh'), 'exit 7\n');
  const file = path.join(dir, 'tiny.pkr.hcl');
  const more = ['first.sh', 'last.sh'].map(one => `  provisioner "shell" { script = "\${path.root}/${one}" }\n`);
  const whole = `${readFileSync(file, 'utf8').trimEnd().replace(/\}$/, more.join(''))}}\n`;
  const card = bridge === undefined ? '' : `\n  net_bridge = "${bridge}"`;
  writeFileSync(file, whole.replace('source "qemu" "tiny" {', `source "qemu" "tiny" {${card}`));
  // Answers that no build had before, of an installation that lasts until a moment of it is saved.
  const answers = path.join(dir, 'http/tiny.cfg');
  writeFileSync(answers, `${readFileSync(answers, 'utf8')}# ${dir}\nlate_command=sleep 60\n`);
  return dir;
}

describe.runIf(isWanted).each([
  { name: 'netback', driver: 'libvirt', network: 'goldsmith-back', bridge: undefined },
  { name: 'bridgeback', driver: 'libvirt', network: undefined, bridge: 'gback0' },
  { name: 'qemuback', driver: 'qemu', network: undefined, bridge: 'gback0' },
])('a build among others ($name)', ({ name, driver, network, bridge }) => {
  it('goes back to its own memory, and later builds to its disks', { timeout: 2 * SLOW }, async () => {
    const recipe = recipeOf(name, bridge);
    const lab = makeLab(name, {
      recipe: path.join(recipe, 'tiny.pkr.hcl'),
      driver,
      libvirt: { uri: libvirt.uri, accelerator: 'tcg', ...(network === undefined ? {} : { network }) },
      stage_cache: true,
      boot_test: ONE_BOOT,
      timeouts: { silence: '15m' },
    });
    onTestFinished(async () => void (await goldsmith(['cache', 'rm', name], lab)));

    const running = start(['build', name, '--on-error=ask', '--json'], lab, env, through());
    onTestFinished(() => void running.child.kill('SIGINT'));
    const failed = await nextEvent(running, 'question', undefined);
    expect(failed.text).toContain('last.sh ended with 7');
    const [boot, card] = linesAfter(running.events, 0).slice(-2);
    expect(card).toMatch(/^52:54:00:/);
    writeFileSync(path.join(recipe, 'last.sh'), `${WHO}\n`);
    await succeeded(here(['rewind', name, '--retry'], lab));
    const first = await succeeded(running.ended);
    expect(linesAfter(first.events, failed.seq)).toEqual([boot, card]);
    expect(diskOnly(first)).toEqual([]);

    // Of what the first build's guest remembers nothing is left, of what it wrote all.
    writeFileSync(path.join(recipe, 'last.sh'), `${WHO}\ncat /root/mark\n`);
    const second = await succeeded(here(['build', name, '--json'], lab));
    const [otherBoot, otherCard, mark] = linesAfter(second.events, 0);
    expect(second.events.filter(({ type }) => type === 'rewound' || type === 'installer-stage')).toHaveLength(1);
    expect(mark).toBe(`written by ${name}`);
    expect(otherBoot).not.toBe(boot);
    expect(otherCard).not.toBe(card);

    const midst = await here(['rewind', name, 'partitioned', '--on-error', 'cleanup'], lab);
    expect(midst.status).not.toBe(0);
    expect(midst.stderr).toContain('its memory is that of another build');
    const left = execFileSync('virsh', ['-c', libvirt.uri, 'list', '--all', '--name'], { encoding: 'utf8' });
    expect(left.trim()).toBe('');
    expect(processesWith(`-name guest=${name}`)).toEqual([]);
  });
});
