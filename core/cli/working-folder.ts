import { GoldsmithError, toFailure } from '../model/failure.ts';
import { exitStatusOf, formatFailure } from './errors.ts';
import { createStyle } from './style.ts';

/** The folder that we stand in. One that was removed has no name any more: then the process ends, and says why. */
export function workingFolder({ stderr, env }: Pick<NodeJS.Process, 'stderr' | 'env'>): string {
  try {
    return process.cwd();
  } catch {
    const gone = new GoldsmithError('not-found', 'The folder that you are in has been removed.', {
      hint: 'Change to one that is there.',
    });
    stderr.write(`${formatFailure(toFailure(gone), '/', createStyle(stderr, env))}\n`);
    process.exit(exitStatusOf(gone));
  }
}
