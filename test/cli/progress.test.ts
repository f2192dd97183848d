import { describe, expect, it } from 'vitest';
import { frame } from '../../core/cli/frame.ts';
import { onInterrupt } from '../../core/cli/interrupt.ts';
import { createStyle } from '../../core/cli/style.ts';
import { fold } from '../../core/model/fold.ts';
import { FakeEngine } from './fake-engine.ts';
import { GOOD_BUILD, stamped } from './fake-journals.ts';
import { goldsmith } from './shell.ts';

const style = createStyle(process.stdout, { NO_COLOR: '1', LANG: 'C.UTF-8' });
const size = { columns: 80, rows: 30 };
const at = (seconds: number): string => new Date(Date.parse('2026-11-20T10:00:00Z') + seconds * 1000).toISOString();

describe('frame', () => {
  it('shows a download with rate and time left', () => {
    expect(frame(fold(GOOD_BUILD.slice(0, 5)), at(8), size, style)).toBe(
      `web@v1  build web-20261120-1  8.0 s
▸ Fetch and verify the source         7.0 s  debian.iso
    download  ████████████░░░░░░░░░░░░ 50 % of 100 MiB  10.0 MiB/s  5.0 s left`,
    );
  });

  it("shows the installer's stage, warnings kept, and the last lines", () => {
    expect(frame(fold(GOOD_BUILD.slice(0, 14)), at(60), { ...size, columns: 100 }, style)).toBe(
      `web@v1  build web-20261120-1  1 min 00 s
✓ Fetch and verify the source         9.1 s  debian.iso
▸ Install                              48 s
    ████░░░░░░░░░░░░░░░░░░░░ 15 %  Partitioning
! The disk is small.
    main-menu[1]: INFO: x
    anna: E: bad`,
    );
  });

  it('shows a build that is over without what no longer moves', () => {
    expect(frame(fold(GOOD_BUILD), at(999), size, style)).toBe(
      `web@v1  build web-20261120-1  2 min 19 s
✓ Fetch and verify the source         9.1 s  debian.iso
✓ Install                        2 min 05 s
✓ Boot and test the candidate         3.0 s
! The disk is small.`,
    );
  });

  it('never grows beyond the terminal, and keeps colours whole', () => {
    const coloured = createStyle(process.stdout, { FORCE_COLOR: '1', LANG: 'C.UTF-8' });
    const state = fold(GOOD_BUILD.slice(0, 14));
    for (const rows of [2, 4, 6, 8, 40]) {
      for (const columns of [10, 20, 80]) {
        const lines = frame(state, at(60), { rows, columns }, coloured).split('\n');
        expect(lines.length).toBeLessThanOrEqual(Math.max(5, rows));
        for (const line of lines) {
          expect([...line.replace(/\x1b\[\d+m/g, '')].length).toBeLessThan(columns);
          expect(line.match(/\x1b\[(?!\d+m)/)).toBeNull();
        }
      }
    }
  });

  it('is ASCII where the locale is', () => {
    const ascii = createStyle(process.stdout, { NO_COLOR: '1', LC_ALL: 'C' });
    expect(frame(fold(GOOD_BUILD.slice(0, 14)), at(60), size, ascii)).toMatch(/^[\x20-\x7e\n]+$/);
  });
});

describe('on a terminal', () => {
  it('draws live and leaves the last picture', async () => {
    const { out } = await goldsmith('build web', { isTTY: true });
    expect(out).toContain('✓ Boot and test the candidate');
    expect(out).toContain('\nReleased web@v1.\n');
    expect(out).not.toContain('[00:00:01] step');
  });

  it('is plain with --plain and on a dumb terminal', async () => {
    expect((await goldsmith('build web --plain', { isTTY: true })).out).toContain('[00:00:01] step');
    expect((await goldsmith('build web', { isTTY: true, env: { TERM: 'dumb' } })).out).toContain('[00:00:01] step');
  });

  it('counts from the first event where nothing says when it was started, as in an export', async () => {
    const engine = new FakeEngine();
    engine.events = stamped({ type: 'note', message: 'a' }, { type: 'note', message: 'b' });
    const { out } = await goldsmith('build web --plain', { engine });
    expect(out).toMatch(/\[00:00:00\] note {6}a\n\[00:00:01\] note {6}b/);
  });

  it('has colours only there, and never with NO_COLOR', async () => {
    const engine = new FakeEngine();
    const coloured = await goldsmith('builds', { engine, isTTY: true, env: { NO_COLOR: '' } });
    expect(coloured.out).toContain('\x1b[32mok');
    expect((await goldsmith('builds', { engine, isTTY: true })).out).not.toContain('\x1b');
    expect((await goldsmith('builds', { engine, env: { NO_COLOR: '' } })).out).not.toContain('\x1b');
  });

  it('does not obey the escape sequences of a guest', async () => {
    const engine = new FakeEngine();
    engine.events = stamped(
      { type: 'started', build: 'b', image: 'i', pid: 1 },
      { type: 'line', source: 'provisioner', line: '\x1b]0;owned\x07\x1b[2Jhello\x9b1m' },
    );
    for (const isTTY of [true, false]) {
      const { out } = await goldsmith('build web', { engine, isTTY });
      expect(out).not.toMatch(/owned|\x1b\[2J|\x07|\x9b/);
    }
    expect((await goldsmith('log', { engine })).out).toContain('provisioner hello');
  });
});

it('says at the second Ctrl-C that it is already stopping', () => {
  const said: string[] = [];
  const controller = new AbortController();
  const interrupt = onInterrupt(controller, text => said.push(text.trim()));
  interrupt();
  expect(controller.signal.aborted).toBe(true);
  interrupt();
  expect(said).toEqual(['Stopping.', 'Already stopping: everything that was taken is being given back.']);
});
