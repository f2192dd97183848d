import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HostMemory } from '../../core/host/memory.ts';
import { readPackageTable } from '../../core/host/package-table.ts';
import { findProgram, lookForTool, programVersion } from '../../core/host/programs.ts';
import { parseMachineTypes } from '../../core/host/qemu.ts';

let top: string;
let memory: HostMemory;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'goldsmith-memory-'));
  memory = new HostMemory(path.join(top, 'cache', 'facts.json'));
});
afterEach(() => rmSync(top, { recursive: true }));

const program = (name: string, script: string): string => {
  const file = path.join(top, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
};

describe('what is remembered', () => {
  const file = () => path.join(top, 'cache', 'facts.json');

  it('outlives the process, and is forgotten when its stamp changes', () => {
    memory.remember('key', 'stamp', 'value');
    memory.save();
    const later = new HostMemory(file());
    expect(later.recall('key', 'stamp', z.string())).toBe('value');
    expect(later.recall('key', 'other stamp', z.string())).toBeUndefined();
    expect(later.recall('key', 'stamp', z.number())).toBeUndefined();
  });

  it('is not written again when nothing new was found out', () => {
    memory.remember('key', 'stamp', 'value');
    memory.save();
    rmSync(file());
    new HostMemory(file()).save();
    expect(existsSync(file())).toBe(false);
  });

  it.each(['', '{', '[]', '{"format":2,"known":{}}', '{"format":1,"known":{"key":"value"}}'])(
    'is nothing when the file holds %j',
    content => {
      memory.remember('other', 'stamp', 'value');
      memory.save();
      writeFileSync(file(), content);
      expect(new HostMemory(file()).recall('key', 'stamp', z.string())).toBeUndefined();
    },
  );

  it('is no failure where it cannot be written', () => {
    writeFileSync(path.join(top, 'cache'), 'a file where the folder should be');
    memory.remember('key', 'stamp', 'value');
    expect(() => memory.save()).not.toThrow();
  });
});

describe('programs', () => {
  it('are found on the path, and only where they can be started', () => {
    const tool = program('tool', 'true');
    writeFileSync(path.join(top, 'data'), '');
    expect(findProgram('tool', top)).toBe(tool);
    expect(findProgram('data', top)).toBeUndefined();
    expect(findProgram('tool', 'relative:')).toBeUndefined();
  });

  it('are asked for their version once, and again after an upgrade', async () => {
    const log = path.join(top, 'log');
    const tool = program('tool', `echo asked >>${log}; echo tool 1.2`);
    expect(await programVersion(tool, memory)).toBe('1.2');
    expect(await programVersion(tool, memory)).toBe('1.2');
    program('tool', `echo asked >>${log}; echo tool 1.3`);
    utimesSync(tool, new Date(), new Date(Date.now() + 5000));
    expect(await programVersion(tool, memory)).toBe('1.3');
    expect(readFileSync(log, 'utf8')).toBe('asked\nasked\n');
  });

  it('that tell no version, or fail, have none', async () => {
    expect(await programVersion(program('mute', 'true'), memory)).toBeUndefined();
    expect(await programVersion(program('broken', 'exit 1'), memory)).toBeUndefined();
    const again = program('again', `[ -e "$0.seen" ] && echo 2.0 && exit; touch "$0.seen"; exit 1`);
    expect(await programVersion(again, memory)).toBeUndefined();
    expect(await programVersion(again, memory)).toBe('2.0');
  });
});

describe('a row of the package table', () => {
  const row = (check: string) => ({ group: 'run' as const, check, packages: { apt: ['p'] }, purpose: 'a test' });

  it('is there as a program, as a file, or as one of several', async () => {
    const tool = program('tool', 'echo tool 1.2');
    expect(await lookForTool(row(tool), memory)).toMatchObject({ path: tool, isTooOld: false });
    expect(await lookForTool(row(`/nowhere|${tool}`), memory)).toMatchObject({ path: tool });
    expect(await lookForTool(row('no-such-program|sh'), memory)).toMatchObject({ path: findProgram('sh') });
    expect((await lookForTool(row('/nowhere'), memory)).path).toBeUndefined();
  });

  it('is too old below the version it asks for', async () => {
    expect(await lookForTool(row('git>=1.0'), memory)).toMatchObject({ isTooOld: false });
    expect(await lookForTool(row('git>=999'), memory)).toMatchObject({ isTooOld: true, path: findProgram('git') });
  });
});

it('reads every row of the real table: each with a check, a purpose and a package for apt', () => {
  const rows = readPackageTable();
  expect(rows.length).toBeGreaterThan(20);
  for (const { check, purpose, packages } of rows) {
    expect([check, purpose, packages.apt?.join(' ')]).not.toContain('');
    expect(packages.apt?.join()).toMatch(/^[a-z0-9,.+-]+$/);
  }
});

it('reads what QEMU’s short machine names stand for', () => {
  const help = [
    'Supported machines are:',
    'microvm              microvm (i386)',
    'pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-10.0)',
    'q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-10.0)',
    'pc-q35-9.2           Standard PC (Q35 + ICH9, 2009)',
  ].join('\n');
  expect(parseMachineTypes(help)).toEqual({ pc: 'pc-i440fx-10.0', q35: 'pc-q35-10.0' });
});
