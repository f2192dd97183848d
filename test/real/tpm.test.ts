import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import { putAnswers, tinySource } from './bare-template.ts';
import { goldsmith, makeLab, processesWith, resultOf, succeeded } from './goldsmith.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-tpm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasSwtpm = ((): boolean => {
  try {
    execFileSync('swtpm', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('The TPM test is skipped: swtpm is not installed.');
    return false;
  }
})();

/** Booted directly: GRUB measures into a TPM what it reads, and is slow to take keys then. */
const TEMPLATE = `${tinySource('sealed', { vtpm: 'true', tpm_device_type: '"tpm-crb"' })}build {
  sources = ["source.qemu.sealed"]
  provisioner "shell" {
    inline = ["head -c 4 /sys/firmware/acpi/tables/TPM2", "echo", "ls /sys/bus/acpi/devices"]
  }
}
`;

describe.runIf(runsAll && hasSwtpm)('vtpm = true', () => {
  const recipe = path.join(folder, 't.pkr.hcl');
  let lab: string;
  beforeAll(() => {
    putAnswers(folder);
    writeFileSync(recipe, TEMPLATE);
    lab = makeLab('sealed', { recipe });
  });
  afterAll(() => rmSync(lab, { recursive: true, force: true }));

  it('gives the guest a TPM 2.0 of swtpm, which ends with the build', { timeout: SLOW }, async () => {
    const ended = await succeeded(goldsmith(['build', 'sealed', '--json', '--version', `v${Date.now()}`], lab));
    const lines = ended.events.flatMap(event =>
      event.type === 'line' && event.source === 'provisioner' ? [event.line] : [],
    );
    // The firmware's table, and the device that Linux made of it.
    expect(lines[0]).toBe('TPM2');
    expect(lines.some(line => line.startsWith('MSFT0101'))).toBe(true);
    const { build } = resultOf(ended) as { build: string };
    expect(processesWith(build)).toEqual([]);
  });
});
