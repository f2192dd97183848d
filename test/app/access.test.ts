import { type ClientRequestArgs, type IncomingHttpHeaders, request } from 'node:http';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FRAME_BYTES } from '../../electron/ipc/wire.ts';
import { FakeEngine } from '../cli/fake-engine.ts';
import { type Served, serve } from './served.ts';

let served: Served;
let cookie: string;
let token: string;

beforeAll(async () => {
  served = await serve({ engine: new FakeEngine() });
  token = new URL(served.url).searchParams.get('token') ?? '';
  const entered = await get(`/?token=${token}`);
  cookie = (entered.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
});

afterAll(() => served.close());

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request as it stands, without a browser's manners: any header, any path. */
function get(path: string, headers: Record<string, string> = {}, more: ClientRequestArgs = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: served.port, path, headers, ...more }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', piece => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject).end();
  });
}

/** How the server ends a WebSocket's opening: `open`, or the status of its refusal. */
function open(headers: Record<string, string>, path = '/link'): Promise<number | 'open'> {
  return new Promise(resolve => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, { headers });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('open', () => {
      resolve('open');
      socket.close();
    });
    socket.on('error', () => {});
  });
}

const ours = (): Record<string, string> => ({ Cookie: cookie, Origin: `http://127.0.0.1:${served.port}` });

describe('the token', () => {
  it('becomes a cookie that no script reads and no other site sends, and leaves the address', async () => {
    const { status, headers, text } = await get(`/?token=${token}`);
    expect(status).toBe(200);
    expect(headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(text).toContain('url=/"');
    expect(text).not.toContain(token);
    expect((await get('/', { Cookie: cookie })).text).toContain('<div id="root">');
  });

  it.each(['', 'wrong', `${'A'.repeat(32)}`])('is needed: "%s" opens nothing', async wrong => {
    const answer = await get(`/?token=${wrong}`);
    expect(answer.status).toBe(401);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect((await get('/', { Cookie: `goldsmith-${served.port}=${wrong}` })).status).toBe(401);
    expect(await open({ ...ours(), Cookie: `goldsmith-${served.port}=${wrong}` })).toBe(401);
  });

  it('is needed for every file of the app too', async () => {
    for (const path of ['/', '/index.html', '/icon.svg']) expect((await get(path)).status).toBe(401);
  });

  it('is not asked for twice: a wrong one does not profit from a good cookie', async () => {
    expect((await get('/?token=wrong', { Cookie: cookie })).status).toBe(401);
  });
});

describe('another origin', () => {
  const foreign = [
    'http://evil.example',
    'null',
    'https://127.0.0.1',
    'http://127.0.0.1',
    'http://localhost:1',
    'file://',
  ];

  it.each(foreign)('%s opens no WebSocket, even with the cookie', async origin => {
    expect(await open({ Cookie: cookie, Origin: origin })).toBe(403);
  });

  it('a client that hides where it comes from opens none either', async () => {
    expect(await open({ Cookie: cookie })).toBe(403);
  });

  it.each(foreign)('%s reads no file of the app', async origin => {
    const answer = await get('/icon.svg', { Cookie: cookie, Origin: origin });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter(name => name.startsWith('access-control'))).toEqual([]);
  });

  it('a page of another site does not get a script or picture in', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const headers = { Cookie: cookie, 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'no-cors' };
      expect((await get('/icon.svg', headers)).status).toBe(403);
    }
  });

  it('our own page does', async () => {
    expect(await open(ours())).toBe('open');
    expect((await get('/icon.svg', { ...ours(), 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
  });

  it('an answer to OPTIONS allows nothing', async () => {
    const headers = { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' };
    const answer = await get('/', headers, { method: 'OPTIONS' });
    expect(answer.status).toBe(405);
    expect(Object.keys(answer.headers).filter(name => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('a host name that was bound to 127.0.0.1', () => {
  const names = [
    'evil.example',
    'evil.example:8701',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.1:1:2',
    '0.0.0.0',
  ];

  it.each(names)('"%s" gets nothing, token or not', async name => {
    expect((await get(`/?token=${token}`, { Host: name })).status).toBe(421);
    expect((await get('/', { Host: name, Cookie: cookie })).status).toBe(421);
    expect(await open({ Host: name, Cookie: cookie, Origin: `http://${name}` })).toBe(421);
  });

  it('through a tunnel the port may be another one, and the cookie is another too', async () => {
    const host = 'localhost:8080';
    const entered = await get(`/?token=${token}`, { Host: host });
    const tunnelled = (entered.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
    expect(tunnelled).toMatch(/^goldsmith-8080=/);
    expect(await open({ Host: host, Cookie: tunnelled, Origin: `http://${host}` })).toBe('open');
  });
});

describe('frames', () => {
  /** Sends one message and tells how the server ends the connection. */
  const ended = (message: string | Uint8Array): Promise<number> =>
    new Promise(resolve => {
      const socket = new WebSocket(`ws://127.0.0.1:${served.port}/link`, { headers: ours() });
      socket.on('open', () => socket.send(message));
      socket.on('close', code => resolve(code));
      socket.on('error', () => {});
    });

  it('that are too large end the connection, not the server', async () => {
    expect(await ended('x'.repeat(FRAME_BYTES + 1))).not.toBe(1000);
    expect(await ended(new Uint8Array(FRAME_BYTES + 1))).not.toBe(1000);
    expect(await open(ours())).toBe('open');
  });

  it.each([
    '',
    'no json',
    'null',
    '[]',
    '{"t":"call"}',
    '{"t":"call","id":1,"name":"constructor","args":{}}',
    '{"t":"call","id":-1,"name":"about","args":{}}',
    '{"t":"__proto__"}',
    '{"t":"open","stream":1,"kind":"shell","args":{}}',
    '{"t":"credit","stream":1,"bytes":1e99}',
    '{"t":"abort","id":1,"more":1}',
  ])('that are no message of the contract end it: %s', async message => {
    expect(await ended(message)).toBe(1008);
  });

  it('of a stream that are too short end it', async () => {
    expect(await ended(new Uint8Array(3))).toBe(1008);
  });
});

describe('what is sent', () => {
  it('may be shown by nobody else, and runs nothing that is not ours', async () => {
    const { headers, text } = await get('/', { Cookie: cookie });
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self';",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    expect(text).toContain(`content="${nonce}"`);
    expect(String((await get('/', { Cookie: cookie })).headers['content-security-policy'])).not.toContain(nonce);
  });

  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '//etc/passwd',
    '/assets/',
    '/assets/../index.html/x',
    '/%00',
    '/link',
    '/index.html%00.js',
    '//',
    '/\\\\',
    'http://127.0.0.1/index.html',
    '*',
  ])('is a file of the app and never another: %s', async path => {
    expect((await get(path, { Cookie: cookie })).status).toBe(404);
  });

  it('is sent on loopback only', async () => {
    const others = Object.values(networkInterfaces()).flatMap(list => (list ?? []).filter(({ internal }) => !internal));
    const reached = await Promise.all(others.map(({ address }) => canConnect(address)));
    expect(reached.filter(Boolean)).toEqual([]);
    expect(await canConnect('127.0.0.1')).toBe(true);
  });
});

const canConnect = (host: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = net.connect({ host, port: served.port, timeout: 2000 });
    socket.on('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('timeout', () => {
      resolve(false);
      socket.destroy();
    });
  });
