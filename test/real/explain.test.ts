import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Stamped } from '../../core/model/event.ts';
import type { Explanation } from '../../core/model/explanation.ts';
import { runsAll } from '../extent.ts';
import { BLIND_LIMIT, SLOW } from '../patience.ts';
import { goldsmith, installedBefore, isEvent, killMachine, makeLab, nextEvent, start, succeeded } from './goldsmith.ts';

interface Seed {
  rule: string;
  script: string;
  /** Done on the host once the script runs. */
  meanwhile?: 'kill QEMU';
  /** Its kind is tried by `npm test`, too: the program failed, the disk, the network, the guest, QEMU. */
  isFirst?: true;
}

/** What goes wrong in the guest, really, and the rule that has to know it. */
const SEEDS: Seed[] = [
  { isFirst: true, rule: 'program-missing', script: 'frobnicate --now' },
  { rule: 'windows-lines', script: String.raw`printf 'frob\r\nexit 1\r\n' >/tmp/w.sh; sh /tmp/w.sh` },
  { isFirst: true, rule: 'guest-disk-full', script: 'set -e\ndd if=/dev/zero of=/fill bs=1M' },
  { rule: 'read-only', script: 'mount -t tmpfs -o ro none /mnt && touch /mnt/x' },
  { isFirst: true, rule: 'no-name', script: 'wget http://no-such-host.invalid/' },
  { rule: 'no-route', script: 'wget http://10.0.2.2:9/' },
  { rule: 'file-missing', script: 'cat /opt/app/version' },
  { rule: 'permission', script: "su -s /bin/sh nobody -c 'touch /etc/x'" },
  { rule: 'out-of-memory', script: 'tail /dev/zero; exit 1' },
  { isFirst: true, rule: 'panic', script: 'echo c >/proc/sysrq-trigger; sleep 60' },
  { rule: 'guest-gone', script: 'poweroff -f; sleep 60' },
  { isFirst: true, rule: 'qemu-killed', script: 'echo started; sleep 60', meanwhile: 'kill QEMU' },
];

function recipeWithLast(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
  cpSync('packer/tiny', dir, { recursive: true });
  const file = path.join(dir, 'tiny.pkr.hcl');
  const last = `  provisioner "shell" { script = "\${path.root}/last.sh" }
`;
  writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd().replace(/\}$/, last)}}\n`);
  return dir;
}

it('knows why a provisioner failed, whatever happened to the guest', { timeout: SLOW }, async () => {
  const recipe = recipeWithLast();
  const lab = makeLab('seeded', { ...installedBefore(), recipe: path.join(recipe, 'tiny.pkr.hcl') });
  writeFileSync(path.join(recipe, 'last.sh'), 'exit 1\n');
  const running = start(['build', 'seeded', '--on-error=ask', '--json'], lab);
  onTestFinished(() => void running.child.kill('SIGINT'));
  const known: { script: string; rule: string | undefined }[] = [];
  let stood = await nextEvent(running, 'question', undefined);

  const seeds = SEEDS.filter(({ isFirst }) => runsAll || isFirst);
  for (const { script, meanwhile } of seeds) {
    writeFileSync(path.join(recipe, 'last.sh'), `${script}\n`);
    await succeeded(goldsmith(['rewind', 'seeded', '--retry'], lab));
    const back = await nextEvent(running, 'rewound', stood);
    if (meanwhile)
      await killMachine(
        lab,
        running.events.find(({ type }) => type === 'started'),
      );
    stood = await nextEvent(running, 'question', back);
    expect(Date.parse(stood.at) - Date.parse(lastHeard(running.events, stood, back).at)).toBeLessThan(BLIND_LIMIT);
    const explained = await succeeded(goldsmith(['explain', 'seeded', '--json'], lab));
    const { findings } = JSON.parse(explained.stdout) as Explanation;
    known.push({ script, rule: findings[0]?.rule });
  }
  expect(known).toEqual(seeds.map(({ script, rule }) => ({ script, rule })));
});

/** What a script does until it fails takes its time on a busy host; then the guest has said its last. */
function lastHeard(events: readonly Stamped[], before: Stamped, after: Stamped): Stamped {
  return events.findLast(event => isEvent('line', after.seq)(event) && event.seq < before.seq) ?? after;
}
