import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SLOW } from '../patience.ts';
import { commandsIn, words } from './documented.ts';
import { goldsmith, start } from './goldsmith.ts';

/** A reader makes the folder where they stand; the test makes it where nothing is in the way. */
const HANDOFF = path.join(mkdtempSync(path.join(tmpdir(), 'goldsmith-guide-')), 'handoff');
const EXPORT = './goldsmith export tiny --to qcow2,azure,gcp,ova-vmware -o handoff';

/** Commands that take too long here, or are this test itself; what stands for each is run instead. */
const INSTEAD: Record<string, string> = {
  './goldsmith build debian-13': './goldsmith plan debian-13', // npm run e2e:debian
  './goldsmith plan my-template.pkr.hcl': './goldsmith plan packer/tiny/tiny.pkr.hcl', // a reader's own template
  './goldsmith build tiny': './goldsmith images', // beforeAll has done it
  'npm test': './goldsmith images',
  [EXPORT]: EXPORT.replace('handoff', HANDOFF),
  './goldsmith film tiny -o film.html': `./goldsmith film tiny -o ${path.join(path.dirname(HANDOFF), 'film.html')}`,
  './goldsmith verify ./handoff': `./goldsmith verify ${HANDOFF}`,
};

beforeAll(async () => {
  const ended = await goldsmith(['build', 'tiny', '--json'], process.cwd());
  expect(ended.stderr).toBe('');
}, SLOW);

/** What both documents show is run once. */
const inReadme = new Set(commandsIn('README.md'));
const DOCUMENTS: Record<string, Set<string>> = {
  'README.md': inReadme,
  'docs/guide.md': new Set(commandsIn('docs/guide.md').filter(command => !inReadme.has(command))),
};

describe.each(Object.entries(DOCUMENTS))('%s', (_, all) => {
  const commands = [...all];

  it('holds commands', () => expect(commands.length).toBeGreaterThan(4));

  it.each(commands)('%s', { timeout: SLOW }, async command => {
    const real = INSTEAD[command] ?? command;
    if (real.startsWith('./goldsmith run')) return expectShows(words(real), /goldsmith ssh /);
    if (real.startsWith('./goldsmith serve')) return expectShows(words(real), /http:\/\/127\.0\.0\.1:\d+\/\?token=/);
    const ended = await goldsmith(words(real), process.cwd());
    expect(ended.stderr).toBe('');
    expect(ended.status).toBe(0);
  });
});

/** Runs until it shows what it should, then Ctrl-C. */
async function expectShows(args: string[], text: RegExp): Promise<void> {
  const running = start(args, process.cwd());
  let shown = '';
  await new Promise<void>(resolve => {
    running.child.stdout?.on('data', (chunk: Buffer) => {
      shown += chunk;
      if (text.test(shown)) resolve();
    });
    running.child.once('exit', () => resolve());
  });
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.stdout).toMatch(text);
}
