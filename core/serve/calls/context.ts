import type { CallName, Handlers } from '../../../electron/ipc/contract.ts';
import type { Watch } from '../../model/engine.ts';
import type { Host } from '../host.ts';

/** What a handler gets besides its arguments. */
export interface CallContext {
  host: Host;
  watch: Watch;
}

export type HandlersOf<K extends CallName> = Pick<Handlers<CallContext>, K>;
