import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, hostname, tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { stringify } from 'yaml';
import { DIRECT, type Ended, goldsmith, home, type Running, resultOf, start, succeeded } from '../real/goldsmith.ts';
import { openPage, startChromium } from './chromium.ts';

/**
 * `npm run screenshots [-- FOLDER]`: pictures of every screen, light and dark, in two sizes, into docs/images. What
 * they show is real: builds of the tiny guest, one of which fails, a machine, an export.
 */

const FOLDER = path.resolve(process.argv[2] ?? 'docs/images');
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const SCHEMES = ['light', 'dark'] as const;
/** On a busy host: a picture is worth the wait. */
const STEP = 600_000;
/** A terminal or a screen paints after its scheme or size has changed. */
const SETTLE_MS = 400;

/** Two images of the tiny guest, one of which has a test that finds something wrong; a build gives time to look. */
function makeLab(): string {
  const dir = path.join(mkdtempSync(path.join(tmpdir(), 'goldsmith-')), 'homelab');
  cpSync('packer/tiny', dir, { recursive: true });
  const template = path.join(dir, 'tiny.pkr.hcl');
  const pause = '  provisioner "shell" {\n    inline = ["sleep 45"]\n  }\n';
  const text = readFileSync(template, 'utf8');
  writeFileSync(path.join(dir, 'watched.pkr.hcl'), text.replace(/^ {2}provisioner "file"/m, `${pause}\n$&`));
  const common = {
    iso: 'tiny',
    installer: 'tiny',
    stage_cache: false,
    boot: { direct: { ...DIRECT.direct, append: DIRECT.direct.append.replace(' quiet', '') } },
    boot_test: { user: 'root', timeout: '3m', clones: 1, boots: 1 },
  };
  const images = {
    web: { description: 'A web server for the homelab', recipe: 'tiny.pkr.hcl', ...common },
    gateway: { description: 'The gateway: slow to provision', recipe: 'watched.pkr.hcl', ...common },
    broken: {
      description: 'Fails its test',
      recipe: 'tiny.pkr.hcl',
      ...common,
      tests: [{ name: 'nginx answers', run: 'wget -qO- http://127.0.0.1/ || { echo "nothing at port 80"; exit 1; }' }],
    },
  };
  rmSync(path.join(dir, 'lab.yaml'), { force: true });
  writeFileSync(path.join(dir, 'lab.yaml'), stringify({ images }));
  return dir;
}

/** What belongs to the machine that the pictures are taken on, and what stands there instead. */
const NEUTRAL: [string, string][] = [];

/** Names of this machine have no place in a picture that others get. */
const hideMachine = (page: Page): Promise<void> =>
  page.evaluate(pairs => {
    const neutral = (text: string): string => pairs.reduce((now, [from, to]) => now.replaceAll(from, to), text);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? '';
      if (neutral(text) !== text) node.textContent = neutral(text);
    }
    for (const field of document.querySelectorAll('input')) field.value = neutral(field.value);
  }, NEUTRAL);

async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    for (const size of SIZES) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      await page.waitForTimeout(SETTLE_MS);
      await hideMachine(page);
      await page.screenshot({ path: path.join(FOLDER, `${name}-${colorScheme}-${size.width}.png`) });
    }
  }
  process.stdout.write(`${name}\n`);
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor();

/** A screen by its address, once its heading stands there. */
async function takeScreen(page: Page, name: string, address: string, title: string | RegExp): Promise<void> {
  await page.evaluate(hash => {
    location.hash = hash;
  }, address);
  await heading(page, title);
  await page.waitForTimeout(1500);
  await take(page, name);
}

async function takeTab(page: Page, build: string, tab: string): Promise<void> {
  await takeScreen(page, `build-${tab}`, `#/builds/${build}/${tab}`, new RegExp(build.split('-')[0] ?? ''));
}

