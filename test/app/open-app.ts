import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { Engine } from '../../core/model/engine.ts';
import { startChromium } from './chromium.ts';
import { type Served, serve } from './served.ts';

/** The app on an engine, and a browser to look at it: there while a file's tests run. */
export interface OpenApp {
  readonly served: Served;
  readonly browser: Browser;
}

/** Opens them before the tests of this file, and closes them after. */
export function openApp(engine: Engine): OpenApp {
  const app = {} as { served: Served; browser: Browser };
  beforeAll(async () => {
    app.served = await serve({ engine });
    app.browser = await startChromium();
  });
  afterAll(async () => {
    await app.browser?.close();
    await app.served?.close();
  });
  return app;
}
