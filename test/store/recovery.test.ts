import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Journal } from '../../core/build/journal.ts';
import { JournalFolders } from '../../core/engine/folders.ts';
import { recoverFolders } from '../../core/engine/recovery.ts';
import { Redactor } from '../../core/model/redact.ts';

const children: ChildProcess[] = [];
afterAll(() => children.forEach(child => void child.kill()));
const canUnshare = spawnSync('unshare', ['--net', 'true']).status === 0;

/** A run that has no end yet, of a process that does not hold its lock. */
function runOf(command: string, ...args: string[]): JournalFolders {
  const child = spawn(command, args, { stdio: 'ignore' });
  children.push(child);
  const root = mkdtempSync(path.join(tmpdir(), 'goldsmith-namespace-'));
  mkdirSync(path.join(root, 'web-1'));
  const journal = new Journal(path.join(root, 'web-1', 'journal.jsonl'), new Redactor());
  journal.append({ type: 'started', build: 'web-1', image: 'web', version: 'v1', pid: child.pid ?? 0 });
  journal.close();
  return new JournalFolders(root);
}

describe('a run without an end', () => {
  it('is closed where its lock is free', async () => {
    const folders = runOf('sleep', '60');
    await recoverFolders(folders);
    expect(folders.state('web-1').outcome).toBe('interrupted');
  });

  it('is left as it is by who only asks what would be given back', async () => {
    const folders = runOf('sleep', '60');
    const left = mkdtempSync(path.join(tmpdir(), 'goldsmith-left-'));
    const journal = new Journal(folders.journal('web-1'), new Redactor());
    journal.append({ type: 'acquiring', id: 1, resource: { kind: 'dir', path: left } });
    journal.close();
    expect(await recoverFolders(folders, { dryRun: true })).toMatchObject([{ kind: 'dir', name: left }]);
    expect([existsSync(left), folders.state('web-1').outcome]).toEqual([true, 'running']);
    expect(await recoverFolders(folders)).toMatchObject([{ kind: 'dir', name: left }]);
    expect(existsSync(left)).toBe(false);
  });

  it.skipIf(!canUnshare)(
    'is left alone while it lives in another network namespace, where locks are others',
    async () => {
      const folders = runOf('unshare', '--net', 'sleep', '60');
      await expect.poll(() => folders.isHeld('web-1')).toBe(true);
      await recoverFolders(folders);
      expect(folders.state('web-1').outcome).toBe('running');
      children.at(-1)?.kill();
      await expect.poll(() => folders.isHeld('web-1')).toBe(false);
      await recoverFolders(folders);
      expect(folders.state('web-1').outcome).toBe('interrupted');
    },
  );
});
