import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostState } from '../../core/answers/metal/desk.ts';
import { type HostServer, type ServeHostsOptions, serveHosts } from '../../core/answers/metal/serve-hosts.ts';
import type { ToldRequest } from '../../core/answers/service.ts';
import { findProgram } from '../../core/host/programs.ts';
import { readLab } from '../../core/recipe/lab.ts';

const LAB = `
images: {}
variables: {domain: example.org}
targets:
  metal/rack: {variables: {console: ttyS1}}
hosts:
  metal/host1:
    templates: answers
    target: metal/rack
    mac: '52-54-00-12-34-56'
    variables: {disk: /dev/nvme0n1}
    boot: {kernel: vmlinuz, initrd: initrd.img, append: 'console={{ console }} inst.text'}
  metal/host2:
    templates: answers
    uuid: 8f1d5a3e-6b1f-4f61-9b55-4a1f1b8c1a01
    variables: {disk: /dev/sda, console: tty0}
    boot: {kernel: 'http://mirror.example/vmlinuz', append: ''}
  metal/host3:
    templates: answers
    variables: {disk: /dev/sda, console: tty0}
    boot: {kernel: vmlinuz, append: 'quiet'}
`;

let dir: string;
let server: HostServer | undefined;
let requests: ToldRequest[];
let states: [string, HostState][];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-metal-'));
  await mkdir(path.join(dir, 'answers'));
  await writeFile(path.join(dir, 'lab.yaml'), LAB);
  await writeFile(path.join(dir, 'vmlinuz'), Buffer.from([0, 1, 2]));
  await writeFile(path.join(dir, 'initrd.img'), Buffer.from([3, 4, 5]));
  await writeFile(
    path.join(dir, 'answers/ks.cfg'),
    'cdrom\nnetwork --hostname={{ host }}.{{ domain }}\nclearpart --all --drives={{ disk }}\n%packages\n@core\n%end\n%post\ncurl -fs {{ answers }}/done\n%end\n',
  );
  requests = [];
  states = [];
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(dir, { recursive: true });
});

async function start(more: Partial<ServeHostsOptions> = {}): Promise<HostServer> {
  server = await serveHosts(await readLab(dir), {
    bind: '127.0.0.1',
    port: 0,
    hosts: [],
    set: {},
    lifetimeMs: 60_000,
    signal: new AbortController().signal,
    onRequest: request => requests.push(request),
    onState: (name, state) => states.push([name, state]),
    ...more,
  });
  return server;
}

const get = async (url: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(url, { headers: { 'sec-fetch-mode': '' } }).catch(error => {
    throw error;
  });
  return { status: response.status, text: await response.text() };
};

