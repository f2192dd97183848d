import type { StageReading } from './installers.ts';
import type { Recogniser } from './recognisers.ts';

/** The tiny test guest's installer: `stage: NAME NN%`, with or without a syslog tag before it. */
export function readTinyStage(text: string): StageReading | undefined {
  const match = /(?:^|: )stage: (.+?)(?: (\d{1,3})%)?$/.exec(text);
  if (!match?.[1]) return undefined;
  const percent = match[2] === undefined ? {} : { percent: Math.min(100, Number(match[2])) };
  return { id: match[1], stage: match[1], ...percent };
}

export const TINY_RECOGNISERS: Recogniser[] = [
  {
    name: 'tiny-stopped',
    pattern: /(?:^|: )installer-stopped: (.+)/,
    when: 'now',
    code: 'installer-stopped',
    reason: 'The installer stopped: {1}',
    hint: 'The lines before it in the installer log say more.',
  },
];
