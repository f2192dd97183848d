import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';

/** A page that only answers what it is asked, and tells its inspector nothing by itself. */
export interface BarePage {
  /** The value of a function that runs in the page, with arguments that JSON can carry. */
  run<A extends unknown[], R>(work: (...args: A) => R | Promise<R>, ...args: A): Promise<R>;
  close(): Promise<void>;
}

interface Answer {
  id: number;
  error?: { message: string };
  result?: { result?: { value?: unknown }; exceptionDetails?: { text: string } };
}

/**
 * Opens a page as a person's browser does. Playwright watches the network of its own pages, and Chromium then sends
 * each WebSocket frame a second time, in base64, to the test: three quarters of what a screen cost was that.
 */
export async function openBarePage(browser: Browser, url: string): Promise<BarePage> {
  const inspector = await browser.newBrowserCDPSession();
  const { targetId } = await inspector.send('Target.createTarget', { url, width: 1280, height: 800 });
  const { sessionId } = await inspector.send('Target.attachToTarget', { targetId });
  const waiting = new Map<number, (answer: Answer) => void>();
  let next = 1;
  inspector.on('Target.receivedMessageFromTarget', ({ message }) => {
    const answer = JSON.parse(message) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const ask = (expression: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, resolve);
      const params = { expression, awaitPromise: true, returnByValue: true };
      const message = JSON.stringify({ id, method: 'Runtime.evaluate', params });
      inspector.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
    });
  // Until the server has answered, the page is another one, which ends.
  while ((await ask("document.querySelector('h1') !== null")).result?.result?.value !== true) await sleep(50);
  return {
    run: async (work, ...args) => {
      const { error, result } = await ask(`(${work})(...${JSON.stringify(args)})`);
      const fault = error?.message ?? result?.exceptionDetails?.text;
      if (fault !== undefined) throw new Error(fault);
      return result?.result?.value as never;
    },
    close: async () => {
      await inspector.send('Target.closeTarget', { targetId });
      await inspector.detach();
    },
  };
}
