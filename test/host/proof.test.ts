import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EMULATED_CPU, kvmObstacle, lookAtAccelerators, type ProofContext } from '../../core/host/accelerators.ts';
import { HostMemory } from '../../core/host/memory.ts';
import { initProgram, MARK, proofInitrd } from '../../core/host/proof/init.ts';
import { hostKernel, isKernel } from '../../core/host/proof/kernel.ts';
import { lastLine } from '../../core/host/proof/prove.ts';
import { lookAtSystem } from '../../core/host/system.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'goldsmith-proof-test-'));
});
afterEach(() => rmSync(top, { recursive: true }));

/** The shape of a kernel: what `isKernel` looks at. */
const kernelFile = (name: string): string => {
  const image = Buffer.alloc(1024);
  image.write('HdrS', 0x202, 'latin1');
  writeFileSync(path.join(top, name), image);
  return path.join(top, name);
};

/** Stands in for QEMU: a program that behaves as one of its kinds of failure, or says the mark. */
const standIn = (script: string): string => {
  const file = path.join(top, 'qemu');
  writeFileSync(file, `#!/bin/sh\necho "$@" >>${top}/calls\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
};

const context = (qemu: string, more: Partial<ProofContext> = {}): ProofContext => ({
  qemu: { path: qemu, version: '10.0.2', machineTypes: {} },
  // Of another architecture, so that KVM is out of the question on every host this runs on.
  system: { ...lookAtSystem(), arch: 'aarch64' },
  memory: new HostMemory(path.join(top, 'facts.json')),
  isRefreshed: false,
  kernel: async () => kernelFile('vmlinuz'),
  signal: new AbortController().signal,
  onNote: () => {},
  ...more,
});
const tcg = async (ofContext: ProofContext) =>
  (await lookAtAccelerators(ofContext)).find(({ accelerator }) => accelerator === 'tcg');

describe('a proof', () => {
  it('holds when user space said the mark, is remembered, and is made again on demand', async () => {
    const notes: string[] = [];
    const own = context(standIn(`echo '${MARK}'`), { onNote: note => notes.push(note) });
    expect(await tcg(own)).toMatchObject({ state: 'proved', cpuModel: EMULATED_CPU });
    expect(await tcg(own)).toMatchObject({ state: 'proved', bootMs: expect.any(Number) });
    expect(notes).toHaveLength(1);
    await tcg({ ...own, isRefreshed: true });
    expect(notes).toHaveLength(2);
  });

  it('is made anew for another processor than the one that was proved', async () => {
    const own = context(standIn(`echo '${MARK}'`));
    await tcg(own);
    own.memory.save();
    const facts = path.join(top, 'facts.json');
    writeFileSync(facts, readFileSync(facts, 'utf8').replaceAll(EMULATED_CPU, 'qemu64'));
    expect(await tcg({ ...own, memory: new HostMemory(facts) })).toMatchObject({ cpuModel: EMULATED_CPU });
    expect(readFileSync(path.join(top, 'calls'), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('fails when the kernel ends before user space, with its last words', async () => {
    const found = await tcg(context(standIn("echo 'Booting'; echo 'Kernel panic - not syncing: no init'")));
    expect(found).toMatchObject({
      state: 'failed',
      reason: 'It died while booting a real kernel. The last it said: Kernel panic - not syncing: no init',
    });
  });

  it('fails when QEMU itself dies', async () => {
    const found = await tcg(context(standIn('echo "qemu: failed to set MSR 0x10a" >&2; exit 134')));
    expect(found?.state).toBe('failed');
    expect(found?.reason).toContain('MSR 0x10a');
  });

  it('is not claimed, nor remembered, without a kernel', async () => {
    const own = context(standIn(`echo '${MARK}'`));
    expect(await tcg({ ...own, kernel: async () => undefined })).toMatchObject({ state: 'unproved' });
    expect(await tcg(own)).toMatchObject({ state: 'proved' });
  });

  it('ends with the abort of its signal', async () => {
    const signal = AbortSignal.timeout(200);
    await expect(tcg(context(standIn('exec sleep 20'), { signal }))).rejects.toThrow();
  });
});

describe('KVM', () => {
  it('is absent on another architecture, without its device, and without permission', () => {
    expect(kvmObstacle({ arch: 'aarch64' })).toContain('aarch64');
    expect(kvmObstacle({ arch: 'x86_64' }, path.join(top, 'kvm'))).toContain('There is no');
    writeFileSync(path.join(top, 'kvm'), '');
    expect(kvmObstacle({ arch: 'x86_64' }, path.join(top, 'kvm'))).toBeUndefined();
  });
});

describe('the kernel', () => {
  it('is the newest readable one of the host', () => {
    kernelFile('vmlinuz-6.1.0-9-amd64');
    const newest = kernelFile('vmlinuz-6.1.0-47-amd64');
    writeFileSync(path.join(top, 'vmlinuz-9.9-not-a-kernel'), 'text');
    expect(hostKernel(top)).toBe(newest);
    expect(hostKernel(path.join(top, 'missing'))).toBeUndefined();
    expect(isKernel(path.join(top, 'vmlinuz-9.9-not-a-kernel'))).toBe(false);
  });
});

describe('our init', () => {
  it('is a 64-bit x86 program whose entry lies behind its text', () => {
    const program = initProgram();
    expect(program.subarray(0, 5).toString('latin1')).toBe('\x7fELF\x02');
    expect(program.readUInt16LE(18)).toBe(62);
    const entry = Number(program.readBigUInt64LE(24)) - 0x400000;
    expect(program[entry]).toBe(0xb8);
    expect(program.subarray(120, entry).toString()).toBe(`\n${MARK}\n`);
    expect(proofInitrd().includes(program)).toBe(true);
  });
});

it.each([
  ['Booting\nKVM internal error. Suberror: 1\nEAX=0001\nCode=05 83', 'KVM internal error. Suberror: 1'],
  ['EAX=0001\nCode=05 83 fa', 'QEMU printed its registers: the machine was stopped.'],
  ['[    0.1] Linux\r\n\r\nqemu-system-x86_64: terminating on signal 15 from pid 7 (node)', '[    0.1] Linux'],
  ['\x1bc\x1b[?7lSeaBIOS (version 1.16)\n\n', 'SeaBIOS (version 1.16)'],
  ['\n\n', undefined],
])('the last words of %j', (text, words) => {
  expect(lastLine(text)).toBe(words);
});
