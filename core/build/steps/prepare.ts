import { GoldsmithError } from '../../model/failure.ts';
import type { Machine } from '../../model/machine.ts';
import { buildFiles, machineName } from '../context.ts';
import { planMachine } from '../machine.ts';
import type { Scope } from '../scope.ts';
import type { Session } from '../session.ts';
import { copyEfiVars, createDisks } from './disk.ts';
import { createSeedMedia } from './media.ts';
import type { Source } from './source.ts';

/** Makes the disks and media of a machine that was never switched on, and says what of the recipe it cannot be. */
export async function prepareMachine(scope: Scope, session: Session, source: Source): Promise<Machine> {
  const { context } = session;
  const { image, builder, recipe } = context.target;
  const layer = await session.firstLayer();
  const { disks, efiVars, packerDir } = await createDisks(scope, context, source, layer);
  const seeds = await createSeedMedia(scope, context, layer);
  const plan = planMachine(machineName(context.id), builder.source, image.machine, context.facts, {
    disks,
    cdroms: [...(source.kind === 'iso' ? [source.path] : []), ...seeds.cdroms],
    ...(seeds.floppy === undefined ? {} : { floppy: seeds.floppy }),
    efiVars,
    packerDir,
    root: recipe.root,
    serialLog: buildFiles(context.dir).serialLog,
  });
  for (const { message, hint, severity } of plan.problems) {
    scope.emit(
      severity === 'note' ? { type: 'note', message } : { type: 'warning', message, ...(hint ? { hint } : {}) },
    );
  }
  const wrong = (await context.driver.check(plan.machine)).find(({ severity }) => severity === 'error');
  if (wrong) throw new GoldsmithError(wrong.code, wrong.message, { hint: wrong.hint });
  await copyEfiVars(plan.efiVarsTemplate, efiVars);
  return plan.machine;
}
