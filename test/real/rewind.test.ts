import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Stamped } from '../../core/model/event.ts';
import { startLibvirt, type TestLibvirt } from '../drivers/libvirt/session.ts';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import {
  start as begin,
  goldsmith as command,
  isEvent,
  makeLab,
  nextEvent,
  resultOf,
  succeeded,
  UNBOOTED,
} from './goldsmith.ts';

/** How often the machine goes back to the same moment; `npm run bench:rewind` does it fifty times. */
const TIMES = runsAll ? 3 : 1;

const ASK = 'echo now >/run/hasher; sed "s/^/hash /" /run/hashed';

/** The tiny recipe with answers that cannot be fetched, a program that hashes the guest, and a step that fails. */
function brokenRecipe(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
  cpSync('packer/tiny', dir, { recursive: true });
  cpSync('test/real/rewind/hash.sh', path.join(dir, 'hash.sh'));
  writeFileSync(path.join(dir, 'last.sh'), `${ASK}\nexit 7\n`);
  const file = path.join(dir, 'tiny.pkr.hcl');
  const more = ['hash.sh', 'last.sh'].map(name => `  provisioner "shell" { script = "\${path.root}/${name}" }\n`);
  writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd().replace(/\}$/, more.join(''))}}\n`);
  edit(path.join(dir, 'http/tiny.cfg'), 'host_key_url=', 'host_key=');
  return dir;
}

const edit = (file: string, before: string, after: string): void =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(before, after));

const linesAfter = (events: readonly Stamped[], after: Stamped): string[] =>
  events.flatMap(event => (isEvent('line', after.seq)(event) && event.source === 'provisioner' ? [event.line] : []));

const MIB = 1024 ** 2;
let libvirt: TestLibvirt | undefined;

/** The same with each driver; `mostBytes` are those of the last checkpoint: libvirt keeps each memory whole. */
const DRIVERS = [
  { driver: 'qemu', mostBytes: 16 * MIB, image: () => ({}), env: () => ({}) },
  {
    driver: 'libvirt',
    mostBytes: 128 * MIB,
    image: () => ({ driver: 'libvirt', libvirt: { uri: libvirt?.uri } }),
    env: () => libvirt?.env ?? {},
  },
];

describe.each(DRIVERS.filter(({ driver }) => runsAll || driver === 'qemu'))(
  'a build with the driver $driver',
  ({ driver, mostBytes, image, env }) => {
    beforeAll(async () => {
      if (driver === 'libvirt') libvirt = await startLibvirt();
    }, SLOW);
    afterAll(() => libvirt?.stop());
    const start = (args: string[], cwd: string) => begin(args, cwd, env());
    const goldsmith = (args: string[], cwd: string) => command(args, cwd, env());

    it('goes back to the moment before a failure and on from there, repaired', { timeout: SLOW }, async () => {
      const recipe = brokenRecipe();
      const checkpoints = [
        { name: 'copied', stage: 'copy' },
        { name: 'can be booted', log: 'stage: bootloader' },
      ];
      const lab = makeLab('rewound', {
        recipe: path.join(recipe, 'tiny.pkr.hcl'),
        checkpoints,
        boot_test: UNBOOTED,
        timeouts: { silence: '15m' },
        ...image(),
      });
      const running = start(['build', 'rewound', '--on-error=ask', '--json'], lab);
      onTestFinished(() => void running.child.kill('SIGINT'));

      // The installer refuses its answers: they are repaired, and it asks for them again.
      const refused = await nextEvent(running, 'question', undefined);
      expect(refused.text).toContain("'host_key' is unknown");
      expect((await goldsmith(['shell', 'rewound'], lab)).stderr).toContain(
        'No shell is known of the tiny test installer',
      );
      edit(path.join(recipe, 'http/tiny.cfg'), 'host_key=', 'host_key_url=');
      await succeeded(goldsmith(['rewind', 'rewound', '--retry'], lab));
      const again = await nextEvent(running, 'answered', refused);
      const fetched = await nextEvent(running, 'request', again);
      expect(fetched).toMatchObject({ path: '/tiny.cfg', status: 200 });

      const partitioned = await nextEvent(running, 'checkpoint', fetched);
      expect(partitioned.checkpoint).toMatchObject({ name: 'partitioned', moment: { step: 'install' } });

      const own = checkpoints.map(({ name }) => name);
      await running.event(event => isEvent('checkpoint', fetched.seq)(event) && event.checkpoint.name === own[1]);
      const taken = running.events.flatMap(event =>
        isEvent('checkpoint', fetched.seq)(event) ? [event.checkpoint] : [],
      );
      expect(taken.map(({ name }) => name)).toEqual(['partitioned', ...own]);

      // The last provisioner fails. Each time the machine goes back, memory and files are what they were.
      let failed = await nextEvent(running, 'question', fetched);
      expect(failed.text).toContain('last.sh ended with 7');
      const shell = JSON.parse((await succeeded(goldsmith(['shell', 'rewound', '--json'], lab))).stdout);
      expect(shell).toMatchObject({ via: 'ssh', argv: expect.arrayContaining(['root@127.0.0.1']) });
      const first = linesAfter(running.events, fetched).filter(line => line.startsWith('hash '));
      expect(first).toHaveLength(3);
      for (let nth = 0; nth < TIMES; nth++) {
        await succeeded(goldsmith(['rewind', 'rewound', 'before provisioner 4: shell'], lab));
        const back = await nextEvent(running, 'rewound', failed);
        failed = await nextEvent(running, 'question', back);
        expect(linesAfter(running.events, back)).toEqual(first);
      }

      // Repaired, only it is done again, and the build goes on to its release.
      writeFileSync(path.join(recipe, 'last.sh'), 'echo repaired\n');
      await succeeded(goldsmith(['rewind', 'rewound', '--retry'], lab));
      const ended = await succeeded(running.ended);
      expect(linesAfter(ended.events, failed)).toEqual(['repaired']);
      expect(resultOf(ended)).toMatchObject({ release: { image: 'rewound' } });
      const kept = JSON.parse((await succeeded(goldsmith(['checkpoints', 'rewound', '--json'], lab))).stdout);
      expect(kept.find(({ name }: { name: string }) => name === 'partitioned').memoryBytes).toBeGreaterThan(0);
      expect(kept.find(({ name }: { name: string }) => name === 'before sealing').bytes).toBeLessThan(mostBytes);
      expect(ended.events.filter(event => isEvent('rewound')(event))).toHaveLength(TIMES + 2);
    });
  },
);
