import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * `npm run bench:answers`: the answer server in a process of its own, as `goldsmith serve-answers` runs it.
 * 1. 200 requests a second for 15 s while 1,000 half-open connections are held: latency from the request's turn to its
 *    last byte, of every request, with a new connection each as installers make them.
 * 2. 100,000 fuzzed requests: every body that comes back is one of the map's.
 */

const RATE = 200;
const SECONDS = 15;
const HALF_OPEN = 1000;
const FUZZED = 100_000;
const LIMIT_MS = 10;
const CANARY = 'canary-b7c4';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-bench-'));
mkdirSync(path.join(dir, 'answers'));
writeFileSync(path.join(dir, 'canary'), CANARY);
writeFileSync(path.join(dir, 'answers/ks.cfg'), `cdrom\nnetwork --hostname={{ host }}\n${'# a comment\n'.repeat(300)}`);
writeFileSync(
  path.join(dir, 'lab.yaml'),
  `images: {}\nhosts:\n${Array.from({ length: 20 }, (_, nth) => `  metal/h${nth}: {templates: answers, mac: '52:54:00:00:00:${String(nth).padStart(2, '0')}', boot: {kernel: 'http://m/vmlinuz'}}\n`).join('')}`,
);

interface Started {
  base: string;
  hosts: { name: string; answers: string }[];
}

const server = spawn(process.execPath, ['out/cli/main.js', 'serve-answers', dir, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

const started = (): Promise<Started> =>
  new Promise((resolve, reject) => {
    let text = '';
    let isThere = false;
    server.once('exit', () => reject(new Error('the server ended')));
    server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (isThere) return; // each request is told, too
      text += chunk;
      const line = text.split('\n').find(one => one.includes('"result"'));
      if (line === undefined || !line.endsWith('}')) return;
      isThere = true;
      resolve(JSON.parse(line) as Started);
    });
  });

const { base, hosts } = await started();
const { hostname, port } = new URL(base);

/** One whole fetch on a connection of its own. */
const fetchOnce = (url: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    request(url, { agent: new Agent({ keepAlive: false }) }, response => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', chunk => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });

/** Connections that begin a request and never end it; the server's time limit ends them, and they come again. */
function holdHalfOpen(): { held: () => number; stop: () => void } {
  const sockets = new Set<Socket>();
  let isOver = false;
  const open = (): void => {
    if (isOver) return;
    const socket = connect(Number(port), hostname, () => socket.write(`GET /health HTTP/1.1\r\nHost: ${hostname}`));
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      setTimeout(open, 5);
    });
  };
  for (let nth = 0; nth < HALF_OPEN; nth++) setTimeout(open, nth);
  return {
    held: () => [...sockets].filter(({ readyState }) => readyState === 'open').length,
    stop: () => {
      isOver = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function measure(): Promise<number> {
  const holding = holdHalfOpen();
  await new Promise(resolve => setTimeout(resolve, 3000));
  const times: number[] = [];
  const held: number[] = [];
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let nth = 0; nth < RATE * SECONDS; nth++) {
    const due = startedAt + (nth * 1000) / RATE;
    const wait = due - performance.now();
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait));
    if (nth % RATE === 0) held.push(holding.held());
    const at = performance.now();
    const url = `${hosts[nth % hosts.length]?.answers}/ks.cfg`;
    all.push(
      fetchOnce(url).then(({ status, body }) => {
        if (status !== 200 || !body.startsWith('cdrom\n')) throw new Error(`${status} for ${url}`);
        times.push(performance.now() - at);
      }),
    );
  }
  await Promise.all(all);
  holding.stop();
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? Number.NaN;
  print(
    `${times.length} requests at ${RATE}/s, ${Math.min(...held)} to ${Math.max(...held)} half-open connections held`,
  );
  print(
    `latency p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, most ${at(0.9999).toFixed(1)} ms; limit p99 ${LIMIT_MS} ms`,
  );
  return at(0.99);
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** What the server may say: each of its files, as they are before and after a machine has begun. */
async function allowedBodies(): Promise<Set<string>> {
  const paths = ['/health', '/boot.ipxe', '/grub/grub.cfg'];
  for (let nth = 0; nth < hosts.length; nth++) {
    const mac = `52:54:00:00:00:${String(nth).padStart(2, '0')}`;
    paths.push(`/ipxe/mac/${mac.replaceAll(':', '-')}`, `/grub/mac/${mac}`);
  }
  const urls = [...paths.map(one => base + one), ...hosts.map(({ answers }) => `${answers}/ks.cfg`)];
  const bodies = new Set(['', 'done\n']);
  for (const url of [...urls, ...urls]) bodies.add((await fetchOnce(url)).body);
  return bodies;
}

const PIECES = [
  '..',
  '.',
  '%2e%2e',
  '%2f',
  '%5c',
  '\\',
  '//',
  'etc',
  'passwd',
  'canary',
  'lab.yaml',
  'answers',
  'ks.cfg',
  'health',
  '%00',
  ';',
  '?x',
  '#y',
  'ipxe',
  'mac',
  'grub',
  '..%c0%af',
  'é',
  '*',
  '~root',
  'proc',
  'self',
  'environ',
  'done',
  'boot',
];
const METHODS = [...Array.from({ length: 30 }, () => 'GET'), 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND'];
let seed = 20_261_121;
const random = (below: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((seed / 2 ** 31) * below);
};
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

function fuzzed(): string {
  const tokens = hosts.map(({ answers }) => answers.split('/').at(-1) ?? '');
  const parts = Array.from({ length: 1 + random(6) }, () => (random(8) === 0 ? pick(tokens) : pick(PIECES)));
  const whole = ['/health', '/boot.ipxe', '/ipxe/mac/52-54-00-00-00-01', `/${pick(tokens)}/ks.cfg`];
  if (random(10) === 0) parts.splice(0, parts.length, pick(whole).slice(1));
  const target = `${random(20) === 0 ? 'http://evil/' : '/'}${parts.join(random(10) === 0 ? '' : '/')}`;
  const host = random(10) === 0 ? 'evil.example' : `${hostname}:${port}`;
  const range = random(5) === 0 ? `Range: bytes=${random(50)}-${random(5000)}\r\n` : '';
  return `${pick(METHODS)} ${target} HTTP/1.${random(8) === 0 ? 0 : 1}\r\nHost: ${host}\r\n${range}Connection: close\r\n\r\n`;
}

const send = (text: string): Promise<string> =>
  new Promise(resolve => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
    socket.setEncoding('latin1');
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });

async function fuzz(): Promise<number> {
  const allowed = [...(await allowedBodies())];
  const counts = new Map<string, number>();
  let strange = 0;
  let left = FUZZED;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await send(fuzzed());
      const [head = '', ...rest] = answer.split('\r\n\r\n');
      const body = rest.join('\r\n\r\n');
      const status = head.split(' ')[1] ?? 'none';
      counts.set(status, (counts.get(status) ?? 0) + 1);
      const isKnown = allowed.some(one => (status === '206' ? one.includes(body) : one === body));
      if (!isKnown || answer.includes(CANARY)) strange++;
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  print(
    `${FUZZED} fuzzed requests: ${[...counts]
      .sort()
      .map(([status, count]) => `${status}: ${count}`)
      .join(', ')}`,
  );
  print(`${strange} answers with a byte that is not of the map`);
  return strange;
}

try {
  const p99 = await measure();
  const strange = await fuzz();
  if (p99 > LIMIT_MS || strange > 0) process.exitCode = 1;
} finally {
  server.kill('SIGTERM');
  rmSync(dir, { recursive: true });
}
