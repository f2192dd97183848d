import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatBytes, formatMs } from '../../core/model/quantity.ts';

/**
 * `npm run bench:export [-- IMAGE]`: the usual script (one program after the other, each reading the disk again) and
 * `goldsmith export`, side by side in one run on the same release.
 */
const MAIN = 'out/core/cli/main.js';
const image = process.argv[2] ?? 'debian-13';
const dir = mkdtempSync(path.join(process.env['TMPDIR'] ?? tmpdir(), 'goldsmith-bench-export-'));
const disk = execFileSync(process.execPath, [MAIN, 'resolve', image]).toString().trim();

/** What people type, by the target it is for. */
const SCRIPT: Record<string, string> = {
  raw: `qemu-img convert -O raw ${disk} a.raw`,
  qcow2: 'qemu-img convert -f raw -O qcow2 -c a.raw a.qcow2',
  vhd: 'qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on a.raw a.vhd',
  vhdx: 'qemu-img convert -f raw -O vhdx -o subformat=dynamic a.raw a.vhdx',
  'vmdk-stream': 'qemu-img convert -f raw -O vmdk -o subformat=streamOptimized a.raw a.vmdk',
  gcp: 'cp --sparse=always a.raw disk.raw && tar --format=oldgnu -Sczf a.tar.gz disk.raw && rm disk.raw',
  'ova-vmware': 'tar --format=ustar -cf a.ova a.vmdk',
  checksums: 'sha256sum a.* > SHA256SUM',
};

const print = (what: string, figure: string): void => void process.stdout.write(`${what.padEnd(40)} ${figure}\n`);

function timed(act: () => void): number {
  const startedAt = performance.now();
  act();
  return performance.now() - startedAt;
}

print('disk', `${formatBytes(statSync(disk).size)} ${disk.endsWith('qcow2') ? 'qcow2' : ''}`);
let scriptMs = 0;
let slowestMs = 0;
for (const [target, command] of Object.entries(SCRIPT)) {
  const ms = timed(() => execFileSync('sh', ['-c', command], { cwd: dir }));
  scriptMs += ms;
  if (target !== 'checksums') slowestMs = Math.max(slowestMs, ms);
  print(`script: ${target}`, formatMs(ms));
}
print('script, all', formatMs(scriptMs));
const targets = Object.keys(SCRIPT).filter(name => name !== 'checksums');
const out = path.join(dir, 'handoff');
const args = [MAIN, 'export', image, '--to', targets.join(','), '-o', out, '--json'];
let peak = '';
const ours = timed(() => {
  peak = execFileSync('sh', [
    '-c',
    `/usr/bin/env time -f %M ${[process.execPath, ...args].map(word => `'${word}'`).join(' ')} 2>&1 >/dev/null | tail -1 || true`,
  ])
    .toString()
    .trim();
});
print('goldsmith export, all', formatMs(ours));
print('goldsmith / script', `${(ours / scriptMs).toFixed(2)} (at most 0.30)`);
print('goldsmith / slowest of the script', (ours / slowestMs).toFixed(2));
if (/^\d+$/.test(peak)) print('peak memory', formatBytes(Number(peak) * 1024));
for (const name of readdirSync(out).filter(file => /\.(qcow2|vmdk|ova|gz)$/.test(file)))
  print(`size of ${name}`, formatBytes(statSync(path.join(out, name)).size));
for (const name of ['a.qcow2', 'a.vmdk', 'a.tar.gz', 'a.ova'])
  print(`size of the script's ${name}`, formatBytes(statSync(path.join(dir, name)).size));
rmSync(dir, { recursive: true });
