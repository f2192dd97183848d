import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { PATIENCE } from '../patience.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** As root in a container there is no sandbox to be had; nothing but our own server is asked for anything. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The system's own Chromium; the set-up installs it. */
export function startChromium(): Promise<Browser> {
  const executablePath = PLACES.find(place => existsSync(place));
  if (!executablePath) throw new Error('No Chromium here: ./goldsmith setup --test installs it.');
  const downloadsPath = mkdtempSync(path.join(tmpdir(), 'goldsmith-browser-'));
  return chromium.launch({ executablePath, args: FLAGS, downloadsPath, timeout: PATIENCE });
}

/** A page that remembers whatever went wrong in it: errors, refused contents, requests to other places. */
export interface WatchedPage {
  page: Page;
  context: BrowserContext;
  faults: string[];
}

/** Told by noVNC about itself; no fault of ours. */
const KNOWN = [/willReadFrequently/];

export async function openPage(
  browser: Browser,
  url: string,
  options: { colorScheme?: 'light' | 'dark'; width?: number; height?: number } = {},
): Promise<WatchedPage> {
  const { colorScheme = 'light', width = 1280, height = 800 } = options;
  const context = await browser.newContext({ colorScheme, viewport: { width, height } });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', error => faults.push(`error: ${error.message}`));
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type()) && !KNOWN.some(known => known.test(message.text()))) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('request', request => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(url).origin && protocol !== 'data:' && protocol !== 'blob:') {
      faults.push(`request: ${request.url()}`);
    }
  });
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { page, context, faults };
}
