import path from 'node:path';
import { JOURNAL } from '../../build/journal.ts';
import type { Host } from '../host.ts';
import { tail } from './file-tail.ts';
import type { StreamIo } from './streams.ts';

/** How long after a build's last event its journal is still looked at: giving back is told after the end. */
const ENDED_POLLS = 3;

/** The bytes of a build's journal from an offset on, and what is added until the build has ended. */
export async function journalStream(args: { build: string; from: number }, host: Host, io: StreamIo): Promise<void> {
  const engine = await host.engine();
  const { state, dir } = await engine.show(args.build);
  let pollsAfterEnd = 0;
  await tail(path.join(dir, JOURNAL), {
    from: args.from,
    signal: io.signal,
    use: io.send,
    goesOn: async () => (await isRunning()) || pollsAfterEnd++ < ENDED_POLLS,
  });

  async function isRunning(): Promise<boolean> {
    return state.outcome === 'running' && (await engine.show(state.id)).state.outcome === 'running';
  }
}
