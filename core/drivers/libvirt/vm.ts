import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTextScreen } from '../../boot/text-screen.ts';
import type { KeyAction } from '../../model/key.ts';
import type { Vm, VmEvent, VmExit } from '../driver.ts';
import type { Forwards } from '../qemu/forwards.ts';
import { isTextMode, pngSize, waitForText } from '../vga-text.ts';
import { writtenBytes } from '../written-bytes.ts';
import { chordsOf } from './chords.ts';
import type { Connection, ConnectionEvent } from './connection.ts';
import { exitOf, vmEventOf } from './events.ts';
import { ejectFrom } from './media.ts';
import type { Moments } from './moments.ts';
import { monitorOf } from './monitor.ts';
import { guestAddress } from './network.ts';
import { toPng } from './picture.ts';

const KEPT_LINES = 10;

export interface LibvirtVmParts {
  connection: Connection;
  uuid: string;
  sockets: { vnc: string; serial: string };
  /** The hypervisor's own words on this host; undefined: they cannot be read. */
  log: string | undefined;
  /** What can be done with its moments. */
  moments: Moments;
}

/** What is known of a machine only once it is there. */
export interface RunningFacts {
  /** Of its process on this host, where it can be seen. */
  pid: number | undefined;
  forwards: Forwards;
  /** On a network that this host reaches by itself. */
  hasAddress: boolean;
}

/** A domain, watched by libvirt's events from before it is made. */
export class LibvirtVm implements Vm {
  readonly exited: Promise<VmExit>;
  readonly saveMoment?: Moments['saveMoment'];
  readonly holdConnection?: NonNullable<Moments['holdConnection']>;
  readonly flatten?: Moments['flatten'];
  readonly #parts: LibvirtVmParts;
  readonly #listeners = new Set<(event: VmEvent) => void>();
  #running: RunningFacts = { pid: undefined, forwards: new Map(), hasAddress: false };
  #isEndOurs = false;
  #isResetOurs = false;
  #end: (exit: Omit<VmExit, 'lastLines'>) => void = () => {};

  constructor(parts: LibvirtVmParts) {
    this.#parts = parts;
    Object.assign(this, parts.moments);
    const ended = new Promise<Omit<VmExit, 'lastLines'>>(resolve => {
      this.#end = resolve;
    });
    const stop = parts.connection.onEvent(event => this.#hear(event));
    this.exited = ended.then(async exit => {
      stop();
      return { ...exit, lastLines: exit.isExpected ? [] : await this.#lastLines() };
    });
  }

  get pid(): number | undefined {
    return this.#running.pid;
  }

  get vncSocket(): string {
    return this.#parts.sockets.vnc;
  }

  get serialSocket(): string {
    return this.#parts.sockets.serial;
  }

  forward(guestPort: number): { host: string; port: number } | undefined {
    return this.#running.forwards.get(guestPort);
  }

  /** On a network a relay of ours leads to the guest: without us it has its own address. */
  async lasting(guestPort: number): Promise<{ host: string; port: number } | undefined> {
    if (!this.#running.hasAddress) return this.forward(guestPort);
    const host = await guestAddress(this.#parts.connection, this.#parts.uuid);
    return host === undefined ? undefined : { host, port: guestPort };
  }

  started(facts: RunningFacts): void {
    this.#running = facts;
  }

  /** It could not be made: nothing more will be heard of it. */
  abandon(): void {
    this.#end({ isExpected: true, reason: 'it was never made' });
  }

  onEvent(listener: (event: VmEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async screenText(): Promise<string[] | undefined> {
    if (!isTextMode(pngSize(await this.screenshot()))) return undefined;
    const { connection, uuid } = this.#parts;
    return readTextScreen({
      memory: async (address, bytes) => Buffer.from(await connection.call('domainPeek', uuid, address, bytes)),
      human: command => connection.call('domainMonitor', uuid, command, 'human'),
    });
  }

  async screenshot(): Promise<Buffer> {
    const { connection, uuid } = this.#parts;
    const { type, image } = await connection.call('domainScreenshot', uuid);
    return toPng(type, Buffer.from(image));
  }

  writtenBytes(): Promise<number> {
    const { connection, uuid } = this.#parts;
    return writtenBytes(monitorOf(connection, uuid).execute);
  }

  /** libvirt presses a chord and lets go in one call; the interval is how long it holds, and then waits. */
  async typeKeys(actions: KeyAction[], options: { keyIntervalMs: number; signal: AbortSignal }): Promise<void> {
    const { keyIntervalMs, signal } = options;
    for (const chord of chordsOf(actions)) {
      signal.throwIfAborted();
      if (chord.kind === 'wait') await sleep(chord.ms, undefined, { signal });
      else if (chord.kind === 'wait-for-text') {
        await waitForText(() => this.screenText(), chord.text, chord.timeoutMs, signal);
      } else {
        await this.#parts.connection.call('domainSendKeys', this.#parts.uuid, chord.codes, keyIntervalMs);
        await sleep(2 * keyIntervalMs, undefined, { signal });
      }
    }
  }

  async eject(deviceId: string): Promise<void> {
    await ejectFrom(this.#parts.connection, this.#parts.uuid, deviceId);
  }

  async pause(): Promise<void> {
    await this.#parts.connection.call('domainSuspend', this.#parts.uuid);
  }

  async resume(): Promise<void> {
    await this.#parts.connection.call('domainResume', this.#parts.uuid);
  }

  async reset(): Promise<void> {
    this.#isResetOurs = true;
    await this.#parts.connection.call('domainReset', this.#parts.uuid);
  }

  async powerButton(): Promise<void> {
    await this.#parts.connection.call('domainPowerButton', this.#parts.uuid);
  }

  async destroy(): Promise<void> {
    this.#isEndOurs = true;
    const { connection, uuid } = this.#parts;
    // It may be gone already, which is what we want.
    await connection.call('domainDestroy', uuid).catch(() => this.#look());
    await this.exited;
  }

  #hear(event: ConnectionEvent): void {
    if (event.kind === 'restored') void this.#look();
    else if (event.kind === 'gone') {
      this.#end({ isExpected: false, reason: 'the connection to libvirt was lost and did not come back' });
    } else if (event.kind !== 'lost' && event.uuid === this.#parts.uuid) this.#take(event);
  }

  #take(event: ConnectionEvent): void {
    const exit = exitOf(event, this.#isEndOurs);
    if (exit) this.#end(exit);
    const told = this.#isOwnReset(event) ? undefined : vmEventOf(event);
    if (told) for (const listener of this.#listeners) listener(told);
  }

  /** libvirt tells our own resets like the guest's. */
  #isOwnReset({ kind }: ConnectionEvent): boolean {
    const isOwn = kind === 'reboot' && this.#isResetOurs;
    if (isOwn) this.#isResetOurs = false;
    return isOwn;
  }

  /** What events would have told while nobody listened. */
  async #look(): Promise<void> {
    const { connection, uuid } = this.#parts;
    const { state } = await connection.call('domainState', uuid).catch(() => ({ state: 'off' as const }));
    if (state !== 'off' && state !== 'crashed') return;
    this.#end({ isExpected: this.#isEndOurs, reason: 'it ended while the connection to libvirt was lost' });
  }

  async #lastLines(): Promise<string[]> {
    const { log } = this.#parts;
    const text = log === undefined ? '' : await readFile(log, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(line => line.trim() !== '')
      .slice(-KEPT_LINES);
  }
}
