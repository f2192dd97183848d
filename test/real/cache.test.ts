import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Comparison } from '../../core/model/comparison.ts';
import type { Stamped } from '../../core/model/event.ts';
import type { PlanStage } from '../../core/model/stage.ts';
import { SLOW } from '../patience.ts';
import {
  type Ended,
  goldsmith,
  isEvent,
  makeLab,
  ONE_BOOT,
  resultOf,
  start,
  succeeded,
  UNBOOTED,
} from './goldsmith.ts';

const ALL = ['boot', 'install', 'provisioner 1: file', 'provisioner 2: shell', 'release'];

/** The tiny recipe with answers that no build had before. */
function newRecipe(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
  cpSync('packer/tiny', dir, { recursive: true });
  appendFileSync(path.join(dir, 'http/tiny.cfg'), `# ${dir}\n`);
  return dir;
}

const reused = ({ events }: Ended): string[] =>
  events.flatMap(event => (event.type === 'stage' && event.state === 'reused' ? [event.stage] : []));

const provisioned = ({ events }: Ended): string[] =>
  events.flatMap(event => (event.type === 'note' && event.message.startsWith('Provisioner ') ? [event.message] : []));

const planned = async (lab: string): Promise<PlanStage[]> =>
  JSON.parse((await succeeded(goldsmith(['cache', 'why', 'cached', '--json'], lab))).stdout) as PlanStage[];

it('begins at the first stage that changed, also after a build that was killed', { timeout: SLOW }, async () => {
  const recipe = newRecipe();
  const labWith = (rules: object): string =>
    makeLab('cached', { recipe: path.join(recipe, 'tiny.pkr.hcl'), stage_cache: true, boot_test: rules });
  const lab = labWith(ONE_BOOT);
  onTestFinished(async () => void (await goldsmith(['cache', 'rm', 'cached'], lab)));

  // While the installed system boots for the first time: the installation is not done again.
  const booting = start(['build', 'cached', '--json'], lab);
  const isInstalled = (event: Stamped): boolean =>
    isEvent('checkpoint')(event) && event.checkpoint.name === 'installed';
  await Promise.race([booting.event(isInstalled), booting.ended]);
  booting.child.kill('SIGKILL');
  await booting.ended;

  const killed = start(['build', 'cached', '--json'], lab);
  await Promise.race([
    killed.event(({ type, ...event }) => type === 'stage' && 'stage' in event && event.stage === ALL[2]),
    killed.ended,
  ]);
  killed.child.kill('SIGKILL');
  expect(reused(await killed.ended)).toEqual(ALL.slice(0, 2));

  const second = await succeeded(goldsmith(['build', 'cached', '--json'], lab));
  expect(reused(second)).toEqual(ALL.slice(0, 3));
  expect(second.events.filter(({ type }) => type === 'installer-stage')).toEqual([]);
  expect(second.events.filter(({ type }) => type === 'test').length).toBeGreaterThan(2);

  const third = await succeeded(goldsmith(['build', 'cached', '--json'], lab));
  expect(reused(third)).toEqual(ALL);
  expect(resultOf(third)).toMatchObject({ release: (resultOf(second) as { release: object }).release });

  // Its layers hold only what differs in memory by now: one of them is gone on from.
  const template = path.join(recipe, 'tiny.pkr.hcl');
  writeFileSync(template, readFileSync(template, 'utf8').replace('"uname -a"', '"uname -r"'));
  const unbooted = labWith(UNBOOTED); // the proof of its release is no stage of its own
  const fourth = await succeeded(goldsmith(['build', 'cached', '--json'], unbooted));
  expect(reused(fourth)).toEqual(ALL.slice(0, 3));
  expect(provisioned(fourth)).toEqual([expect.stringContaining('Provisioner 2/2: shell')]);

  // One behind the last: what was about to be sealed is not sealed yet.
  const added = readFileSync(template, 'utf8')
    .trimEnd()
    .replace(/\}$/, '  provisioner "shell" { inline = ["uname"] }\n}\n');
  writeFileSync(template, added);
  const fifth = await succeeded(goldsmith(['build', 'cached', '--json'], unbooted));
  expect(reused(fifth)).toEqual(ALL.slice(0, 4));
  expect(provisioned(fifth)).toEqual([expect.stringContaining('Provisioner 3/3: shell')]);

  const builds = [second, fourth].map(ended => String(resultOf(ended).build));
  const compared = await succeeded(goldsmith(['compare', ...builds, '--json'], lab));
  const { common, differences } = JSON.parse(compared.stdout) as Comparison;
  expect(common?.name).toBe('before provisioner 2: shell');
  expect(differences).toContainEqual(expect.objectContaining({ area: 'input', name: 'provisioner 2: shell: options' }));
  const output = differences.find(({ area }) => area === 'output');
  expect(output).toMatchObject({ name: 'Provisioner 2: shell', one: expect.stringContaining('Linux') });
  expect(differences.filter(({ area }) => area === 'package' || area === 'answers')).toEqual([]);

  appendFileSync(path.join(recipe, 'files/motd'), 'Once more.\n');
  const stages = await planned(unbooted);
  expect(stages.map(({ state }) => state)).toEqual(['cached', 'cached', 'changed', 'after', 'after', 'after']);
  expect(stages[2]?.changed.join()).toMatch(/^file .*motd$/);
});
