import { copyFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../../model/failure.ts';
import type { MomentCost, MomentFiles, MomentOptions } from '../driver.ts';
import type { Qmp } from './qmp.ts';

/**
 * A moment of a machine, by QEMU's migration into a file (docs/devel/migration/mapped-ram.rst): each page has its
 * fixed place in the file, so that it holds no page twice and is read back without seeking.
 */

/** Far above any disk: QEMU's own limit of 128 MiB/s would stretch the pause to seconds. */
const BANDWIDTH_BYTES_PER_S = 64 * 1024 ** 3;
/** QEMU stops the guest once what is left would take this long. */
const DOWNTIME_MS = 200;
const TIMEOUT_MS = 5 * 60_000;
const FINAL_MS = 10_000;
const FINAL_POLL_MS = 5;

interface MigrationStatus {
  status?: string;
  'error-desc'?: string;
  'blocked-reasons'?: string[];
}

/** The file as QAPI's MigrateChannel, in which no character of a path means anything. */
const channels = (filename: string) => [{ 'channel-type': 'main', addr: { transport: 'file', filename, offset: 0 } }];

/** With several channels a memory is written by as many threads, in pieces of half a megabyte instead of single pages. */
const CAPABILITIES = ['events', 'mapped-ram', 'multifd'] as const;
const CHANNELS = 2;

async function prepare(qmp: Qmp, capabilities: readonly string[]): Promise<void> {
  await qmp.execute('migrate-set-capabilities', {
    capabilities: capabilities.map(capability => ({ capability, state: true })),
  });
  await qmp.execute('migrate-set-parameters', {
    'max-bandwidth': BANDWIDTH_BYTES_PER_S,
    'downtime-limit': DOWNTIME_MS,
    'multifd-channels': CHANNELS,
  });
}

/** Counts how long the machine stands, by its own events. */
function watchPause(qmp: Qmp): { ms(): number; stop(): void } {
  let since: number | undefined;
  let total = 0;
  const stop = qmp.onEvent(({ event }) => {
    if (event === 'STOP') since ??= performance.now();
    if (event !== 'RESUME' || since === undefined) return;
    total += performance.now() - since;
    since = undefined;
  });
  return { ms: () => Math.round(total), stop };
}

/**
 * Saves memory and devices, and freezes the disks at the same moment: QEMU holds before it gives its disks up
 * (`pause-before-switchover`), and there the overlays are put on. Where something of the machine cannot be migrated,
 * only the disks are frozen, and the cost says why.
 * @throws GoldsmithError `qemu-failed`; the machine runs on
 */
export async function saveMoment(qmp: Qmp, files: MomentFiles, options: MomentOptions): Promise<MomentCost> {
  const startedAt = performance.now();
  const pause = watchPause(qmp);
  let diskOnly: string | undefined;
  try {
    diskOnly = await blocked(qmp);
    if (options.isExact || diskOnly !== undefined) await qmp.execute('stop');
    if (diskOnly === undefined) await migrate(qmp, files, options.signal);
    else await freeze(qmp, files);
  } finally {
    await goOn(qmp);
    pause.stop();
  }
  const cost = { pauseMs: pause.ms(), totalMs: Math.round(performance.now() - startedAt) };
  return diskOnly === undefined ? cost : { ...cost, diskOnly };
}

/** QEMU tells that a migration is complete some moments before it lets the machine go on. */
async function goOn(qmp: Qmp): Promise<void> {
  const deadline = performance.now() + FINAL_MS;
  for (;;) {
    try {
      return void (await qmp.execute('cont'));
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(FINAL_POLL_MS);
    }
  }
}

/** Why this machine cannot be migrated, in QEMU's words. */
async function blocked(qmp: Qmp): Promise<string | undefined> {
  const { 'blocked-reasons': reasons = [] } = (await qmp.execute('query-migrate')) as MigrationStatus;
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

async function migrate(qmp: Qmp, files: MomentFiles, signal: AbortSignal): Promise<void> {
  await prepare(qmp, [...CAPABILITIES, 'pause-before-switchover']);
  const held = reached(qmp, 'pre-switchover', signal);
  await qmp.execute('migrate', { channels: channels(files.memory) });
  await held;
  try {
    await freeze(qmp, files);
  } catch (error) {
    await qmp.execute('migrate_cancel').catch(() => undefined);
    throw error;
  }
  const completed = reached(qmp, 'completed', signal);
  await qmp.execute('migrate-continue', { state: 'pre-switchover' });
  await completed;
}

interface BlockInfo {
  qdev?: string;
  inserted?: { 'node-name'?: string };
}

/** Puts the overlays on, all at once, and copies what else the machine writes. */
async function freeze(qmp: Qmp, { overlays, copies }: MomentFiles): Promise<void> {
  const actions: unknown[] = [];
  for (const [disk, file] of overlays) {
    const node = await topNode(qmp, disk);
    const overlay = `${disk}-${Date.now().toString(36)}`;
    await qmp.execute('blockdev-add', overlayNode(await describeNode(qmp, node), overlay, file));
    actions.push({ type: 'blockdev-snapshot', data: { node, overlay } });
  }
  await qmp.execute('transaction', { actions });
  for (const { from, to } of copies) await copyFile(from, to);
}

/** The node that the disk's device writes to now: after a checkpoint it is an overlay. */
export async function topNode(qmp: Qmp, disk: string): Promise<string> {
  const blocks = (await qmp.execute('query-block')) as BlockInfo[];
  const found = blocks.find(({ qdev = '' }) => qdev.split('/').includes(`${disk}-dev`));
  const node = found?.inserted?.['node-name'];
  if (node !== undefined) return node;
  throw new GoldsmithError('qemu-failed', `QEMU does not know the disk ${disk}.`);
}

/** As `query-named-block-nodes` tells it. */
export interface NodeInfo {
  'node-name': string;
  cache: { direct: boolean; 'no-flush': boolean };
  detect_zeroes: string;
}

export async function describeNode(qmp: Qmp, node: string): Promise<NodeInfo> {
  const nodes = (await qmp.execute('query-named-block-nodes', { flat: true })) as NodeInfo[];
  const found = nodes.find(({ 'node-name': name }) => name === node);
  if (found) return found;
  throw new GoldsmithError('qemu-failed', `QEMU has no block node ${node}.`);
}

/** As its disk: same cache, zeros found, trims passed on. The overlay's backing file is the node it is put on. */
function overlayNode({ cache, detect_zeroes }: NodeInfo, name: string, filename: string): Record<string, unknown> {
  const common = { cache: { direct: cache.direct, 'no-flush': cache['no-flush'] }, discard: 'unmap' };
  return {
    driver: 'qcow2',
    'node-name': name,
    'detect-zeroes': detect_zeroes,
    ...common,
    backing: null,
    file: { driver: 'file', filename, ...common },
  };
}

/** Reads the moment back into a QEMU that was started with `-incoming defer`; it stands until `cont`. */
export async function restoreMoment(qmp: Qmp, memory: string, signal: AbortSignal): Promise<void> {
  await prepare(qmp, CAPABILITIES);
  const completed = reached(qmp, 'completed', signal);
  await qmp.execute('migrate-incoming', { channels: channels(memory) });
  await completed;
}

const ENDS: ReadonlySet<string> = new Set(['failed', 'cancelled']);

/** Settles when the migration comes to a state. @throws GoldsmithError `qemu-failed` when it never will */
function reached(qmp: Qmp, wanted: string, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const work = new Promise<void>((resolve, reject) => {
    const stop = qmp.onEvent(({ event, data }) => {
      if (event !== 'MIGRATION') return;
      const status = String(data?.['status']);
      if (status !== wanted && !ENDS.has(status)) return;
      stop();
      if (status === wanted) resolve();
      else void explain(qmp).then(reject);
    });
    void qmp.closed.then(() => reject(failed('QEMU is gone')));
    limit.addEventListener('abort', () => {
      stop();
      reject(signal.aborted ? signal.reason : failed('it took too long'));
    });
  });
  work.catch(() => {}); // the command that starts it may fail first, and says more
  return work;
}

async function explain(qmp: Qmp): Promise<GoldsmithError> {
  const { 'error-desc': reason } = (await qmp.execute('query-migrate').catch(() => ({}))) as MigrationStatus;
  return failed(reason ?? 'QEMU gives no reason');
}

const failed = (reason: string): GoldsmithError =>
  new GoldsmithError('qemu-failed', `The machine's memory could not be saved or restored: ${reason}.`, {
    hint: 'A checkpoint fits only the machine and the QEMU that made it.',
  });
