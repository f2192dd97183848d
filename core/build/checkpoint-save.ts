import type { Checkpoint, Moment } from '../model/checkpoint.ts';
import type { Machine } from '../model/machine.ts';
import { freeLayers } from './checkpoint-budget.ts';
import type { LayerRecord } from './checkpoint-layers.ts';
import type { Session } from './session.ts';
import type { StageRecord } from './stage-chain.ts';

export interface SaveOptions {
  by: Checkpoint['by'];
  /** The machine stops at once, so that the moment is exactly now. */
  isExact: boolean;
  /** What is in the machine, where that is not what the last stage left. */
  stage?: StageRecord | undefined;
}

/** Saves the moment; what keeps that from working is told and stops nothing. */
export function saveMoment(
  session: Session,
  name: string,
  moment: Moment,
  options: SaveOptions,
): Promise<Checkpoint | undefined> {
  const { run, noCheckpoints } = session;
  if (noCheckpoints !== undefined) return Promise.resolve(undefined);
  return session.alone(() =>
    save(session, name, moment, options).catch((error: unknown) => {
      run.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      run.emit({ type: 'warning', message: `No checkpoint "${name}" was taken: ${reason}` });
      return undefined;
    }),
  );
}

async function save(
  session: Session,
  name: string,
  moment: Moment,
  options: SaveOptions,
): Promise<Checkpoint | undefined> {
  const { run, layers, vm, started: machine, layer: id } = session;
  if (!vm?.saveMoment || !machine || id === undefined) return undefined;
  const next = await layers.begin(run, id);
  const disks = await layers.overlay(next, machine.disks, run.signal);
  const vars = machine.firmware.kind === 'efi' ? machine.firmware.vars : undefined;
  const cost = await vm.saveMoment(
    {
      memory: layers.memory(id),
      overlays: new Map(disks.map(disk => [disk.id, disk.path])),
      copies: vars === undefined ? [] : [{ from: vars, to: layers.efiVars(id) }],
    },
    { isExact: options.isExact, signal: run.signal },
  );
  const checkpoint: Checkpoint = {
    id,
    name,
    by: options.by,
    moment,
    ...(session.current === undefined ? {} : { parent: session.current }),
    at: new Date().toISOString(),
    pauseMs: cost.pauseMs,
    memoryBytes: cost.diskOnly === undefined ? await layers.memoryBytes(id) : 0,
    ...(cost.diskOnly === undefined ? {} : { diskOnly: cost.diskOnly }),
  };
  const stage = 'stage' in options ? options.stage : session.chain.done;
  await layers.freeze(id, { ...recordOf(session, checkpoint, machine), ...(stage ? { stage } : {}) });
  void layers.sync(id).catch(() => undefined);
  if (stage) run.emit({ type: 'stage', stage: stage.stage, state: 'kept', key: stage.key });
  session.layer = next;
  session.nowOn(disks);
  session.current = id;
  session.checkpoints.push(checkpoint);
  run.emit({ type: 'checkpoint', checkpoint });
  await freeLayers(layers, session.context.budgetBytes).catch(() => undefined);
  return checkpoint;
}

function recordOf(
  { context, machine: plan, guest, served }: Session,
  checkpoint: Checkpoint,
  machine: Machine,
): Omit<LayerRecord, 'schema' | 'files'> {
  return {
    checkpoint,
    build: context.id,
    image: context.target.image.name,
    machine,
    plan,
    keys: context.keys,
    hostKeys: guest?.address.hostKeys ?? [],
    servedAt: served.at,
  };
}

/**
 * The disks go on in raw files of their own. In layers of qcow2 blocks are given back in whole clusters only, so that
 * parts of what sealing removes would stay in the image.
 */
export function flatten(session: Session): Promise<void> {
  return session.alone(async () => {
    const { vm, machine, layers, run } = session;
    if (!vm?.flatten || machine.disks.every(({ format }) => format === 'raw')) return;
    const next = await layers.begin(run, session.current);
    const disks = await layers.empty(next, machine.disks, run.signal);
    for (const disk of disks) await vm.flatten(disk.id, disk.path);
    session.layer = next;
    session.nowOn(disks);
  });
}
