import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lookAtFirmware } from '../../core/host/firmware.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'goldsmith-firmware-'));
  for (const name of ['user', 'etc', 'share']) mkdirSync(path.join(top, name));
});
afterEach(() => rmSync(top, { recursive: true }));

const file = (name: string): string => {
  writeFileSync(path.join(top, name), '');
  return path.join(top, name);
};
const folders = () => ['user', 'etc', 'share', 'missing'].map(name => path.join(top, name));

/** As Debian's package ovmf writes them. */
const descriptor = (code: string, vars: string, features: string[] = [], format = 'raw') => ({
  description: `firmware ${path.basename(code)}`,
  'interface-types': ['uefi'],
  mapping: {
    device: 'flash',
    executable: { filename: code, format },
    'nvram-template': { filename: vars, format },
  },
  targets: [{ architecture: 'x86_64', machines: ['pc-q35-*'] }],
  features,
  tags: [],
});
const write = (name: string, content: unknown) =>
  writeFileSync(path.join(top, name), typeof content === 'string' ? content : JSON.stringify(content));
const codes = () => lookAtFirmware(folders(), []).map(({ code }) => path.basename(code));

it('reads what a descriptor says', () => {
  const [code, vars] = [file('CODE.fd'), file('VARS.fd')];
  write('share/40-secure.json', descriptor(code, vars, ['enrolled-keys', 'requires-smm', 'secure-boot']));
  expect(lookAtFirmware(folders(), [])).toEqual([
    {
      description: 'firmware CODE.fd',
      arch: 'x86_64',
      code,
      varsTemplate: vars,
      isSecureBoot: true,
      hasEnrolledKeys: true,
      needsSmm: true,
      machines: ['pc-q35-*'],
    },
  ]);
});

it('keeps the order of the names, and lets a nearer folder replace or hide a file', () => {
  const vars = file('VARS.fd');
  write('share/60-b.json', descriptor(file('b'), vars));
  write('share/50-a.json', descriptor(file('a'), vars));
  write('share/70-hidden.json', descriptor(file('hidden'), vars));
  write('etc/60-b.json', descriptor(file('b-of-etc'), vars));
  write('user/70-hidden.json', '');
  expect(codes()).toEqual(['a', 'b-of-etc']);
});

it.each([
  ['whose code is missing', (vars: string) => descriptor('/nowhere/CODE.fd', vars)],
  ['whose variables are missing', (vars: string) => descriptor(vars, '/nowhere/VARS.fd')],
  ['in a format we do not attach', (vars: string) => descriptor(vars, vars, [], 'qcow2')],
  ['that is no UEFI', (vars: string) => ({ ...descriptor(vars, vars), 'interface-types': ['bios'] })],
  [
    'mapped into memory',
    (vars: string) => ({ ...descriptor(vars, vars), mapping: { device: 'memory', filename: vars } }),
  ],
  ['that is no JSON', () => '{'],
])('leaves out firmware %s', (_what, make) => {
  const vars = file('VARS.fd');
  write('share/50-odd.json', make(vars));
  write('share/60-good.json', descriptor(file('good'), vars));
  expect(codes()).toEqual(['good']);
});

it('finds firmware at known places on a host without descriptors, and none twice', () => {
  const [code, varsTemplate] = [file('CODE.fd'), file('VARS.fd')];
  const known = {
    description: 'known',
    arch: 'x86_64' as const,
    code,
    varsTemplate,
    isSecureBoot: false,
    hasEnrolledKeys: false,
    needsSmm: false,
    machines: ['pc-q35-*'],
  };
  expect(lookAtFirmware(folders(), [known, { ...known, code: '/nowhere' }])).toEqual([known]);
  write('share/60-same.json', descriptor(code, varsTemplate));
  expect(lookAtFirmware(folders(), [known]).map(({ description }) => description)).toEqual(['firmware CODE.fd']);
});
