import type { ExportSettings } from '../model/export.ts';
import type { Manifest } from '../model/manifest.ts';

type Hardware = NonNullable<ExportSettings['network']> | ExportSettings['controller'];

/** Kernels that are made for clouds, and what they have no driver for (Debian's debian/config/amd64/cloud). */
const CLOUD_KERNELS: { kernel: RegExp; lacks: Hardware[]; remedy: string }[] = [
  {
    kernel: /^linux-image-\d.*-cloud-/,
    lacks: ['e1000', 'lsilogic', 'lsilogicsas'],
    remedy:
      'Apply the role of the target in its build (ansible/target.yml; of our own recipe: --var target=virtualbox): it gives the ordinary kernel.',
  },
];

const ANY_KERNEL = /^linux-image-\d/;

/**
 * What of this hardware the kernels in an image, as far as its packages tell, have no driver for, in a sentence with
 * what to do; undefined where all is well, or nobody knows.
 */
export function missingDrivers(
  { packages = [] }: Pick<Manifest, 'packages'>,
  hardware: Hardware[],
): string | undefined {
  const kernels = packages.map(({ name }) => name).filter(name => ANY_KERNEL.test(name));
  for (const { kernel, lacks, remedy } of CLOUD_KERNELS) {
    const missing = hardware.filter(one => lacks.includes(one));
    if (missing.length === 0 || kernels.length === 0 || !kernels.every(name => kernel.test(name))) continue;
    return `The image's kernel (${kernels.join(', ')}) has no driver for the ${missing.join(' and the ')} of this machine. ${remedy}`;
  }
  return undefined;
}
