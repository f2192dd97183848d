import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FakeEngine } from '../cli/fake-engine.ts';
import { FAILED_BUILD, stamped } from '../cli/made-up.ts';

/** A build that waits for an answer. */
const STANDING = stamped(
  { type: 'started', build: 'stands-1', image: 'web', version: 'v3', pid: 1 },
  { type: 'step-started', step: 'provision' },
  {
    type: 'question',
    text: 'The script ended with 1.\nThe build stands. What now?',
    choices: [
      { key: 'l', label: 'look' },
      { key: 'r', label: 'retry this' },
      { key: 'd', label: 'discard the machine' },
    ],
  },
);

/** Builds with journals on the disk, which is where the app reads them. */
export class JournalEngine extends FakeEngine {
  override async show(build: string) {
    const details = await super.show(build === 'stands-1' ? 'web-20261120-1' : build);
    const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-journal-'));
    const events = build.startsWith('db') ? FAILED_BUILD : build === 'stands-1' ? STANDING : this.events;
    writeFileSync(path.join(dir, 'journal.jsonl'), events.map(event => `${JSON.stringify(event)}\n`).join(''));
    return { ...details, dir };
  }
}
