import { expect, it } from 'vitest';
import { KNOWN_BAD, knownBad } from '../../core/host/known-bad.ts';
import { compareVersions, versionIn } from '../../core/host/version.ts';

it.each([
  ['QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1~bpo12+1)', '10.0.2'],
  ['qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7)', '7.2.22'],
  ['OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.19 27 Jan 2026', '9.2'],
  ['ansible-playbook [core 2.14.18]', '2.14.18'],
  ['Packer v1.6.6', '1.6.6'],
  ['xz (XZ Utils) 5.4.1', '5.4.1'],
  ['no number here, x86_64', undefined],
])('reads the version in %j', (text, version) => {
  expect(versionIn(text)).toBe(version);
});

it('compares versions by number, missing parts as 0', () => {
  expect(compareVersions('10.0.2', '9.1')).toBeGreaterThan(0);
  expect(compareVersions('7.2.22', '8')).toBeLessThan(0);
  expect(compareVersions('8', '8.0.0')).toBe(0);
});

it('knows which QEMU must not emulate', () => {
  expect(knownBad('7.2.22', 'tcg')?.problem).toContain('corrupts');
  expect(knownBad('7.2.22', 'kvm')).toBeUndefined();
  expect(knownBad('8.0.0', 'tcg')).toBeUndefined();
  expect(knownBad('10.0.2', 'tcg')).toBeUndefined();
  for (const { hint, problem } of KNOWN_BAD) expect(hint && problem).toBeTruthy();
});
