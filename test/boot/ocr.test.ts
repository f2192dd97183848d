import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { ScreenReader } from '../../core/boot/ocr.ts';
import { findProgram } from '../../core/host/programs.ts';
import { makeGrubIso, TextMachine } from './text-machine.ts';

const MENU = 'set timeout=-1\nmenuentry "Install the system" { true }\nmenuentry "Rescue a broken system" { true }\n';

/** A machine that is in a graphics mode, as far as anybody can tell: only its picture is given. */
it.skipIf(findProgram('tesseract') === undefined)('reads a picture of a screen, once', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-ocr-'));
  const machine = await TextMachine.start(dir, { file: await makeGrubIso(dir, MENU), device: 'ide-cd' });
  onTestFinished(() => machine.stop());
  while (!(await machine.screen()).join('\n').includes('Rescue a broken system')) await sleep(50);
  const filename = path.join(dir, 'screen.png');
  await machine.qmp.execute('screendump', { filename, format: 'png' });
  const reader = new ScreenReader({
    screenText: async () => undefined,
    screenshot: async () => readFileSync(filename),
  });

  const rows = (await reader.rows()) ?? [];
  expect(rows.join('\n')).toContain('Install the system');
  expect(rows.join('\n')).toContain('Rescue a broken system');
  expect(await reader.rows()).toBe(rows); // the same picture is not read again
});
