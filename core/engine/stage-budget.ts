import { GoldsmithError } from '../model/failure.ts';
import { parseMiB } from '../model/quantity.ts';

const DEFAULT_BYTES = 20 * 1024 ** 3;

/**
 * What checkpoints and stages together may take of the disk: GOLDSMITH_STAGES, e.g. `40G`.
 * @throws GoldsmithError `usage` for what is no size
 */
export function stageBudget(env: NodeJS.ProcessEnv): number {
  const text = env['GOLDSMITH_STAGES'];
  if (text === undefined || text === '') return DEFAULT_BYTES;
  const mib = parseMiB(text);
  if (mib !== undefined) return mib * 1024 ** 2;
  throw new GoldsmithError('usage', `GOLDSMITH_STAGES=${text} is no size.`, { hint: 'Write it as 40G or 500M.' });
}
