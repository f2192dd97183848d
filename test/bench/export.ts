import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatBytes, formatMs } from '../../core/model/quantity.ts';

/**
 * `npm run bench:export [-- IMAGE]`: the usual script (one program after the other, each reading the disk again) and
 * `goldsmith export` of the same targets, all at once and each alone, side by side in one run on the same release.
 */
const MAIN = 'out/cli/main.js';
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

/** How the names of compressed files end, and which of the script's is the same. */
const SIZES = [
  ['.qcow2', 'a.qcow2'],
  ['.vhdx', 'a.vhdx'],
  ['.vmdk', 'a.vmdk'],
  ['.gz', 'a.tar.gz'],
  ['.ova', 'a.ova'],
] as const;

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
const all = exported(targets, out);
print('goldsmith export, all', formatMs(all.ms));
print('goldsmith / script', `${(all.ms / scriptMs).toFixed(2)} (at most 0.30)`);
print('goldsmith / slowest of the script', `${(all.ms / slowestMs).toFixed(2)} (at most 1.50)`);
print('peak memory', `${formatBytes(all.peakBytes)} (at most 400 MiB)`);
let aloneMs = 0;
for (const target of targets) {
  const { ms } = exported([target], path.join(dir, target));
  aloneMs = Math.max(aloneMs, ms);
  print(`goldsmith export, only ${target}`, formatMs(ms));
  rmSync(path.join(dir, target), { recursive: true });
}
print('all / slowest alone', `${(all.ms / aloneMs).toFixed(2)} (at most 1.50)`);
for (const [ours, theirs] of SIZES) {
  const [name = ''] = readdirSync(out).filter(file => file.endsWith(ours));
  const [mine, script] = [statSync(path.join(out, name)).size, statSync(path.join(dir, theirs)).size];
  print(`size of ${name}`, `${formatBytes(mine)}, ${(mine / script).toFixed(3)} of the script's (at most 1.020)`);
}
rmSync(dir, { recursive: true });

/** Exports to a new folder. What was written before is on the disk first: an export waits for its own bytes only. */
function exported(names: string[], folder: string): { ms: number; peakBytes: number } {
  execFileSync('sync');
  const words = [process.execPath, MAIN, 'export', image, '--to', names.join(','), '-o', folder, '--json'];
  const peak = path.join(dir, 'peak');
  const ms = timed(() =>
    execFileSync('/usr/bin/env', ['time', '-f', '%M', '-o', peak, ...words], { stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  return { ms, peakBytes: Number(readFileSync(peak, 'utf8').trim().split('\n').at(-1)) * 1024 };
}
