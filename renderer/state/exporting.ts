import { create } from 'zustand';
import type { Failure } from '../../core/model/failure.ts';
import { emptyState, foldEvent, type ProgressState } from '../../core/model/fold.ts';
import type { ExportInfo } from '../../core/model/hand-off.ts';
import type { CallArguments } from '../../electron/ipc/contract.ts';
import { call } from '../link/engine.ts';
import { tell } from './ask.ts';
import { useRoute } from './route.ts';

/** The export that this page has under way, and how the last one ended. It goes on while other screens are looked at. */
export interface Exporting {
  running: { ref: string; progress: ProgressState | undefined } | undefined;
  result: ExportInfo | Failure | undefined;
}

export const useExporting = create<Exporting>(() => ({ running: undefined, result: undefined }));

let stop = new AbortController();

/** Starts one; there is one at a time. It goes on, too, when the page is closed. @returns whether it was made */
export async function startExport(args: CallArguments<'export.start'>): Promise<boolean> {
  stop = new AbortController();
  let state = emptyState();
  useExporting.setState({ running: { ref: args.ref, progress: undefined }, result: undefined });
  const reply = await call('export.start', args, {
    signal: stop.signal,
    onEvent: told => {
      state = foldEvent(state, told);
      if (state.progress) useExporting.setState({ running: { ref: args.ref, progress: state.progress } });
    },
  });
  useExporting.setState({ running: undefined, result: reply.ok ? reply.value : reply.failure });
  if (useRoute.getState().parts[0] !== 'exports') {
    if (reply.ok) tell({ variant: 'success', title: `Exported ${args.ref}`, text: reply.value.dir });
    else tell({ variant: 'danger', title: `The export of ${args.ref} failed`, text: reply.failure.message });
  }
  return reply.ok;
}

/** Gives the one under way up; nothing of it is left. */
export const stopExport = (): void => stop.abort();
