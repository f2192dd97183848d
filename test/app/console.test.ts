import { appendFileSync, mkdtempSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeEngine } from '../cli/fake-engine.ts';
import { VM } from '../cli/fake-things.ts';
import { runsTogether } from '../extent.ts';
import { openPage, startChromium, type WatchedPage } from './chromium.ts';
import { HOSTILE } from './escape-sequences.ts';
import { type Served, serve } from './served.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-console-'));
const LOG = path.join(dir, 'serial.log');
const SOCKET = path.join(dir, 'serial');

const SCREEN = path.join(dir, 'screen');

/** A machine with a serial port (its log, and a socket that remembers what was typed) and a screen. */
class ConsoleEngine extends FakeEngine {
  override async vms() {
    return [{ ...VM, vncSocket: SCREEN }];
  }
  override async console() {
    return { serialSocket: SOCKET, serialLog: LOG };
  }
}

let served: Served;
let browser: Browser;
let watched: WatchedPage;
let guest: Server;
let typed = '';

beforeAll(async () => {
  writeFileSync(LOG, 'the beginning\r\n');
  guest = createServer(socket =>
    socket.setEncoding('utf8').on('data', keys => {
      typed += keys;
    }),
  ).listen(SOCKET);
  served = await serve({ engine: new ConsoleEngine() });
  browser = await startChromium();
  watched = await openPage(browser, served.url);
  await watched.context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

afterAll(async () => {
  await browser.close();
  await served.close();
  guest.close();
});

const text = async (page: Page): Promise<string> => (await page.locator('.xterm-rows').textContent()) ?? '';
const shows = (page: Page, wanted: string) => expect.poll(() => text(page)).toContain(wanted);
const print = (bytes: string): void => appendFileSync(LOG, bytes);

async function openConsole(page: Page): Promise<void> {
  await page.evaluate(id => {
    location.hash = `#/vms/${id}/serial`;
  }, VM.id);
  await page.getByRole('tab', { name: 'Serial', selected: true }).waitFor();
}

/** Everything that only a person may change. */
const worldOf = (page: Page) =>
  page.evaluate(async () => ({
    title: document.title,
    clipboard: await navigator.clipboard.readText(),
    size: [window.outerWidth, window.outerHeight, window.screenX, window.screenY],
    url: location.href,
    links: document.querySelectorAll('.xterm a').length,
  }));

describe('bytes from a guest', () => {
  it('change nothing but the text of the terminal, whatever they are', async () => {
    const { page, context, faults } = watched;
    await openConsole(page);
    await shows(page, 'the beginning');
    await page.bringToFront();
    await page.evaluate(() => navigator.clipboard.writeText('mine'));
    const before = await worldOf(page);
    expect(HOSTILE.length).toBeGreaterThanOrEqual(80);
    for (const [index, sequence] of HOSTILE.entries()) {
      print(`${sequence}\x18\x1b[0m\x1b[2J\x1b[Hafter ${index}.\r\n`);
      await shows(page, `after ${index}.`);
    }
    await page.mouse.move(600, 500);
    await page.mouse.click(600, 500);
    expect(await worldOf(page)).toEqual(before);
    expect(context.pages()).toHaveLength(1);
    expect(typed).toBe('');
    expect(faults).toEqual([]);
  });

  it('a key of a person is typed, as it is', async () => {
    const { page } = watched;
    await page.getByLabel('Serial console').focus();
    await page.keyboard.type('ls');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => typed).toBe('ls\x1b[A');
  });

  it('do not keep the keyboard: a person without a mouse gets out, and the guest hears nothing of it', async () => {
    const { page } = watched;
    const before = typed;
    await openConsole(page);
    await page.getByLabel('Serial console').focus();
    await page.keyboard.press('Control+Shift+Enter');
    const tab = page.getByRole('tab', { name: 'Serial' });
    await expect.poll(() => tab.evaluate(element => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('.gs-console') === null)).toBe(true);
    expect(typed).toBe(before);
  });

  it('without end neither block the engine nor grow its memory', async () => {
    const { page } = watched;
    const before = process.memoryUsage().rss;
    const file = openSync(LOG, 'a');
    const block = Buffer.from('spam '.repeat(200_000));
    for (let index = 0; index < 100; index++) {
      writeSync(file, block); // 100 MB in all
      await new Promise(resolve => setImmediate(resolve));
    }
    await page.evaluate(() => {
      location.hash = '#/host';
    });
    await page.getByRole('heading', { name: 'Host', level: 1 }).waitFor();
    await openConsole(page);
    print('\r\nthe very end\r\n');
    await shows(page, 'the very end');
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  });

  it.runIf(runsTogether)('are seen by several viewers, and again after a reload', async () => {
    const { page } = watched;
    const other = await openPage(browser, served.url);
    await Promise.all([openConsole(page), openConsole(other.page)]);
    print('\r\nfor both\r\n');
    await Promise.all([shows(page, 'for both'), shows(other.page, 'for both')]);
    await page.reload();
    await shows(page, 'for both');
    await other.context.close();
  });
});

it('a screen that goes before it was shown is said, and is no error in the page', async () => {
  const { page, faults } = watched;
  const screen = createServer(socket => socket.end('RFB 003.008\n')).listen(SCREEN);
  await page.evaluate(id => {
    location.hash = `#/vms/${id}/screen`;
  }, VM.id);
  await page.getByRole('heading', { name: 'No screen' }).waitFor();
  expect(faults).toEqual([]);
  screen.close();
});
