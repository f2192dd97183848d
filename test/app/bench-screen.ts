import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { WebSocket } from 'ws';
import { packPiece, unpackPiece } from '../../electron/ipc/wire.ts';
import { median } from '../bench/median.ts';
import { VM } from '../cli/fake-things.ts';
import { openBarePage } from './bare-page.ts';
import type { Served } from './served.ts';

const KEY = Buffer.from([4, 1, 0, 0, 0, 0, 0, 97]);
const GREETING = [Buffer.from('RFB 003.008\n'), Buffer.from([1]), Buffer.from([1])];

/** Median time of a key's way to the machine's screen and back, over any carrier of bytes. */
async function roundTrip(send: (bytes: Buffer) => void, onBytes: (use: () => void) => void): Promise<number> {
  let answered = (): void => {};
  onBytes(() => answered());
  const once = (bytes: Buffer): Promise<void> =>
    new Promise(resolve => {
      answered = resolve;
      send(bytes);
    });
  await new Promise<void>(resolve => {
    answered = resolve;
  });
  for (const bytes of GREETING) await once(bytes);
  const times: number[] = [];
  for (let run = 0; run < 200; run++) {
    const startedAt = performance.now();
    await once(KEY);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** To a server of screens by its own socket. @returns ms */
export async function directTrip(vnc: string): Promise<number> {
  const socket = connect(vnc);
  const ms = await roundTrip(
    bytes => void socket.write(bytes),
    use => void socket.on('data', use),
  );
  socket.destroy();
  return ms;
}

/** To the same one through the app's server. @returns ms */
export async function servedTrip(served: Served): Promise<number> {
  const { url, port } = served;
  const entered = await fetch(url, { redirect: 'manual' });
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const socket = new WebSocket(`ws://127.0.0.1:${port}/link`, {
    headers: { Cookie: cookie, Origin: `http://127.0.0.1:${port}` },
  });
  await new Promise(resolve => socket.once('open', resolve));
  const pending = roundTrip(
    bytes => socket.send(packPiece(1, bytes)),
    use =>
      void socket.on('message', (data: Buffer, isBinary) => {
        const piece = isBinary ? unpackPiece(data) : undefined;
        if (!piece) return;
        socket.send(JSON.stringify({ t: 'credit', stream: 1, bytes: piece.bytes.length }));
        use();
      }),
  );
  socket.send(JSON.stringify({ t: 'open', stream: 1, kind: 'screen', args: { machine: VM.id } }));
  const ms = await pending;
  socket.close();
  return ms;
}

/** Full pictures of 1024 x 768 that a page paints in a second. */
export async function screenRate(browser: Browser, url: string): Promise<number> {
  const page = await openBarePage(browser, url);
  await page.run(async hash => {
    location.hash = hash;
    while (!document.querySelector('.gs-screen canvas')) await new Promise(requestAnimationFrame);
  }, `#/vms/${VM.id}/screen`);
  await sleep(1000);
  const rate = await page.run(
    () =>
      new Promise<number>(resolve => {
        const canvas = document.querySelector<HTMLCanvasElement>('.gs-screen canvas');
        const context = canvas?.getContext('2d');
        const startedAt = performance.now();
        let last = -1;
        let frames = 0;
        const look = (now: number): void => {
          const colour = context?.getImageData(5, 5, 1, 1).data[0] ?? -1;
          if (colour !== last) frames++;
          last = colour;
          if (now - startedAt < 5000) requestAnimationFrame(look);
          else resolve((frames * 1000) / (now - startedAt));
        };
        requestAnimationFrame(look);
      }),
  );
  await page.close();
  return rate;
}
