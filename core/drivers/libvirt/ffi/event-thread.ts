import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { Consoles } from './console.ts';
import { uuidOf } from './domain.ts';
import { Native, type Pointer } from './native.ts';

/**
 * The thread on which libvirt's event loop runs. It blocks inside libvirt and is woken by events and by a timer; then
 * it looks for orders. The timer also bounds how long the end of the process waits for this thread.
 */

export interface EventThreadData {
  paths: { libvirt: string; qemu?: string };
  orders: MessagePort;
}

export type EventOrder =
  | { kind: 'subscribe' | 'unsubscribe'; connection: Pointer }
  /** `console`: a number of the caller's choice that names the stream from then on. */
  | { kind: 'console-open'; connection: Pointer; uuid: string; console: number }
  | { kind: 'console-write'; console: number; data: Uint8Array }
  | { kind: 'console-close'; console: number };

export type ConsoleEvent =
  | { kind: 'console-data'; console: number; data: Uint8Array }
  /** The machine, the daemon or somebody else who took the console ended it. */
  | { kind: 'console-end'; console: number };

/** What happened to a domain, in libvirt's numbers; or the connection was lost. */
export type NativeEvent = { connection: Pointer } & (
  | { kind: 'lifecycle'; uuid: string; event: number; detail: number }
  | { kind: 'reboot'; uuid: string }
  | { kind: 'io-error'; uuid: string; device: string; reason: string }
  | { kind: 'block-job'; uuid: string; disk: string; status: number }
  | { kind: 'agent'; uuid: string; state: number }
  | { kind: 'closed' }
);

export type EventMessage =
  | { kind: 'ready'; timer: number }
  | { kind: 'done'; isSubscribed: boolean }
  | ConsoleEvent
  | NativeEvent;

/** libvirt's event loop wakes at least this often. */
const WAKE_MS = 200;

const { paths, orders } = workerData as EventThreadData;
const native = new Native(paths);
const tell = (message: EventMessage): void => parentPort?.postMessage(message);
const uuid = (domain: Pointer): string => uuidOf(native, domain);

/** VIR_DOMAIN_EVENT_ID_* by number, the C type of each one's callback, and what we tell of it. */
const DOMAIN_EVENTS: [
  id: number,
  prototype: string,
  callback: (connection: Pointer, domain: Pointer, ...rest: never[]) => void,
][] = [
  [
    0,
    'void Lifecycle(void *c, void *d, int event, int detail, void *opaque)',
    (connection, domain, event: number, detail: number) =>
      tell({ kind: 'lifecycle', connection, uuid: uuid(domain), event, detail }),
  ],
  [
    1,
    'void Reboot(void *c, void *d, void *opaque)',
    (connection, domain) => tell({ kind: 'reboot', connection, uuid: uuid(domain) }),
  ],
  [
    6,
    'void IoError(void *c, void *d, const char *path, const char *alias, int action, const char *reason, void *opaque)',
    (connection, domain, _path: string, device: string, _action: number, reason: string) =>
      tell({ kind: 'io-error', connection, uuid: uuid(domain), device, reason }),
  ],
  [
    8,
    'void BlockJob(void *c, void *d, const char *disk, int type, int status, void *opaque)',
    (connection, domain, disk: string, _type: number, status: number) =>
      tell({ kind: 'block-job', connection, uuid: uuid(domain), disk, status }),
  ],
  [
    18,
    'void Agent(void *c, void *d, int state, int reason, void *opaque)',
    (connection, domain, state: number) => tell({ kind: 'agent', connection, uuid: uuid(domain), state }),
  ],
];

const registered = DOMAIN_EVENTS.map(([id, prototype, callback]) => ({
  id,
  pointer: koffi.register(callback, koffi.pointer(koffi.proto(prototype))),
}));
const consoles = new Consoles(native, tell);
const toldClosed = new Set<Pointer>();
const subscriptions = new Map<Pointer, number[]>();

/** An event that this libvirt does not have is left out: it has less to tell. */
function subscribe(connection: Pointer): void {
  const register = 'int virConnectDomainEventRegisterAny(void *c, void *d, int id, void *cb, void *opaque, void *free)';
  const ids = registered.map(({ id, pointer }) =>
    Number(native.any(register, connection, null, id, pointer, null, null)),
  );
  subscriptions.set(connection, ids);
}

function unsubscribe(connection: Pointer): void {
  for (const id of subscriptions.get(connection) ?? []) {
    if (id >= 0) native.any('int virConnectDomainEventDeregisterAny(void *c, int id)', connection, id);
  }
  subscriptions.delete(connection);
  toldClosed.delete(connection);
}

/**
 * libvirt would call back when a connection breaks, but on whichever thread finds it broken, and JavaScript runs on
 * this one alone: such a call would wait for ever. Asking costs no message to the daemon.
 */
function tellClosed(): void {
  for (const connection of subscriptions.keys()) {
    if (toldClosed.has(connection) || native.any('int virConnectIsAlive(void *c)', connection) === 1) continue;
    toldClosed.add(connection);
    tell({ kind: 'closed', connection });
  }
}

/** @returns whether events will come, for a subscription */
function carryOut(order: EventOrder): boolean {
  if (order.kind === 'console-open') consoles.open(order);
  else if (order.kind === 'console-write') consoles.write(order.console, order.data);
  else if (order.kind === 'console-close') consoles.close(order.console);
  else if (order.kind === 'unsubscribe') unsubscribe(order.connection);
  else {
    subscribe(order.connection);
    return (subscriptions.get(order.connection)?.[0] ?? -1) >= 0;
  }
  return true;
}

function takeOrders(): void {
  for (let next = receiveMessageOnPort(orders); next; next = receiveMessageOnPort(orders)) {
    const order = next.message as EventOrder;
    tell({ kind: 'done', isSubscribed: carryOut(order) });
  }
}

native.int('int virEventRegisterDefaultImpl()');
// libvirt prints errors unless somebody takes them. Both callbacks are functions of libvirt's own that do nothing:
// JavaScript must not run on whichever thread of libvirt's they are called on.
const nothing = native.symbol('virGetLastErrorCode');
native.any('void virSetErrorFunc(void *data, void *handler)', null, nothing);
const timer = native.int(
  'int virEventAddTimeout(int ms, void *cb, void *opaque, void *free)',
  WAKE_MS,
  nothing,
  null,
  null,
);
tell({ kind: 'ready', timer });
for (;;) {
  native.any('int virEventRunDefaultImpl()');
  // Before the orders are read: one that comes later sets the timer to nought again (`eventsWake`).
  native.any('void virEventUpdateTimeout(int timer, int ms)', timer, WAKE_MS);
  takeOrders();
  tellClosed();
}
