import { parentPort, workerData } from 'node:worker_threads';
import { type CallName, callsOf } from './calls.ts';
import { Native, NativeError, type NativeFailure } from './native.ts';

/** A request to this thread, and its answer. */
export interface CallRequest {
  name: CallName;
  args: unknown[];
}
export type CallAnswer = { value: unknown } | { failure: NativeFailure } | { fault: string };

const calls = callsOf(new Native(workerData as { libvirt: string; qemu?: string })) as Record<
  string,
  (...args: unknown[]) => unknown
>;

parentPort?.on('message', ({ name, args }: CallRequest) => {
  parentPort?.postMessage(answer(name, args));
});

function answer(name: CallName, args: unknown[]): CallAnswer {
  try {
    return { value: calls[name]?.(...args) };
  } catch (error) {
    if (error instanceof NativeError) return { failure: error.failure };
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
