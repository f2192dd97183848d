import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EngineDeps } from '../../core/engine/deps.ts';
import { shellWay } from '../../core/engine/shell.ts';
import type { StepName } from '../../core/model/event.ts';
import { emptyState, type StepState } from '../../core/model/fold.ts';
import type { VmInfo } from '../../core/model/vm.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-shell-'));
afterAll(() => rmSync(dir, { recursive: true }));

const KEPT: VmInfo = { id: 'b7', kind: 'kept-build', image: 'web', startedAt: '', forwards: [], serialSocket: '/s' };

/** The way into a machine that was kept when this step failed, with this on its serial console. */
function kept(step: StepName, serial: string) {
  const serialLog = path.join(dir, 'serial.log');
  writeFileSync(serialLog, serial);
  const failed: StepState = { name: step, state: 'failed', startedAt: '' };
  const builds = { state: () => ({ ...emptyState(), steps: [failed] }), dir: () => dir };
  return shellWay({ builds, home: {} } as unknown as EngineDeps, KEPT, ['ssh', 'x']);
}

describe('a shell in a machine that was kept', () => {
  it('is over SSH when the build had logged in', async () => {
    expect(await kept('provision', '(1*installer)')).toEqual({ via: 'ssh', argv: ['ssh', 'x'] });
  });

  it("is the installer's own before, where the installer is on the serial console", async () => {
    const way = { via: 'console', serialSocket: '/s', serialLog: path.join(dir, 'serial.log') };
    expect(await kept('install', '[ (1*installer)  2 shell  3 shell  4- log ]')).toEqual({ ...way, keys: '\x012\r' });
    expect(await kept('connect', 'debian login: ')).toEqual({ ...way, keys: '' });
  });
});
