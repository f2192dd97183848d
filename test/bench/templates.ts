import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GoldsmithError } from '../../core/model/failure.ts';
import { readRecipe } from '../../core/recipe/read.ts';
import { HCL, LEGACY, mutated, random } from '../recipe/mutate.ts';

/**
 * `node out/test/bench/templates.js [COUNT]`: the time and memory of planning a template with 100 builders, then COUNT
 * (100,000) mutated templates: each must be read, or refused with a message and a place, and soon.
 */

const BUILDERS = 100;
const SLOWEST_MS = 2000;
const MAIN = path.resolve('out/cli/main.js');

const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-templates-'));

function hundred(): string {
  const sources = Array.from(
    { length: BUILDERS },
    (_, nth) => `source "qemu" "b${nth}" {
  iso_url        = "http://x/\${local.names[${nth}]}.iso"
  iso_checksum   = "none"
  ssh_username   = "root"
  http_directory = "http"
  boot_command   = ["<esc><wait>auto url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/\${local.names[${nth}]}<enter>"]
  qemuargs       = [["-m", "2048M"], ["-device", "virtio-rng-pci"]]
}`,
  );
  const names = Array.from({ length: BUILDERS }, (_, nth) => `"source.qemu.b${nth}"`);
  return `locals { names = [for i in range(${BUILDERS}) : format("vm-%03d", i)] }
${sources.join('\n')}
build {
  sources = [${names.join(', ')}]
  provisioner "shell" {
    inline = ["echo \${source.name}", "true"]
  }
  post-processor "checksum" {
    checksum_types = ["sha256"]
  }
}
`;
}

function planHundred(): void {
  writeFileSync(path.join(folder, 'hundred.pkr.hcl'), hundred());
  execFileSync('mkdir', ['-p', path.join(folder, 'http')]);
  writeFileSync(path.join(folder, 'http', 'ks.cfg'), 'x\n'.repeat(200));
  const args = ['-f', '%e %M', process.execPath, MAIN, 'plan', 'hundred.pkr.hcl', '--json'];
  const runs = Array.from({ length: 4 }, () => {
    const started = performance.now();
    const result = execFileSync('sh', ['-c', '"$@" 2>&1 >plans.json', 'sh', '/usr/bin/time', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { ms: performance.now() - started, kib: Number(result.trim().split('\n').at(-1)?.split(' ')[1]) };
  });
  const [, ...warm] = runs;
  const best = warm.sort((a, b) => a.ms - b.ms)[0];
  console.log(
    `plan of ${BUILDERS} builders: ${Math.round(best?.ms ?? 0)} ms (at most 1000), ${Math.round((best?.kib ?? 0) / 1024)} MiB (at most 200)`,
  );
}

async function mutate(count: number): Promise<void> {
  const next = random(20_261_121);
  const counts: Record<string, number> = { read: 0 };
  let slowest = 0;
  for (let nth = 0; nth < count; nth++) {
    const [name, text] = nth % 2 === 0 ? ['m.pkr.hcl', HCL] : ['m.json', LEGACY];
    const changed = mutated(text, next);
    writeFileSync(path.join(folder, name), changed);
    const started = performance.now();
    const error: unknown = await readRecipe(name, { cwd: folder, env: {} }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    slowest = Math.max(slowest, performance.now() - started);
    if (error === undefined) counts['read'] = (counts['read'] ?? 0) + 1;
    else if (error instanceof GoldsmithError && error.message !== '' && error.details.place?.file.includes('m.'))
      counts[error.code] = (counts[error.code] ?? 0) + 1;
    else {
      writeFileSync(`/tmp/mutant-${nth}-${name}`, changed);
      console.log(`MUTANT ${nth}`, error, `/tmp/mutant-${nth}-${name}`);
      process.exitCode = 1;
    }
  }
  console.log(
    `${count} mutated templates: ${JSON.stringify(counts)}; the slowest took ${Math.round(slowest)} ms (at most ${SLOWEST_MS})`,
  );
  if (slowest > SLOWEST_MS) process.exitCode = 1;
}

planHundred();
await mutate(Number(process.argv[2] ?? 100_000));
rmSync(folder, { recursive: true, force: true });
