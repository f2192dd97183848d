// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, Folder, source } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());
const template = (text: string): string => {
  folder.write({ 't.pkr.hcl': text });
  return 't.pkr.hcl';
};

describe('data "http"', () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['x-own'] ?? ''}`);
    response.statusCode = request.url === '/gone' ? 404 : 200;
    response.end(request.url === '/index' ? 'SUMS' : `${'a'.repeat(64)}  a.iso\n`);
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('is asked where a builder needs it, each once, the next with what the first said', async () => {
    const text = `data "http" "index" {
  url             = "${url}/index"
  request_headers = { X-Own = "yes" }
}
data "http" "sums" {
  url = "${url}/\${data.http.index.body}"
}
locals {
  sums = data.http.sums.body
}
source "qemu" "t" {
  iso_url      = "http://example.org/a.iso"
  iso_checksum = "sha256:\${split(" ", local.sums)[0]}"
  ssh_username = "root"
}
${build()}`;
    const builder = await folder.builder(template(text));
    expect(builder.source.isoChecksum).toBe(`sha256:${'a'.repeat(64)}`);
    expect(asked).toEqual(['GET /index yes', 'GET /SUMS ']);
  });

  it('is asked once for all readings that share its answers, as the builders of one plan do', async () => {
    asked.length = 0;
    const text = `data "http" "x" {\n  url = "${url}/index"\n}\n${source('  vm_name = data.http.x.body')}${build()}`;
    const httpAnswers = new Map();
    const name = template(text);
    for (let reading = 0; reading < 3; reading++) {
      expect((await folder.builder(name, { httpAnswers })).source.vmName).toBe('SUMS');
    }
    expect(asked).toEqual(['GET /index ']);
    await folder.builder(name, { httpAnswers: new Map() });
    expect(asked).toHaveLength(2);
  });

  it('is not asked where nobody needs it', async () => {
    asked.length = 0;
    await folder.read(template(`data "http" "x" {\n  url = "${url}/index"\n}\n${source()}${build()}`));
    expect(asked).toEqual([]);
  });

  it('that cannot be read is named with its place', async () => {
    const of = (at: string) =>
      folder.error(
        template(`\ndata "http" "x" {\n  url = "${at}"\n}\n${source('  vm_name = data.http.x.body')}${build()}`),
      );
    expect(await of(`${url}/gone`)).toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('the server answered 404'),
      details: { place: { line: 2 } },
    });
    expect((await of('http://127.0.0.1:1/x')).message).toMatch(/ECONNREFUSED|bad port/);
    expect((await of('ftp://x')).message).toContain('no http address');
  });
});
