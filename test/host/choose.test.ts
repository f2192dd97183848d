import { describe, expect, it } from 'vitest';
import { chooseAccelerator, chooseFirmware } from '../../core/host/choose.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import type { AcceleratorFacts, AcceleratorState, EfiFirmware } from '../../core/model/host.ts';

const qemu = { path: '/usr/bin/qemu-system-x86_64', version: '10.0.2', machineTypes: {} };
const entry = (accelerator: 'kvm' | 'tcg', state: AcceleratorState): AcceleratorFacts => ({
  accelerator,
  state,
  cpuModel: accelerator === 'kvm' ? 'host' : 'max',
  reason: `${accelerator} is ${state}.`,
});
const host = (kvm: AcceleratorState, tcg: AcceleratorState, version = '10.0.2') => ({
  qemu: { ...qemu, version },
  accelerators: [entry('kvm', kvm), entry('tcg', tcg)],
});

describe('the accelerator', () => {
  it('is KVM, without a warning, where it was proved', () => {
    const choice = chooseAccelerator(host('proved', 'unproved'));
    expect(choice).toEqual({ accelerator: 'kvm', cpuModel: 'host', reason: 'KVM: kvm is proved.' });
  });

  it.each(['failed', 'absent'] as const)('is emulation, with the reason as a warning, where KVM is %s', state => {
    const choice = chooseAccelerator(host(state, 'proved'));
    expect(choice.accelerator).toBe('tcg');
    expect(choice.warning).toBe(`KVM is not used. kvm is ${state}.`);
  });

  it('is never one that failed, even when a recipe asks for it', () => {
    expect(chooseAccelerator(host('failed', 'proved'), 'kvm').accelerator).toBe('tcg');
    expect(chooseAccelerator(host('proved', 'failed'), 'tcg').accelerator).toBe('kvm');
  });

  it.each(['none', 'tcg'])('is emulation where a recipe asks for %s', wanted => {
    const choice = chooseAccelerator(host('proved', 'unproved'), wanted);
    expect(choice.accelerator).toBe('tcg');
    expect(choice.warning).toBeUndefined();
  });

  it('is the best of this host where a recipe was written for another one', () => {
    const choice = chooseAccelerator(host('proved', 'unproved'), 'hvf');
    expect(choice.accelerator).toBe('kvm');
    expect(choice.warning).toContain("'hvf' is not for this host");
  });

  it('is used unproved with a warning, where there was nothing to prove it with', () => {
    const choice = chooseAccelerator(host('unproved', 'unproved'));
    expect(choice.accelerator).toBe('kvm');
    expect(choice.warning).toBe('kvm is unproved.');
  });

  it('comes with a warning and a hint where this QEMU is known to be bad with it', () => {
    const choice = chooseAccelerator(host('absent', 'proved', '7.2.22'));
    expect(choice.warning).toContain('QEMU 7.2.22: its emulation (TCG) corrupts guests');
    expect(choice.hint).toContain('QEMU 8');
  });

  it.each([
    ['QEMU is missing', { accelerators: [] }, 'QEMU for x86-64 guests is not installed'],
    ['all failed', host('failed', 'failed'), 'No accelerator works on this host. KVM: kvm is failed. emulation'],
  ])('cannot be chosen when %s', (_why, facts, message) => {
    const choose = () => chooseAccelerator(facts);
    expect(choose).toThrow(GoldsmithError);
    expect(choose).toThrow(message);
  });
});

describe('the firmware', () => {
  const firmware = (code: string, features: Partial<EfiFirmware>): EfiFirmware => ({
    description: code,
    arch: 'x86_64',
    code,
    varsTemplate: 'vars',
    isSecureBoot: false,
    hasEnrolledKeys: false,
    needsSmm: false,
    machines: ['pc-q35-*'],
    ...features,
  });
  const facts = {
    firmware: [
      firmware('secure', { isSecureBoot: true, needsSmm: true }),
      firmware('enrolled', { isSecureBoot: true, hasEnrolledKeys: true, needsSmm: true }),
      firmware('plain', {}),
      firmware('old', { machines: ['pc-i440fx-*'] }),
    ],
  };
  const choose = (machineType: string, secureBoot: boolean) =>
    chooseFirmware(facts, { arch: 'x86_64', machineType, secureBoot }).code;

  it('fits the machine type', () => {
    expect(choose('pc-q35-10.0', false)).toBe('plain');
    expect(choose('pc-i440fx-10.0', false)).toBe('old');
  });

  it('has the vendors’ keys where Secure Boot is asked for', () => {
    expect(choose('pc-q35-10.0', true)).toBe('enrolled');
  });

  it('is refused with what to do when there is none', () => {
    expect(() => choose('pc-i440fx-10.0', true)).toThrow('no UEFI firmware with Secure Boot');
    expect(() => chooseFirmware(facts, { arch: 'aarch64', machineType: 'virt-10.0', secureBoot: false })).toThrow(
      'aarch64',
    );
  });
});
