import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, lookAt, withConnection } from '../../drivers/libvirt/connection.ts';
import { endsOf } from '../../drivers/libvirt/ends.ts';
import { forwardPort, readForwards } from '../../drivers/libvirt/forward.ts';
import { guestAddress } from '../../drivers/libvirt/network.ts';
import { removeDomain } from '../../drivers/libvirt/release.ts';
import { serveSerial } from '../../drivers/libvirt/serial.ts';
import { sshProgram } from '../../drivers/libvirt/ssh-program.ts';
import { placeOf, type SshTarget, sshTargetOf } from '../../drivers/libvirt/uri.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Removal } from '../../model/image.ts';
import type { LongLivedInfo, LongLivedMachines, StopKind } from '../../model/long-lived.ts';
import { allocatedBytes } from '../../store/candidates.ts';
import type { EngineDeps } from '../deps.ts';
import { openSsh } from '../open-ssh.ts';
import { allRecords, findRecord, type MachineRecord, machineDir, machineFiles } from './files.ts';
import { removeFiles } from './place.ts';

const STOP_TIMEOUT_MS = 120_000;
const STOP_POLL_MS = 250;
const SSH_PORT = 22;

export async function listMachines(deps: EngineDeps): Promise<LongLivedInfo[]> {
  const records = await allRecords(deps);
  const uris = [...new Set(records.map(({ uri }) => uri))];
  const lists = uris.map(uri =>
    listOn(
      uri,
      records.filter(record => record.uri === uri),
    ),
  );
  return (await Promise.all(lists)).flat().sort((a, b) => a.name.localeCompare(b.name));
}

/** A host that is off keeps nobody from seeing the machines of others. */
async function listOn(uri: string, records: MachineRecord[]): Promise<LongLivedInfo[]> {
  try {
    const ask = (connection: Connection) => Promise.all(records.map(record => infoOf(connection, record)));
    return await lookAt(uri, ask);
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    const reason = error.message;
    return records.map(record => ({ ...recorded(record), state: 'unreachable' as const, reason }));
  }
}

const recorded = ({ network: _, pool: _pool, volumes: _volumes, ...info }: MachineRecord) => info;

export async function infoOf(connection: Connection, record: MachineRecord): Promise<LongLivedInfo> {
  const info = recorded(record);
  try {
    return { ...info, state: await stateOf(connection, record) };
  } catch (error) {
    if (error instanceof GoldsmithError && error.code === 'not-found') return { ...info, state: 'missing' };
    throw error;
  }
}

async function stateOf(connection: Connection, { uuid }: MachineRecord): Promise<LongLivedInfo['state']> {
  const { state } = await connection.call('domainState', uuid);
  if (state === 'paused') return 'paused';
  if (state !== 'off' && state !== 'crashed') return 'running';
  return (await connection.call('domainIsSaved', uuid)) ? 'saved' : 'off';
}

/** Nothing of it runs. */
const isDown = ({ state }: LongLivedInfo): boolean => state === 'off' || state === 'saved' || state === 'missing';

const withMachine = async <T>(
  deps: EngineDeps,
  name: string,
  work: (connection: Connection, record: MachineRecord) => Promise<T>,
): Promise<T> => {
  const record = await findRecord(deps, name);
  return withConnection(record.uri, connection => work(connection, record));
};

export const startMachine = (deps: EngineDeps, name: string): Promise<LongLivedInfo> =>
  withMachine(deps, name, async (connection, record) => {
    const info = await infoOf(connection, record);
    if (isDown(info) && info.state !== 'missing') await switchOn(connection, record);
    return infoOf(connection, record);
  });

/** Starts it, and in QEMU's user network makes its SSH port reachable: that part is not in its definition. */
export async function switchOn(connection: Connection, record: MachineRecord): Promise<void> {
  await connection.call('domainStart', record.uuid);
  if (record.network === undefined) await sshForward(connection, record);
}

