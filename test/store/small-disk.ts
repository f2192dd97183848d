import { mkdir } from 'node:fs/promises';
import { run } from '../../core/exec.ts';

/** A file system that is soon full; undefined where mounting is not allowed. */
export async function mountSmallDisk(
  dir: string,
  sizeBytes: number,
): Promise<{ unmount: () => Promise<void>; resize: (sizeBytes: number) => Promise<void> } | undefined> {
  await mkdir(dir, { recursive: true });
  const mount = (options: string) => run('mount', ['-t', 'tmpfs', '-o', options, 'goldsmith-test', dir]);
  try {
    await mount(`size=${sizeBytes}`);
  } catch {
    return undefined;
  }
  return {
    unmount: async () => void (await run('umount', ['-l', dir])),
    resize: bytes => mount(`remount,size=${bytes}`).then(() => undefined),
  };
}
