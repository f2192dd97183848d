import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTextScreen } from '../../boot/text-screen.ts';
import { netdevId } from '../../machine/network.ts';
import type { KeyAction } from '../../model/key.ts';
import type { Destination, Held, MomentCost, MomentFiles, MomentOptions, Vm, VmEvent, VmExit } from '../driver.ts';
import { isTextMode, pngSize, waitForText } from '../vga-text.ts';
import { writtenBytes } from '../written-bytes.ts';
import { saveMoment } from './checkpoint.ts';
import type { Sockets } from './command-line.ts';
import { holdFirstPacket } from './first-packet.ts';
import { flattenDisk } from './flatten.ts';
import type { Hypervisor, HypervisorExit } from './process.ts';
import type { Qmp, QmpEvent } from './qmp.ts';

const QUIT_GRACE_MS = 2000;

/** QEMU's events that matter to a build, by their QMP names. */
const EVENTS: Record<string, (data: Record<string, unknown>) => VmEvent | undefined> = {
  SHUTDOWN: data =>
    data['guest'] === true ? { type: data['reason'] === 'guest-reset' ? 'reset' : 'powered-off' } : undefined,
  RESET: data => (data['guest'] === true ? { type: 'reset' } : undefined),
  STOP: () => ({ type: 'paused', reason: 'stopped' }),
  RESUME: () => ({ type: 'resumed' }),
  GUEST_PANICKED: () => ({ type: 'panicked' }),
  BLOCK_IO_ERROR: data => ({
    type: 'io-error',
    device: String(data['node-name'] ?? data['device']),
    isNoSpace: data['nospace'] === true,
  }),
};

export interface QemuVmParts {
  qmp: Qmp;
  hypervisor: Hypervisor;
  sockets: Sockets;
  runtimeDir: string;
  forwards: Map<number, { host: string; port: number }>;
}

/** A running QEMU, watched through its monitor and its process at the same time. */
export class QemuVm implements Vm {
  readonly exited: Promise<VmExit>;
  readonly #parts: QemuVmParts;
  readonly #listeners = new Set<(event: VmEvent) => void>();
  #isEndExpected = false;
  #shots = 0;

  constructor(parts: QemuVmParts) {
    this.#parts = parts;
    parts.qmp.onEvent(event => this.#tell(event));
    this.exited = parts.hypervisor.exited.then(exit => this.#describe(exit));
  }

  get pid(): number {
    return this.#parts.hypervisor.pid;
  }

  get vncSocket(): string {
    return this.#parts.sockets.vnc;
  }

  get serialSocket(): string {
    return this.#parts.sockets.serial;
  }

  forward(guestPort: number): { host: string; port: number } | undefined {
    return this.#parts.forwards.get(guestPort);
  }

  onEvent(listener: (event: VmEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async screenText(): Promise<string[] | undefined> {
    if (!isTextMode(pngSize(await this.screenshot()))) return undefined;
    const { qmp } = this.#parts;
    return readTextScreen({
      memory: (val, size) => this.#viaFile('text', filename => qmp.execute('pmemsave', { val, size, filename })),
      human: command => qmp.human(command),
    });
  }

  screenshot(): Promise<Buffer> {
    return this.#viaFile('png', file => this.#parts.qmp.execute('screendump', { filename: file, format: 'png' }));
  }

  writtenBytes(): Promise<number> {
    return writtenBytes(command => this.#parts.qmp.execute(command));
  }

  async typeKeys(actions: KeyAction[], options: { keyIntervalMs: number; signal: AbortSignal }): Promise<void> {
    for (const action of actions) {
      options.signal.throwIfAborted();
      if (action.kind === 'wait') await sleep(action.ms, undefined, { signal: options.signal });
      else if (action.kind === 'wait-for-text') {
        await waitForText(() => this.screenText(), action.text, action.timeoutMs, options.signal);
      } else {
        await this.#key(action.qcode, action.down);
        await sleep(options.keyIntervalMs, undefined, { signal: options.signal });
      }
    }
  }

  async eject(deviceId: string): Promise<void> {
    await this.#parts.qmp.execute('eject', { id: `${deviceId}-dev`, force: true });
  }

  async pause(): Promise<void> {
    await this.#parts.qmp.execute('stop');
  }

  async resume(): Promise<void> {
    await this.#parts.qmp.execute('cont');
  }

  async reset(): Promise<void> {
    await this.#parts.qmp.execute('system_reset');
  }

  saveMoment(files: MomentFiles, options: MomentOptions): Promise<MomentCost> {
    return saveMoment(this.#parts.qmp, files, options);
  }

  holdConnection(to: Destination): Promise<Held> {
    return holdFirstPacket(this.#parts.qmp, this.#parts.runtimeDir, netdevId(0), to);
  }

  flatten(disk: string, file: string): Promise<void> {
    return flattenDisk(this.#parts.qmp, disk, file);
  }

  async powerButton(): Promise<void> {
    await this.#parts.qmp.execute('system_powerdown');
  }

  async destroy(): Promise<void> {
    this.#isEndExpected = true;
    this.#parts.qmp.execute('quit').catch(() => {}); // it may be gone already, which is what we want
    const timer = setTimeout(() => this.#parts.hypervisor.kill(), QUIT_GRACE_MS);
    await this.exited;
    clearTimeout(timer);
    this.#parts.qmp.close();
  }

  #key(qcode: string, down: boolean): Promise<unknown> {
    const key = { type: 'qcode', data: qcode };
    return this.#parts.qmp.execute('input-send-event', { events: [{ type: 'key', data: { down, key } }] });
  }

  /** QEMU writes such results into files only. */
  async #viaFile(kind: string, write: (file: string) => Promise<unknown>): Promise<Buffer> {
    const file = path.join(this.#parts.runtimeDir, `shot-${++this.#shots}.${kind}`);
    try {
      await write(file);
      return await readFile(file);
    } finally {
      await rm(file, { force: true });
    }
  }

  #tell({ event, data }: QmpEvent): void {
    const told = EVENTS[event]?.(data ?? {});
    if (event === 'SHUTDOWN') this.#isEndExpected = true;
    if (told) for (const listener of this.#listeners) listener(told);
  }

  #describe({ code, signal, lastLines }: HypervisorExit): VmExit {
    const isExpected = this.#isEndExpected && signal === null;
    return { isExpected, reason: signal ? `QEMU was ended by ${signal}` : `QEMU ended with status ${code}`, lastLines };
  }
}