async function takeBuild(page: Page): Promise<void> {
  await takeScreen(page, 'new', '#/new', 'New build');
  await page.getByRole('button', { name: 'gateway' }).click();
  await heading(page, 'Build gateway');
  const build = page.getByRole('button', { name: /^Build \S/ });
  await build.waitFor();
  await take(page, 'recipe');
  await build.click();
  await page.waitForURL(/#\/builds\/gateway-/);
  const id = decodeURIComponent(page.url().split('/').at(-1) ?? '');
  await page.locator('.gs-screen canvas').waitFor();
  await page.waitForTimeout(6000);
  await take(page, 'build-screen');
  await takeTab(page, id, 'serial');
  await takeTab(page, id, 'log');
  await page.evaluate(hash => {
    location.hash = hash;
  }, `#/builds/${id}/ssh`);
  await page.getByText(/^Logged in as root/).waitFor({ timeout: STEP });
  await page.getByLabel('Shell in the guest').focus();
  await page.keyboard.type('uname -a; df -h /\n');
  await page.waitForTimeout(2000);
  await take(page, 'build-ssh');
  for (const tab of ['requests', 'events', 'checkpoints', 'machine', 'film']) await takeTab(page, id, tab);
  await page.getByText('Released', { exact: true }).waitFor({ timeout: STEP });
  await take(page, 'build-released');
}

/** What differs from the build before it. */
async function takeCompared(page: Page, build: string): Promise<void> {
  await page.evaluate(hash => {
    location.hash = hash;
  }, `#/builds/${build}/checkpoints`);
  await page.getByRole('button', { name: 'Compare with another build' }).click();
  await page.getByRole('region', { name: 'What differs' }).waitFor();
  await take(page, 'build-compare');
  await page.keyboard.press('Escape');
}

const startedIn = ({ events }: Ended): string =>
  events.flatMap(event => (event.type === 'started' ? [event.build] : []))[0] ?? '';

async function takeOthers(page: Page, broken: string, vm: string): Promise<void> {
  await takeScreen(page, 'library', '#/library', 'Library');
  await takeScreen(page, 'builds', '#/builds', 'Builds');
  await takeScreen(page, 'build-failed', `#/builds/${broken}/log`, /broken/);
  await takeScreen(page, 'vms', '#/vms', 'Test VMs');
  await takeScreen(page, 'vm', `#/vms/${vm}/screen`, /web@/);
  await takeScreen(page, 'exports', '#/exports', 'Exports');
  await takeScreen(page, 'host', '#/host', 'Host');
  await takeScreen(page, 'library', '#/library', 'Library');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('web');
  await take(page, 'palette');
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const lab = makeLab();
  NEUTRAL.push(
    [lab, '~/homelab'],
    [path.dirname(home.store), '~/.local/share/goldsmith'],
    [home.runtime, '/run/user/1000/goldsmith'],
    [process.cwd(), '~/goldsmith'],
    [` on ${hostname()}`, ' on lab'],
    [cpus()[0]?.model.trim() ?? 'CPU', 'x86-64 processor'],
  );
  await succeeded(goldsmith(['iso', 'tiny'], lab));
  await succeeded(goldsmith(['build', 'web', '--version', '1.0'], lab));
  const second = startedIn(await succeeded(goldsmith(['build', 'web', '--version', '1.1', '--json'], lab)));
  const broken = startedIn(await goldsmith(['build', 'broken', '--json'], lab));
  const vm = resultOf(await succeeded(goldsmith(['run', '--keep', '--json', 'web'], lab))) as { id?: string };
  await succeeded(
    goldsmith(['export', 'web', '--to', 'qcow2,azure,gcp,ova-vmware', '-o', path.join(lab, 'handoff')], lab),
  );
  const serving: Running = start(['serve', '--json'], lab);
  const { url } = (await serving.event(event => (event.type as string) === 'result')) as unknown as { url: string };
  const browser = await startChromium();
  try {
    const { page } = await openPage(browser, url);
    page.setDefaultTimeout(STEP);
    await takeBuild(page);
    await takeCompared(page, second);
    await takeOthers(page, broken, vm.id ?? '');
  } finally {
    await browser.close();
    serving.child.kill('SIGTERM');
    await serving.ended;
    await goldsmith(['rm', vm.id ?? ''], lab);
    rmSync(path.dirname(lab), { recursive: true, force: true });
  }
}

await main();
