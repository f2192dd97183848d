import { readFile } from 'node:fs/promises';
import { INSTALLERS } from '../installer/installers.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Controlled } from './checkpoint-control.ts';
import { saveMoment } from './checkpoint-save.ts';
import { buildFiles } from './context.ts';
import { openShell } from './installer-shell.ts';
import { installerOf } from './parameters.ts';
import type { Session } from './session.ts';
import { GoBack } from './stages-choice.ts';

/** What other processes may ask of a build. */
export const controlled = (session: Session): Controlled => ({
  save: async name => {
    const { moment, noCheckpoints } = session;
    if (noCheckpoints !== undefined)
      throw new GoldsmithError('unsupported', `No checkpoint was taken: ${noCheckpoints}.`);
    if (!moment) throw new GoldsmithError('busy', 'The machine does not run.');
    const { kept } = await saveMoment(session, name, moment, { by: 'person', isExact: true, stage: undefined });
    return kept;
  },
  rewind: wanted => {
    const known = session.checkpoints.find(({ id, name }) => id === wanted || name === wanted);
    if (!known) throw noCheckpoint(wanted, session.checkpoints);
    if (session.question) session.question.answer({ kind: 'rewind', checkpoint: known.id });
    else session.guard.stop(new GoBack(known.id));
  },
  answer: choice => {
    if (!session.question) throw new GoldsmithError('not-found', 'The build asks nothing now.');
    session.question.answer(choice);
  },
  shell: async () => {
    const { vm, context, run } = session;
    if (!vm) throw new GoldsmithError('busy', 'The machine does not run.');
    const installer = installerOf(context.target);
    const { shell, title } = INSTALLERS[installer];
    if (!shell) {
      throw new GoldsmithError('unsupported', `No shell is known of the ${title}.`, {
        hint: `goldsmith console ${context.id} shows its serial console.`,
      });
    }
    const serial = await readFile(buildFiles(context.dir).serialLog, 'latin1').catch(() => '');
    return openShell(vm, shell, serial, run.signal);
  },
});

const noCheckpoint = (wanted: string, known: Checkpoint[]): GoldsmithError =>
  new GoldsmithError('not-found', `The build has no checkpoint "${wanted}".`, {
    hint: known.length > 0 ? `There are: ${known.map(({ id, name }) => `${id} (${name})`).join(', ')}.` : undefined,
  });
