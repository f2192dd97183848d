import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRemote } from '../drivers/libvirt/remote.ts';
import { startLibvirt, startSystemLibvirt, type TestLibvirt } from '../drivers/libvirt/session.ts';
import { runsAll } from '../extent.ts';
import {
  diskOnly,
  type Ended,
  goldsmith,
  home,
  makeLab,
  nextEvent,
  processesWith,
  resultOf,
  start,
  succeeded,
  until,
} from './goldsmith.ts';

/** Stages of earlier builds on libvirt, and what stands of a machine that went on from one (rewind.test.ts: the rest). */

const SLOW = 900_000;
const BOOT_TEST = { user: 'root', timeout: '10m', clones: 1, boots: 1 };
const REUSED = ['boot', 'install', 'provisioner 1: file'];

interface Subject extends Pick<TestLibvirt, 'uri' | 'env' | 'stop'> {
  /** The same libvirt, as its own host reaches it. */
  there: string;
}

/** As ourselves; as somebody else, with disks in a pool; on another host, as far as libvirt and we know. */
const SUBJECTS: Record<string, () => Promise<Subject>> = {
  session: async () => {
    const libvirt = await startLibvirt();
    return { ...libvirt, there: libvirt.uri };
  },
  ...(process.getuid?.() === 0 ? { system } : {}),
  ssh,
};

async function system(): Promise<Subject> {
  const { uri, stop } = await startSystemLibvirt();
  return { uri, env: {}, there: uri, stop };
}

async function ssh(): Promise<Subject> {
  const { uri, libvirt, stop } = await startRemote();
  const here = path.join(libvirt.dir, 'here');
  mkdirSync(here, { mode: 0o700 });
  return { uri, env: { XDG_RUNTIME_DIR: here }, there: libvirt.uri, stop };
}

describe.runIf(runsAll).each(Object.entries(SUBJECTS))('a build on libvirt (%s)', (_name, begin) => {
  let libvirt: Subject;
  let recipe = '';
  let lab = '';
  beforeAll(async () => {
    libvirt = await begin();
    recipe = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
    cpSync('packer/tiny', recipe, { recursive: true });
    appendFileSync(path.join(recipe, 'http/tiny.cfg'), `# ${recipe}\n`); // answers that no build had before
    lab = labOn({ driver: 'libvirt', libvirt: { uri: libvirt.uri, accelerator: 'tcg' } });
  }, SLOW);
  afterAll(async () => {
    await goldsmith(['cache', 'rm', 'staged'], lab);
    await libvirt.stop();
  });

  const labOn = (image: Record<string, unknown>): string =>
    makeLab('staged', {
      recipe: path.join(recipe, 'tiny.pkr.hcl'),
      stage_cache: true,
      timeouts: { silence: '15m' },
      boot_test: BOOT_TEST,
      ...image,
    });
  const domains = (): string[] =>
    execFileSync('virsh', ['-c', libvirt.there, 'list', '--all', '--name'], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  const edit = (before: string, after: string): void => {
    const file = path.join(recipe, 'tiny.pkr.hcl');
    writeFileSync(file, readFileSync(file, 'utf8').replace(before, after));
  };
  /** @returns the build, whose process is gone while its machine goes on from an earlier build's stage */
  async function killedAfterGoingBack(onError: string, look: () => void): Promise<string> {
    const running = start(['build', 'staged', '--on-error', onError, '--json'], lab, libvirt.env);
    const { build } = await nextEvent(running, 'started', undefined);
    await nextEvent(running, 'rewound', undefined);
    expect(domains()).toEqual([expect.stringContaining(`${build}-back`)]);
    look();
    running.child.kill('SIGKILL');
    await running.ended;
    return build;
  }

  it('begins at the first stage that changed, and leaves nothing when it is killed there', {
    timeout: SLOW,
  }, async () => {
    const first = await succeeded(goldsmith(['build', 'staged', '--json'], lab, libvirt.env));
    expect(diskOnly(first)).toEqual([]);

    edit('"uname -a"', '"sleep 300"');
    const killed = await killedAfterGoingBack('cleanup', () => {
      expect(processesWith(`goldsmith-keeper ${libvirt.uri}`)).toHaveLength(1);
    });
    expect(await until(() => domains().length === 0, 30_000)).toBe(true);
    expect(await until(() => processesWith(`goldsmith-keeper ${libvirt.uri}`).length === 0, 5000)).toBe(true);
    await succeeded(goldsmith(['clean'], lab, libvirt.env));
    expect(existsSync(path.join(home.builds, killed, 'work'))).toBe(false);

    // A machine that a person may want to keep stands, until somebody cleans up.
    const kept = await killedAfterGoingBack('keep', () => {});
    expect(domains()).toEqual([expect.stringContaining(kept)]);
    await succeeded(goldsmith(['clean'], lab, libvirt.env));
    expect(domains()).toEqual([]);

    edit('"sleep 300"', '"uname -r"');
    const third = await succeeded(goldsmith(['build', 'staged', '--json'], lab, libvirt.env));
    expect(reused(third)).toEqual(REUSED);
    expect(third.events.filter(({ type }) => type === 'installer-stage')).toEqual([]);
    expect(domains()).toEqual([]);
    expect(processesWith(`goldsmith-keeper ${libvirt.uri}`)).toEqual([]);

    // What libvirt saved QEMU alone cannot go on from: neither is it tried, nor does a person get it.
    const file = path.join(lab, 'lab.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('driver: libvirt', 'driver: qemu'));
    const states = JSON.parse((await succeeded(goldsmith(['cache', 'why', 'staged', '--json'], lab))).stdout);
    expect(states[0]).toMatchObject({ state: 'changed', changed: ['QEMU and how it runs the machine'] });
    const wrong = await goldsmith(['rewind', 'staged', 'before sealing', '--on-error', 'cleanup', '--json'], lab);
    expect(resultOf(wrong)).toMatchObject({
      failure: { code: 'unsupported', message: expect.stringContaining('taken with the driver libvirt') },
    });
  });
});

const reused = ({ events }: Pick<Ended, 'events'>): string[] =>
  events.flatMap(event => (event.type === 'stage' && event.state === 'reused' ? [event.stage] : []));
