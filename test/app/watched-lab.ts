import type { Browser } from 'playwright-core';
import { goldsmith, type Running, start, succeeded } from '../real/goldsmith.ts';
import { openPage, startChromium, type WatchedPage } from './chromium.ts';

/** A lab that `goldsmith serve` shows in a real browser. */
export class WatchedLab {
  private constructor(
    private readonly serving: Running,
    private readonly browser: Browser,
    readonly watched: WatchedPage,
  ) {}

  /** Makes the tiny guest's ISO, too. @param dir of lab.yaml */
  static async open(dir: string): Promise<WatchedLab> {
    await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
    const serving = start(['serve', '--json'], dir);
    const { url } = (await serving.event(event => (event.type as string) === 'result')) as unknown as { url: string };
    const browser = await startChromium();
    return new WatchedLab(serving, browser, await openPage(browser, url));
  }

  /** Ends as a person would end it. @throws Error when that is no good end */
  async close(): Promise<void> {
    await this.browser.close();
    this.serving.child.kill('SIGTERM');
    await succeeded(this.serving.ended);
  }
}
