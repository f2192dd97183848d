import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isoTarget } from '../../../core/build/iso-target.ts';
import { readRecipe } from '../../../core/recipe/read.ts';
import { hasPacker, Oracle } from './oracle.ts';

const ISO = 'an iso';
const SHA256 = createHash('sha256').update(ISO).digest('hex');
const MD5 = createHash('md5').update(ISO).digest('hex');
/** A server of its own process: asking Packer blocks this one. It gives every file the same content. */
const SERVER = `require('http').createServer((_, answer) => answer.end('${ISO}')).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});`;

describe.skipIf(!hasPacker)('where the ISO is kept', () => {
  const oracle = new Oracle();
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  let port = 0;
  beforeAll(async () => {
    port = Number(String((await once(server.stdout, 'data'))[0]));
  });
  afterAll(() => {
    server.kill();
    oracle.end();
  });

  it.each([
    ['iso_target_path = "kept/my.iso"', `sha256:${SHA256}`],
    ['iso_target_path = "kept"', `sha256:${SHA256}`],
    ['iso_target_path = "kept/"', SHA256],
    ['iso_target_path = "other"\n iso_target_extension = "IMG"', `sha256:${SHA256.toUpperCase()}`],
    ['iso_target_path = "md"', `md5:${MD5}`],
    ['iso_target_path = "unchecked"', 'none'],
  ])('%s with %s', async (line, checksum) => {
    const url = `http://127.0.0.1:${port}/a.iso`;
    const file = oracle.write(
      'work/t.pkr.hcl',
      `source "qemu" "t" {\n iso_url = "${url}"\n iso_checksum = "${checksum}"\n ssh_username = "u"\n headless = true\n ${line}\n}\nbuild { sources = ["source.qemu.t"] }\n`,
    );
    const drive = oracle.qemuArgs('t.pkr.hcl').find(argument => argument.includes('media=cdrom'));
    const { builders } = await readRecipe(path.basename(file), { cwd: oracle.work, env: {} });
    const [builder] = builders;
    const ours = builder && isoTarget(builder.source, { sha256: SHA256, origin: url });
    expect(drive).toBe(`file=${ours},media=cdrom`);
  });
});
