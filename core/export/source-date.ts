import { GoldsmithError } from '../model/failure.ts';

/** The largest that all formats hold: VHD counts seconds since 2000 in 32 bits, tar in eleven octal digits. */
const MAX_S = 0xffffffff;

/**
 * The time that everything made now is to say (reproducible-builds.org/specs/source-date-epoch), in seconds since 1970;
 * undefined where nobody set one. @throws GoldsmithError `usage` for what is no such time
 */
export function sourceDateEpoch(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const text = env['SOURCE_DATE_EPOCH'] ?? '';
  if (text === '') return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_S) return Number(text);
  throw new GoldsmithError(
    'usage',
    `SOURCE_DATE_EPOCH is ${JSON.stringify(text)}: no time in whole seconds since 1970.`,
    {
      hint: 'Set it as `date +%s` prints it, or unset it.',
    },
  );
}
