import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AS_A_PERSON, startLibvirt, type TestLibvirt } from '../drivers/libvirt/session.ts';
import { runsAll } from '../extent.ts';
import { commandsIn, words } from './documented.ts';
import { goldsmith, home, type Running, start, until } from './goldsmith.ts';

/** docs/libvirt.md as its reader would type it, one command after the other, on a session's libvirt of the test's own. */

const FILE = 'docs/libvirt.md';
const SLOW = 600_000;
const MACHINE = 'demo';

/** What stands for a command: a version of the test's own, or what a libvirt that is not there would be given. */
const INSTEAD: Record<string, string> = {
  './goldsmith build tiny --driver libvirt': `./goldsmith build tiny --driver libvirt --version v${Date.now()}`,
  './goldsmith build tiny --uri qemu:///system': './goldsmith plan tiny --uri qemu:///system',
};

/** Commands that a person ends: what they show first, and what is typed then. */
const ENDED: Record<string, { shows: RegExp; end(running: Running): void }> = {
  run: { shows: /goldsmith ssh /, end: ({ child }) => void child.kill('SIGINT') },
  'vm ssh': { shows: /^/, end: ({ child }) => void child.stdin?.end('exit\n') },
  'vm console': { shows: /login:/, end: ({ child }) => void child.stdin?.write('\x1d') },
};

let libvirt: TestLibvirt;
describe.runIf(runsAll)(FILE, () => {
  beforeAll(async () => {
    libvirt = await startLibvirt();
  }, SLOW);
  afterAll(async () => {
    await goldsmith(['vm', 'rm', '--force', MACHINE], process.cwd(), libvirt.env, AS_A_PERSON);
    await libvirt.stop();
  });

  const commands = commandsIn(FILE);

  it('holds commands', () => expect(commands.length).toBeGreaterThan(10));

  it.each(commands)('%s', { timeout: SLOW }, async command => {
    const args = words(INSTEAD[command] ?? command);
    const interactive = Object.keys(ENDED).find(verb => args.join(' ').startsWith(`${verb} `));
    if (args[1] === 'ssh') await until(isUp, 120_000);
    const running = start(args, process.cwd(), libvirt.env, AS_A_PERSON);
    if (interactive !== undefined) await endedBy(running, ENDED[interactive] ?? never());
    const ended = await running.ended;
    if (interactive === undefined) expect(ended.stderr).toBe('');
    if (interactive !== 'run') expect(ended.status).toBe(0);
  });
});

async function endedBy(running: Running, { shows, end }: (typeof ENDED)[string]): Promise<void> {
  let shown = '';
  const seen = new Promise<void>(resolve => {
    const look = (): void => (shows.test(shown) ? resolve() : undefined);
    running.child.stdout?.on('data', chunk => {
      shown += chunk;
      look();
    });
    running.child.once('exit', () => resolve());
    look();
  });
  running.child.stdin?.write('\n'); // a console shows its prompt once more
  await seen;
  end(running);
  await running.ended;
  expect(shown).toMatch(shows);
}

const isUp = (): boolean => {
  const log = path.join(home.machines, MACHINE, 'serial.log');
  return existsSync(log) && readFileSync(log, 'utf8').includes('login:');
};

const never = (): never => {
  throw new Error('It is not ended by a person.');
};
