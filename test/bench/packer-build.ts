import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { mirrorEnvironment } from '../../core/engine/mirror.ts';

/**
 * Packer asks for KVM where /dev/kvm opens, and hangs where that does not work: this stand-in, first on its PATH, asks
 * for the emulation that all others in the bench use.
 */
const QEMU = `#!/bin/sh
for argument; do
	shift
	set -- "$@" "$(printf %s "$argument" | sed s/accel=kvm/accel=tcg/)"
done
exec /usr/bin/qemu-system-x86_64 -cpu max "$@"
`;

/**
 * The ordinary preseed and the same ISO through Packer: install, first login, one provisioner. No seal, no boot test.
 * @returns ms to the first login
 */
export async function packerBuild(iso: string): Promise<number> {
  const dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-packer-'));
  await writeFile(path.join(dir, 'qemu-system-x86_64'), QEMU, { mode: 0o755 });
  const args = ['build', '-color=false', `-var=iso_url=${iso}`, 'test/bench/plain'];
  const env = { ...process.env, ...(await mirrorEnvironment()), PATH: `${dir}:${process.env['PATH']}` };
  const startedAt = performance.now();
  const packer = spawn('packer', args, {
    env: { ...env, PACKER_CACHE_DIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let loginMs = Number.NaN;
  createInterface({ input: packer.stdout }).on('line', line => {
    if (line.includes('Connected to SSH')) loginMs = performance.now() - startedAt;
    process.stderr.write(`  packer: ${line}\n`);
  });
  const [code] = (await once(packer, 'exit')) as [number | null];
  await rm(dir, { recursive: true });
  await rm('output-plain', { recursive: true, force: true });
  if (code !== 0) process.stderr.write(`Packer ended with ${code}: its figures are those of a failed build.\n`);
  return loginMs;
}
