import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { Driver, Vm } from '../drivers/driver.ts';
import { macOf } from '../host/bridge.ts';
import type { Checkpoint, Moment } from '../model/checkpoint.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Machine } from '../model/machine.ts';
import { setGuestClock } from './checkpoint-clock.ts';
import type { LayerRecord } from './checkpoint-layers.ts';
import { isAmongOthers } from './checkpoint-reason.ts';
import { buildFiles, machineName } from './context.ts';
import { LOGGED_IN, type Session } from './session.ts';
import { keyed } from './stage-chain.ts';
import { reconnect } from './steps/connect.ts';

const MIB = 1024 ** 2;
/** What runs then is nowhere else: an installer. */
const NEEDS_MEMORY: ReadonlySet<Moment['step']> = new Set(['boot', 'install']);

/**
 * The machine stands at the checkpoint again: started there, logged in to where somebody was, its clock set.
 * @returns where the build goes on
 * @throws GoldsmithError `not-found`, `store-damaged`, `qemu-failed`, and what logging in throws
 */
export const goBack = (session: Session, id: string): Promise<Moment> => session.order.alone(() => back(session, id));

async function back(session: Session, id: string): Promise<Moment> {
  const { layers, run } = session;
  const startedAt = performance.now();
  const record = await layers.verify(id);
  const { checkpoint } = record;
  const moment = await momentNow(session, record);
  requireDriver(session, record);
  const diskOnly = checkpoint.diskOnly ?? ofAnother(session, record);
  if (diskOnly !== undefined && NEEDS_MEMORY.has(moment.step)) throw needsMemory(checkpoint, diskOnly);
  const whole = diskOnly === undefined ? memoryOf(session, record) : Promise.resolve(undefined);
  whole.catch(() => {}); // it is unpacked meanwhile, and waited for below
  await session.dropMachine();
  session.turns = new Set();
  await standOn(session, record);
  const machine = await machineOf(session, record);
  const memory = await whole;
  session.begin(moment.step === 'install');
  const vm = await session.start(machine, 'back', memory);
  const resumeMs = Math.round(performance.now() - startedAt);
  if (LOGGED_IN.has(moment.step)) await logInAgain(session, vm, record);
  const ms = Math.round(performance.now() - startedAt);
  run.emit({ type: 'rewound', checkpoint: id, step: moment.step, ms, resumeMs });
  return moment;
}

/** Where the recipe as it is now goes on from there: it may have further provisioners behind those that it had then. */
async function momentNow({ inputs }: Session, { checkpoint: { moment }, stage }: LayerRecord): Promise<Moment> {
  if (moment.step !== 'seal' && moment.step !== 'shutdown') return moment;
  const after = keyed(await inputs()).find(({ key }) => key === stage?.key)?.after;
  return after?.step === 'provision' ? after : moment;
}

/** As it was: that of the newest moment is still there, others are made again. */
async function memoryOf(session: Session, record: LayerRecord): Promise<string> {
  const { layers, run, room, base } = session;
  const { checkpoint, machine } = record;
  const { id } = checkpoint;
  if (base?.id === id) return base.memory;
  const memory = await room.path(`${id}.memory`, machine.memoryMiB * MIB);
  await layers.wholeMemory(record, memory, run.signal);
  session.nowBase({ id, memory });
  return memory;
}

/** The build goes on from another one's checkpoint; it and those below it are this build's first. */
export async function adopt(session: Session, record: LayerRecord): Promise<Moment> {
  const by = 'cache';
  for (const { checkpoint } of await session.layers.chain(record.checkpoint.id)) {
    session.checkpoints.push({ ...checkpoint, by });
    session.run.emit({ type: 'checkpoint', checkpoint: { ...checkpoint, by } });
  }
  return goBack(session, record.checkpoint.id);
}

async function standOn(session: Session, record: LayerRecord): Promise<void> {
  const { layers, run } = session;
  const { id, moment } = record.checkpoint;
  session.layer = await layers.begin(run, id);
  const disks = await layers.overlay(session.layer, record.machine.disks, run.signal);
  session.plan = { ...record.plan, ...own(session, record.plan), disks };
  session.current = id;
  session.chain.goBack(record.stage, keyed(await session.inputs()));
  await layers.touch(id, new Date());
  session.end = LOGGED_IN.has(moment.step) || moment.step === 'connect' ? 'rebooted' : undefined;
}

/** On a bridge each build's card has an address of its own; one whose memory is gone on with is this build's already. */
function own({ context }: Session, { nics }: Machine): Pick<Machine, 'name' | 'serialLog' | 'nics'> {
  const name = machineName(context.id);
  return {
    name,
    serialLog: buildFiles(context.dir).serialLog,
    nics: nics.map(nic => (nic.kind === 'bridge' ? { ...nic, mac: macOf(name) } : nic)),
  };
}

/** Why the memory of another build's machine is not gone on with, where it is not. */
const ofAnother = ({ context }: Session, { build }: LayerRecord): string | undefined =>
  build !== context.id && isAmongOthers(context)
    ? 'its memory is that of another build, whose address on the network may be somebody else’s by now'
    : undefined;

/** As it ran, on new disks and with its own copy of the UEFI variables. */
async function machineOf(session: Session, { machine, checkpoint }: LayerRecord): Promise<Machine> {
  const back = { ...machine, ...own(session, machine), disks: session.machine.disks };
  if (machine.firmware.kind !== 'efi') return back;
  const vars = path.join(session.context.workDir, `efivars-${session.starts + 1}.fd`);
  await copyFile(session.layers.efiVars(checkpoint.id), vars);
  const firmware = { ...machine.firmware, vars };
  session.plan = { ...session.machine, firmware };
  return { ...back, firmware };
}

async function logInAgain(session: Session, vm: Vm, { hostKeys }: LayerRecord): Promise<void> {
  const { run, context } = session;
  const guest = await session.guard.during(reconnect(run, context, vm, hostKeys));
  session.guest = guest;
  await setGuestClock(run, guest, new Date());
}

/** @throws GoldsmithError `unsupported`, while the machine still stands */
function requireDriver(
  { context: { driver }, noCheckpoints }: Session,
  { checkpoint, driver: name = 'qemu', place }: LayerRecord,
): void {
  const isSame = name === driver.name && place === driver.place;
  if (isSame && noCheckpoints === undefined) return;
  const reason = isSame ? noCheckpoints : `it was taken with ${ran({ name, place })}, and this is ${ran(driver)}`;
  throw new GoldsmithError('unsupported', `The checkpoint "${checkpoint.name}" cannot be gone back to: ${reason}.`, {
    hint: 'Build with the driver and on the libvirt that took it (driver, libvirt.uri in lab.yaml).',
  });
}

const ran = ({ name, place }: Pick<Driver, 'name' | 'place'>): string =>
  place === undefined ? `the driver ${name}` : `the driver ${name} on ${place}`;

const needsMemory = ({ name }: Checkpoint, diskOnly: string): GoldsmithError =>
  new GoldsmithError('unsupported', `The checkpoint "${name}" can be gone back to by its disks only: ${diskOnly}.`, {
    hint: 'An installation cannot go on from its disks alone. Choose a later checkpoint, or build again.',
  });
