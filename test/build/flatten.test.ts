import { expect, it } from 'vitest';
import { MomentOrder } from '../../core/build/checkpoint-order.ts';
import { flatten } from '../../core/build/checkpoint-save.ts';
import type { Session } from '../../core/build/session.ts';

/** As much of a session as its disks are flattened by; the machine says which disk it was asked for. */
const sessionOf = (useBackingFile: boolean, flattened: string[]): Session =>
  ({
    order: new MomentOrder(),
    run: {},
    context: { target: { builder: { source: { useBackingFile } } } },
    machine: { disks: [{ id: 'disk0', path: '/disk0.qcow2', format: 'qcow2' }] },
    layers: { begin: async () => 'next', empty: async () => [{ id: 'disk0', path: '/next/disk0.raw', format: 'raw' }] },
    vm: { flatten: async (disk: string) => void flattened.push(disk) },
    nowOn: () => {},
  }) as unknown as Session;

it.each([
  [false, ['disk0']],
  [true, []],
])('with use_backing_file = %s the disks flattened are %j', async (useBackingFile, expected) => {
  const flattened: string[] = [];
  await flatten(sessionOf(useBackingFile, flattened));
  expect(flattened).toEqual(expected);
});