/** The port of its host that leads to the guest's; made if the machine was started by somebody else. */
async function sshForward(connection: Connection, record: MachineRecord): Promise<{ host: string; port: number }> {
  const there = (await readForwards(connection, record.uuid)).get(SSH_PORT);
  if (there) return there;
  const ends = await endsOf(record.uri);
  await forwardPort(connection, record.uuid, 0, { hostPort: 0, guestPort: SSH_PORT }, ends?.there);
  return sshForward(connection, record);
}

const STOPS = { ask: 'domainPowerButton', force: 'domainDestroy', save: 'domainManagedSave' } as const;

export const stopMachine = (deps: EngineDeps, name: string, how: StopKind): Promise<LongLivedInfo> =>
  withMachine(deps, name, async (connection, record) => {
    const info = await infoOf(connection, record);
    if (isDown(info)) return info;
    await connection.call(STOPS[how], record.uuid);
    return untilOff(connection, record);
  });

async function untilOff(connection: Connection, record: MachineRecord): Promise<LongLivedInfo> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  for (;;) {
    const info = await infoOf(connection, record);
    if (isDown(info)) return info;
    if (performance.now() > deadline) {
      throw new GoldsmithError('timed-out', `${record.name} did not switch itself off.`, {
        hint: `goldsmith vm stop --force ${record.name} ends it as it stands.`,
      });
    }
    await sleep(STOP_POLL_MS);
  }
}

export const removeMachine = (deps: EngineDeps, name: string, { force }: { force: boolean }): Promise<Removal> =>
  withMachine(deps, name, async (connection, record) => {
    if (!isDown(await infoOf(connection, record)) && !force) {
      throw new GoldsmithError('busy', `${name} runs.`, { hint: `Stop it first, or: goldsmith vm rm --force ${name}` });
    }
    await removeDomain(connection, record.uuid);
    const freedBytes = await allocatedBytes(machineDir(deps, name));
    await removeFiles(deps, connection, record);
    return { kind: 'machine', name, freedBytes, reason: 'asked for' };
  });

/** Where libvirt has the serial port, it is served at a socket of ours until it is closed. */
export async function machineConsole(
  deps: EngineDeps,
  name: string,
): Promise<Awaited<ReturnType<LongLivedMachines['console']>>> {
  const record = await findRecord(deps, name);
  const { serial: serialSocket, serialLog } = machineFiles(machineDir(deps, name));
  const connection = await Connection.open(record.uri);
  try {
    await requireRunning(connection, record);
    const isOurs = placeOf(record.uri) === 'session';
    if (!isOurs) await rm(serialSocket, { force: true });
    const serial = isOurs ? undefined : await serveSerial(connection, record.uuid, serialLog, serialSocket);
    const close = async (): Promise<void> => {
      serial?.close();
      await connection.close();
    };
    return { serialSocket, serialLog, close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

export const machineSsh = (deps: EngineDeps, name: string, command: string[]): Promise<{ argv: string[] }> =>
  withMachine(deps, name, async (connection, record) => {
    await requireRunning(connection, record);
    const { key, knownHosts } = machineFiles(machineDir(deps, name));
    const address =
      record.network === undefined ? await sshForward(connection, record) : await reachableAddress(connection, record);
    const through = await throughTo(record.uri);
    return {
      argv: openSsh({ ...address, user: record.user, key, knownHosts, ...(through ? { through } : {}) }, command),
    };
  });

/** The way to that libvirt's host; undefined: it is this one, or reached over the network itself. */
async function throughTo(uri: string): Promise<SshTarget | undefined> {
  const target = sshTargetOf(uri);
  return target && { ...target, command: await sshProgram(target.command) };
}

async function requireRunning(connection: Connection, record: MachineRecord): Promise<void> {
  const { state } = await infoOf(connection, record);
  if (state === 'running') return;
  throw new GoldsmithError('not-found', `${record.name} does not run.`, { hint: `goldsmith vm start ${record.name}` });
}

async function reachableAddress(
  connection: Connection,
  { uuid, name }: MachineRecord,
): Promise<{ host: string; port: number }> {
  const host = await guestAddress(connection, uuid);
  if (host !== undefined) return { host, port: SSH_PORT };
  throw new GoldsmithError('guest-unreachable', `Nobody knows the address of ${name} yet.`, {
    hint: 'Wait until it is up.',
  });
}
