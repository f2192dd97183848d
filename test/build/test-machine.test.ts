import { describe, expect, it } from 'vitest';
import { processors } from '../../core/build/steps/test.ts';
import type { Machine } from '../../core/model/machine.ts';

describe('the processors of a clone that is tested', () => {
  const machine = (accelerator: Machine['accelerator'], count: number): Machine =>
    ({ accelerator, cpus: { count } }) as Machine;
  const rules = { seed: 'nocloud', user: 'root', timeoutMs: 1, boots: 2, clones: 2 } as const;

  it.each([
    ['kvm', 4, 2, 4],
    ['tcg', 4, 2, 1],
    ['tcg', 4, 8, 4],
    ['tcg', 2, 1, 1],
    ['tcg', 1, 2, 1],
  ] as const)('%s with %i on a host that has %i: %i', (accelerator, count, ofHost, each) => {
    expect(processors(machine(accelerator, count), rules, ofHost)).toEqual({ count: each });
  });

  it("are the lab's where it says how many", () => {
    expect(processors(machine('tcg', 1), { ...rules, cpus: 3 }, 1)).toEqual({ count: 3 });
  });
});
