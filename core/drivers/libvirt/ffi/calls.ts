import { connectCalls } from './connect.ts';
import { domainCalls } from './domain.ts';
import { momentCalls } from './moment.ts';
import type { Native } from './native.ts';
import { networkCalls } from './network.ts';
import { snapshotCalls } from './snapshot.ts';
import { storageCalls } from './storage.ts';

/** Everything that can be asked of a calling thread, by name. Arguments and values are plain data. */
export const callsOf = (native: Native) => ({
  ...connectCalls(native),
  ...domainCalls(native),
  ...momentCalls(native),
  ...networkCalls(native),
  ...snapshotCalls(native),
  ...storageCalls(native),
  /** Lets the event thread look for its orders at once. */
  eventsWake: (timer: number): void => void native.any('void virEventUpdateTimeout(int timer, int ms)', timer, 0),
});

export type Calls = ReturnType<typeof callsOf>;
export type CallName = keyof Calls;
