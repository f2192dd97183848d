import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import { putAnswersAndIso, tinySource, typedKeys } from './bare-template.ts';
import { home } from './goldsmith.ts';

const BRIDGE = 'gsbr0';
const HOST = '192.168.231.1';
const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-bridge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A bridge with a DHCP server, in name spaces of its own: nothing of this host's network changes. QEMU's helper wants
 * a list of the bridges it may use in /etc, which only this process gets to see.
 */
const INSIDE = `set -e
mount -t tmpfs none ${folder}/over
mkdir ${folder}/over/up ${folder}/over/work
mount -t overlay none -o lowerdir=/etc,upperdir=${folder}/over/up,workdir=${folder}/over/work /etc
mkdir -p /etc/qemu
echo "allow ${BRIDGE}" > /etc/qemu/bridge.conf
ip link set lo up
ip link add ${BRIDGE} type bridge
ip address add ${HOST}/24 dev ${BRIDGE}
ip link set ${BRIDGE} up
dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=${BRIDGE} --bind-interfaces --leasefile-ro \\
  --dhcp-range=192.168.231.50,192.168.231.60 --log-facility=${folder}/dhcp.log 2> /dev/null &
dhcp=$!
status=0
"$@" || status=$?
kill $dhcp
exit $status
`;

const canBridge = ((): boolean => {
  const missing = ['unshare', 'ip', 'dnsmasq'].filter(name => spawnSync('which', [name]).status !== 0);
  const probe = ['unshare', ['-n', '-m', 'ip', 'link', 'add', BRIDGE, 'type', 'bridge']] as const;
  if (missing.length === 0 && spawnSync(probe[0], [...probe[1]]).status === 0) return true;
  console.log('The bridge test is skipped: it needs root, unshare, ip and dnsmasq.');
  return false;
})();

const TEMPLATE = `${tinySource('bridged', { ...typedKeys('bridged'), net_bridge: `"${BRIDGE}"` })}build {
  sources = ["source.qemu.bridged"]
  provisioner "shell" {
    inline = ["cat /sys/class/net/eth0/address", "echo $SSH_CONNECTION"]
  }
  provisioner "shell-local" {
    inline = ["echo found at \${build.Host}"]
  }
}
`;

/** A build that fails and keeps its machine, which a person then logs in to: on one bridge as long as both need it. */
const KEPT = `run() { "$NODE" "$MAIN" "$@"; }
run build kept.pkr.hcl --no-cache --on-error=keep --plain > kept.log 2>&1
run ssh kept cat /sys/class/net/eth0/address > shown.txt 2> shown.err
run rm "$(sed -n 's/.*goldsmith rm //p' kept.log)" > removed.log 2>&1
`;

describe.runIf(runsAll && canBridge)('net_bridge without ssh_host', () => {
  beforeAll(async () => {
    writeFileSync(path.join(folder, 't.pkr.hcl'), TEMPLATE);
    execFileSync('mkdir', [path.join(folder, 'over')]);
    writeFileSync(path.join(folder, 'inside'), INSIDE);
    chmodSync(path.join(folder, 'inside'), 0o755);
    await putAnswersAndIso(folder);
  }, SLOW);

  it('the guest is served on the bridge, and found there by its card', { timeout: SLOW }, () => {
    const main = path.resolve('out/core/cli/main.js');
    const args = ['build', 't.pkr.hcl', '--no-cache', '--json', '--version', `v${Date.now()}`];
    const { stdout } = spawnSync(
      'unshare',
      ['-n', '-m', 'sh', path.join(folder, 'inside'), process.execPath, main, ...args],
      {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        env: { ...process.env, GOLDSMITH_HOME: path.dirname(home.builds) },
      },
    );
    expect(stdout.trim().split('\n').at(-1)).toContain('"ok":true');
    const lines = stdout
      .split('\n')
      .filter(line => line.startsWith('{"type":"line"'))
      .map(line => JSON.parse(line) as { source: string; line: string })
      .flatMap(({ source, line }) => (source === 'provisioner' ? [line] : []));
    expect(lines[0]).toMatch(/^52:54:00:/);
    const [, address] = /found at (192\.168\.231\.5\d|192\.168\.231\.60)$/m.exec(lines.join('\n')) ?? [];
    expect(lines[1]).toMatch(new RegExp(`^${HOST} \\d+ ${address} 22$`));
    expect(existsSync(path.join(folder, 'output-bridged/packer-bridged'))).toBe(true);
    expect(readFileSync(path.join(folder, 'dhcp.log'), 'utf8')).toContain(String(lines[0]));
  });

  it('a person logs in to a kept guest there, by its pinned host key', { timeout: SLOW }, () => {
    const failing = TEMPLATE.replace('"echo $SSH_CONNECTION"', '"exit 3"').replaceAll('bridged', 'kept');
    writeFileSync(path.join(folder, 'kept.pkr.hcl'), failing);
    const env = {
      ...process.env,
      GOLDSMITH_HOME: path.dirname(home.builds),
      NODE: process.execPath,
      MAIN: path.resolve('out/core/cli/main.js'),
    };
    spawnSync('unshare', ['-n', '-m', 'sh', path.join(folder, 'inside'), 'sh', '-c', KEPT], { cwd: folder, env });
    const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
    const [, address] = /reached\s+root@(192\.168\.231\.\d+), port 22/.exec(read('kept.log')) ?? [];
    expect(address).toBeDefined();
    expect(read('shown.txt')).toMatch(/^52:54:00:/);
    expect(read('shown.err')).not.toContain('Permanently added');
    expect(read('removed.log')).toMatch(/^Removed .*kept-/m);
  });
});
