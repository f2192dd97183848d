/** What a guest has written to all its disks since its machine was started, in bytes, by QEMU's own count. */
export async function writtenBytes(execute: (command: string) => Promise<unknown>): Promise<number> {
  const disks = (await execute('query-blockstats')) as { stats: { wr_bytes: number } }[];
  return disks.reduce((sum, { stats }) => sum + stats.wr_bytes, 0);
}
