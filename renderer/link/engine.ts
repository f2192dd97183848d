import { create } from 'zustand';
import type {
  Answers,
  CallArguments,
  CallName,
  CallOptions,
  Reply,
  StreamArguments,
  StreamKind,
  TidingName,
  Tidings,
} from '../../electron/ipc/contract.ts';
import { Client, type PageStream, type StreamUser } from './client.ts';
import { openLink } from './link.ts';

const RETRY_MS = [300, 1000, 2000, 5000];

/** Whether we are connected. `epoch` grows with each new connection: what a lost one carried is to be opened again. */
export const useConnection = create<{ status: 'connecting' | 'open' | 'lost'; epoch: number }>(() => ({
  status: 'connecting',
  epoch: 0,
}));

type Listener<K extends TidingName> = (value: Tidings[K]) => void;
const listeners: { [K in TidingName]: Set<Listener<K>> } = { builds: new Set(), changed: new Set() };

let client: Client | undefined;
const awaiting: (() => void)[] = [];

/** Connects, and again whenever the connection is lost. */
export async function keepConnected(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const isOver = await connectOnce().catch(() => undefined);
    if (isOver) {
      attempt = -1;
      await isOver;
    }
    client = undefined;
    useConnection.setState({ status: 'lost' });
    await new Promise(resolve => setTimeout(resolve, RETRY_MS[Math.min(attempt + 1, RETRY_MS.length - 1)]));
  }
}

async function connectOnce(): Promise<Promise<void>> {
  const link = await openLink();
  const over = new Promise<void>(resolve => {
    client = new Client(
      link,
      (name, value) => {
        for (const listener of listeners[name]) (listener as (value: unknown) => void)(value);
      },
      resolve,
    );
  });
  useConnection.setState(({ epoch }) => ({ status: 'open', epoch: epoch + 1 }));
  for (const go of awaiting.splice(0)) go();
  return over;
}

/** One call of the contract. Waits for a connection; never rejects. */
export async function call<K extends CallName>(
  name: K,
  args: CallArguments<K>,
  options: CallOptions = {},
): Promise<Reply<Answers[K]>> {
  while (!client) await new Promise<void>(resolve => awaiting.push(resolve));
  return client.call(name, args, options);
}

/** Opens a stream on the present connection; undefined while there is none. */
export const openStream = <K extends StreamKind>(
  kind: K,
  args: StreamArguments<K>,
  user: StreamUser,
): PageStream | undefined => client?.open(kind, args, user);

/** Hears what the engine tells by itself; returns its own undo. */
export function onTidings<K extends TidingName>(name: K, listener: Listener<K>): () => void {
  listeners[name].add(listener);
  return () => void listeners[name].delete(listener);
}
