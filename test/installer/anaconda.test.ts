import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createAnacondaStages } from '../../core/installer/anaconda.ts';
import { startLogReceiver } from '../../core/installer/receiver.ts';
import { TestScope } from '../guest/scope.ts';

it("Anaconda's own lines are stages, and percent never goes backwards", () => {
  const read = createAnacondaStages();
  const lines = [
    'Starting installer, one moment...',
    'anaconda: Creating xfs on /dev/vda2',
    'Installing bash.x86_64 (200/400)',
    'Installing libgcc.x86_64 (1/400)',
    'nothing of interest',
    'Installing boot loader',
    'Installation complete',
  ];
  expect(lines.map(line => read(line)?.percent)).toEqual([4, 14, 61, 61, undefined, 84, 99]);
  expect(createAnacondaStages()('Installing bash.x86_64 (1/2)')).toMatchObject({ stage: 'Installing packages' });
});

it('a log over TCP is received as one over UDP: a message a line, pieces put together, secrets masked', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-anaconda-'));
  const scope = new TestScope();
  scope.secrets.add('hunter2-secret');
  const seen: string[] = [];
  const file = path.join(dir, 'log');
  const log = await startLogReceiver(scope, { bind: '127.0.0.1', file, onLine: ({ text }) => seen.push(text) });
  const socket = connect(log.port, '127.0.0.1');
  for (const piece of [
    '<30>Nov 21 10:00:00 anaconda: first\n<27>Nov 21 10:00:0',
    '1 packaging: password hunter2-secret\nlast',
  ]) {
    socket.write(piece);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  socket.end();
  await new Promise(resolve => setTimeout(resolve, 200));
  await log.close();
  await log.close();
  expect(seen).toEqual(['anaconda: first', expect.stringMatching(/^packaging: password <\w+>$/), 'last']);
  expect(await readFile(file, 'utf8')).not.toContain('hunter2-secret');
  await rm(dir, { recursive: true });
});
