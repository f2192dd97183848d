import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { maskLog, maskWrittenLog } from '../../core/engine/mask-log.ts';
import { Redactor } from '../../core/model/redact.ts';

const file = path.join(mkdtempSync(path.join(tmpdir(), 'mask-log-')), 'serial.log');
const secrets = new Redactor();
secrets.add('geheim-é', 'token-1234');

it('masks what is secret and keeps every other byte, over the borders of what is read at once', async () => {
  const noise = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const parts = Array.from({ length: 2000 }, (_, index) =>
    Buffer.concat([noise, Buffer.from(`\nurl=token-1234/${index} geheim-é\r\n`)]),
  );
  writeFileSync(file, Buffer.concat([...parts, Buffer.from('the end: token-1234')]));
  await maskLog(file, secrets);
  const wanted = parts.map((_, index) => Buffer.concat([noise, Buffer.from(`\nurl=<secret>/${index} <secret>\r\n`)]));
  expect(readFileSync(file)).toEqual(Buffer.concat([...wanted, Buffer.from('the end: <secret>')]));
});

it('masks what stands there already while the machine goes on writing: no byte moves', async () => {
  const begun = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(' geheim-é\r\nurl=token-1234/x\n$ ')]);
  writeFileSync(file, begun);
  const machine = openSync(file, 'a'); // as QEMU has it
  await maskWrittenLog(file, secrets);
  writeSync(machine, 'poweroff\n');
  closeSync(machine);
  const wanted = Buffer.from(' *********\r\nurl=**********/x\n$ poweroff\n');
  expect(readFileSync(file)).toEqual(Buffer.concat([Buffer.from([0xff, 0xfe]), wanted]));
});

it.each([maskLog, maskWrittenLog])('does nothing for a machine that never wrote', async mask => {
  await expect(mask(`${file}.absent`, secrets)).resolves.toBeUndefined();
});
