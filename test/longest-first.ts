import path from 'node:path';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/**
 * Of a whole run the files that take longest, the longest first: one that begins as the last keeps one worker waiting.
 * In a clean clone nothing else says so, as vitest remembers durations in node_modules. Two libvirts that give screens
 * ports of this host know nothing of each other: `drivers` and `libvirt-remote` are kept apart.
 */
const LONGEST = [
  'real/pipeline',
  'contract/drivers',
  'real/libvirt',
  'real/exports',
  'contract/checkpoints',
  'real/documentation',
  'app/whole-way',
  'real/libvirt-remote',
  'real/libvirt-network',
  'real/cache',
  'real/tiny-install',
  'real/rewind',
  'real/packer-template',
  'app/stands',
  'real/explain',
  'real/netboot',
].map(name => path.resolve('test', `${name}.test.ts`));

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.indexOf(moduleId);
  return at < 0 ? LONGEST.length : at;
};

/** Else as vitest would have it: what failed last, what took longest, what is largest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}