/** As an installer's client asks: Node's fetch says that it is a browser. */
const ask = (
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    http
      .request(url, { method, headers, agent: new http.Agent() }, response => {
        let text = '';
        response.setEncoding('latin1');
        response.on('data', chunk => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
      .on('error', reject)
      .end();
  });

describe('serve-answers', () => {
  it('gives a machine its boot script by its hardware address, and its answers behind a secret', async () => {
    const { base } = await start();
    const start1 = (await ask(`${base}/boot.ipxe`)).text;
    expect(start1).toMatch(/^#!ipxe\n/);
    expect(start1).toContain(`chain --replace ${base}/ipxe/mac/\${net0/mac:hexhyp} ||`);
    const script = (await ask(`${base}/ipxe/mac/52-54-00-12-34-56`)).text;
    const [, own = ''] =
      /^kernel (\S+)\/boot\/vmlinuz initrd=initrd.img inst.ks=\1\/ks.cfg console=ttyS1 inst.text$/m.exec(script) ?? [];
    expect(own).toMatch(new RegExp(`^${base}/[a-z2-9]{26}$`));
    expect(script).toContain(`initrd --name initrd.img ${own}/boot/initrd.img`);
    const answers = (await ask(`${own}/ks.cfg`)).text;
    expect(answers).toContain('network --hostname=host1.example.org\n');
    expect(answers).toContain('--drives=/dev/nvme0n1\n');
    expect((await ask(`${own}/boot/vmlinuz`)).status).toBe(200);
  });

  it('knows machines by the UUID of their firmware, and offers those without either in a menu', async () => {
    const { base } = await start();
    expect((await ask(`${base}/ipxe/uuid/8f1d5a3e-6b1f-4f61-9b55-4a1f1b8c1a01`)).text).toContain(
      'kernel http://mirror.example/vmlinuz inst.ks=',
    );
    const menu = (await ask(`${base}/boot.ipxe`)).text;
    expect(menu).toContain('item metal-host3 metal/host3');
    expect(menu).not.toContain('host1');
    expect((await ask(`${base}/ipxe/name/metal/host3`)).text).toContain('quiet');
    expect((await ask(`${base}/ipxe/name/metal/host1`)).status).toBe(404);
  });

  it('gives a boot script once: the machine that comes back boots its disk', async () => {
    const { base } = await start();
    expect((await ask(`${base}/ipxe/mac/52-54-00-12-34-56`)).text).toContain('kernel ');
    expect((await ask(`${base}/ipxe/mac/52-54-00-12-34-56`)).text).toBe(
      '#!ipxe\n# metal/host1 is installed, or has no kernel here: the next boot device.\nexit\n',
    );
    expect((await ask(`${base}/grub/mac/52:54:00:12:34:56`)).text).not.toContain('linux ');
    expect(states).toEqual([['metal/host1', 'installing']]);
  });

  it('takes the secret folder away when the machine says it is done', async () => {
    const { desk } = await start();
    const own = desk.baseOf('metal/host1');
    expect((await ask(`${own}/ks.cfg`)).status).toBe(200);
    expect((await ask(`${own}/done`)).status).toBe(200);
    expect((await ask(`${own}/ks.cfg`)).status).toBe(404);
    expect((await ask(`${desk.baseOf('metal/host2')}/ks.cfg`)).status).toBe(200);
    expect(states).toEqual([
      ['metal/host1', 'installing'],
      ['metal/host1', 'done'],
      ['metal/host2', 'installing'],
    ]);
  });

  it('takes it away, too, when its time is up', async () => {
    const { desk } = await start({ lifetimeMs: 1 });
    const own = desk.baseOf('metal/host1');
    expect((await ask(`${own}/ks.cfg`)).status).toBe(200);
    await new Promise(resolve => setTimeout(resolve, 2100));
    expect((await ask(`${own}/ks.cfg`)).status).toBe(404);
  });

  it('writes a menu for GRUB, with what would end a word of it escaped', async () => {
    const { base } = await start();
    const host = new URL(base).host;
    expect((await ask(`${base}/grub/grub.cfg`)).text).toContain(`configfile (http,${host})/grub/mac/`);
    await writeFile(path.join(dir, 'answers/user-data'), '#cloud-config\nautoinstall: {version: 1}\n');
    await rm(path.join(dir, 'answers/ks.cfg'));
    await server?.close();
    const again = await start();
    const menu = (await ask(`${again.base}/grub/mac/52:54:00:12:34:56`)).text;
    expect(menu).toMatch(/linux \(http,[^)]*\)\/[a-z2-9]{26}\/boot\/vmlinuz autoinstall ds=nocloud\\;s=http/);
  });

  it('tells each request without a secret', async () => {
    const { desk } = await start();
    await ask(`${desk.baseOf('metal/host1')}/ks.cfg`);
    await ask(`${desk.base}/nothing/${desk.baseOf('metal/host1').split('/').at(-1)}`);
    expect(requests.map(({ peer, path: asked, status }) => [peer, asked, status])).toEqual([
      ['127.0.0.1', '/<metal/host1>/ks.cfg', 200],
      ['127.0.0.1', '/nothing/<metal/host1>', 404],
    ]);
  });

  it("keeps the build's rules: one address, its own name, no browser, GET and HEAD only", async () => {
    await expect(start({ bind: '0.0.0.0' })).rejects.toMatchObject({ code: 'usage' });
    const { base } = await start();
    expect(await ask(`${base}/health`)).toEqual({ status: 200, text: 'ok\n' });
    expect((await ask(`${base}/health`, { headers: { host: 'evil.example' } })).status).toBe(403);
    expect((await ask(`${base}/health`, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
    expect((await ask(`${base}/health`, { method: 'POST' })).status).toBe(405);
    expect((await get(`${base}/health`)).status).toBe(403);
  });

  it('refuses a machine the lab does not have, a kernel that is not there, and a variable that nobody sets', async () => {
    await expect(start({ hosts: ['metal/hots1'] })).rejects.toMatchObject({
      code: 'not-found',
      hint: 'Did you mean metal/host1?',
    });
    await writeFile(path.join(dir, 'answers/ks.cfg'), 'lang {{ locale }}\n');
    await expect(start()).rejects.toMatchObject({ code: 'bad-answers', message: 'Nothing sets the variable locale.' });
    await writeFile(path.join(dir, 'answers/ks.cfg'), 'cdrom\n');
    await rm(path.join(dir, 'vmlinuz'));
    await expect(start({ hosts: ['metal/host1'] })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('takes variables from the command line', async () => {
    const { desk } = await start({ set: { disk: '/dev/vdb' }, hosts: ['metal/host1'] });
    expect((await ask(`${desk.baseOf('metal/host1')}/ks.cfg`)).text).toContain('--drives=/dev/vdb');
    expect(desk.list()).toHaveLength(1);
  });

  it.skipIf(!findProgram('openssl'))('speaks TLS, and nothing else then', async () => {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        path.join(dir, 'key.pem'),
        '-out',
        path.join(dir, 'cert.pem'),
        '-days',
        '2',
        '-subj',
        '/CN=127.0.0.1',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
      ],
      { stdio: 'pipe' },
    );
    const [cert, key] = [await readFile(path.join(dir, 'cert.pem')), await readFile(path.join(dir, 'key.pem'))];
    const { base } = await start({ tls: { cert, key } });
    expect(base).toMatch(/^https:/);
    const text = await new Promise<string>((resolve, reject) => {
      https
        .get(`${base}/ipxe/mac/52-54-00-12-34-56`, { ca: cert }, response => {
          let body = '';
          response.on('data', chunk => (body += chunk));
          response.on('end', () => resolve(body));
        })
        .on('error', reject);
    });
    expect(text).toContain(`inst.ks=${base}/`);
    await expect(ask(base.replace('https', 'http'))).rejects.toThrow();
  });
});
