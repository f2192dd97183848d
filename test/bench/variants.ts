import { spawnSync } from 'node:child_process';
import { formatMs } from '../../core/model/quantity.ts';

/**
 * `npm run e2e:variants [-- NAME...]`: the real Debian installer in every variant of lab.yaml, one after the other, each to
 * its tested release. Fifteen minutes each under emulation on a machine that has nothing else to do.
 */

const VARIANTS = ['debian-13-lvm', 'debian-13-uefi', 'debian-13-kickstart', 'debian-13-encrypted'];

const wanted = process.argv.length > 2 ? process.argv.slice(2) : VARIANTS;
for (const name of wanted) {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, ['out/cli/main.js', 'build', name, '--plain'], {
    stdio: 'inherit',
  });
  process.stdout.write(
    `${name}: ${status === 0 ? 'released' : `failed (${status})`} after ${formatMs(performance.now() - startedAt)}\n`,
  );
  if (status !== 0) process.exitCode = 1;
}
