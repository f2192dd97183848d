import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { chooseAccelerator } from '../../core/host/choose.ts';
import { probeHost } from '../../core/host/host.ts';
import { goldsmithHome } from '../../core/store/paths.ts';

const top = mkdtempSync(path.join(tmpdir(), 'goldsmith-host-'));
afterAll(() => rmSync(top, { recursive: true }));

/** Downloads are shared with the other tests; what is known of the host starts empty. */
const home = () => ({ ...goldsmithHome(), store: path.join(top, 'store') });

it('proves an accelerator with a real kernel, whatever KVM does here, and remembers it', async () => {
  const signal = new AbortController().signal;
  const notes: string[] = [];
  const facts = await probeHost({ home: home(), signal, refresh: true, onNote: note => notes.push(note) });
  const choice = chooseAccelerator(facts);
  expect(facts.accelerators.find(({ accelerator }) => accelerator === choice.accelerator)).toMatchObject({
    state: 'proved',
    bootMs: expect.any(Number),
  });
  const kvm = facts.accelerators.find(({ accelerator }) => accelerator === 'kvm');
  if (kvm?.state !== 'proved') expect(choice.warning).toContain(kvm?.reason);
  expect(facts.qemu?.machineTypes.q35).toMatch(/^pc-q35-/);
  expect(facts.firmware.length).toBeGreaterThan(0);

  const told = notes.length;
  expect((await probeHost({ home: home(), signal, onNote: note => notes.push(note) })).accelerators).toEqual(
    facts.accelerators,
  );
  expect(notes).toHaveLength(told);
});
