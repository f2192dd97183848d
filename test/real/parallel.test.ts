import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stamped } from '../../core/model/event.ts';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import { putAnswersAndIso, tinySource, typedKeys } from './bare-template.ts';
import { goldsmith, processesWith, resultOf, start } from './goldsmith.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-parallel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = (name: string): string => tinySource(name, typedKeys(name));

const TEMPLATE = `${source('good')}${source('bad')}build {
  sources = ["source.qemu.good", "source.qemu.bad"]
  provisioner "shell" {
    only   = ["qemu.bad"]
    inline = ["exit 3"]
  }
  provisioner "shell" {
    inline = ["hostname"]
  }
}
`;

type Told = Stamped & { builder: string };
const buildsOf = (events: readonly Stamped[]): string[] =>
  events.flatMap(event => (event.type === 'started' ? [event.build] : []));

describe.runIf(runsAll)('two builders at the same time', () => {
  beforeAll(async () => {
    writeFileSync(path.join(folder, 't.pkr.hcl'), TEMPLATE);
    await putAnswersAndIso(folder);
  }, SLOW);

  it('are real machines side by side; the one that fails takes nothing from the other', { timeout: SLOW }, async () => {
    const options = ['--parallel-builds=2', '--no-cache', '--json', '--version', `v${Date.now()}`];
    const ended = await goldsmith(['build', 't.pkr.hcl', ...options], folder);
    expect(resultOf(ended)).toEqual({ type: 'builds', ok: false, built: ['qemu.good'], failed: ['qemu.bad'] });
    expect(ended.status).toBe(6);
    const events = ended.events as Told[];
    const steps = events.filter(({ type }) => type === 'step-started').map(({ builder }) => builder);
    // Neither waited for the other's end.
    expect(steps.lastIndexOf('qemu.good')).toBeGreaterThan(steps.indexOf('qemu.bad'));
    expect(steps.lastIndexOf('qemu.bad')).toBeGreaterThan(steps.indexOf('qemu.good'));
    expect(existsSync(path.join(folder, 'output-good/packer-good'))).toBe(true);
    expect(existsSync(path.join(folder, 'output-bad'))).toBe(false);
    expect(events.some(event => event.type === 'line' && event.line === 'good' && event.builder === 'qemu.good')).toBe(
      true,
    );
    for (const build of buildsOf(events)) expect(processesWith(build)).toEqual([]);
  });

  it('end together with Ctrl-C, and leave nothing', { timeout: SLOW }, async () => {
    const running = start(
      ['build', 't.pkr.hcl', '--force', '--parallel-builds=2', '--no-cache', '--json', '--version', `v${Date.now()}`],
      folder,
    );
    const booted = (builder: string) =>
      running.event(event => event.type === 'machine' && (event as Told).builder === builder);
    await Promise.all([booted('qemu.good'), booted('qemu.bad')]);
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.status).toBe(130);
    expect(buildsOf(ended.events)).toHaveLength(2);
    for (const build of buildsOf(ended.events)) expect(processesWith(build)).toEqual([]);
    expect(ended.events.filter(({ type }) => type === 'finished')).toHaveLength(2);
  });
});
