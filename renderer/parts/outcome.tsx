import { Label } from '@patternfly/react-core';
import type { BuildSummary } from '../../electron/ipc/contract.ts';
import { Icon, type IconName } from './icons.tsx';

const LOOKS = {
  running: { text: 'Running', color: 'blue', icon: 'clock' },
  ok: { text: 'Released', color: 'green', icon: 'ok' },
  failed: { text: 'Failed', color: 'red', icon: 'failed' },
  cancelled: { text: 'Cancelled', color: 'grey', icon: 'stop' },
  interrupted: { text: 'Interrupted', color: 'orange', icon: 'warning' },
} as const satisfies Record<BuildSummary['outcome'], { text: string; color: string; icon: IconName }>;

/** It stands until a person has answered. */
const STANDS = { text: 'Waits for you', color: 'orange', icon: 'warning' } as const;

type Told = Pick<BuildSummary, 'outcome' | 'question'>;

export const isStanding = ({ outcome, question }: Told): boolean => outcome === 'running' && question !== undefined;

/** How a build stands, in words, a colour and a sign. */
export function OutcomeLabel({ build }: { build: Told }) {
  const { text, color, icon } = isStanding(build) ? STANDS : LOOKS[build.outcome];
  return (
    <Label color={color} icon={<Icon name={icon} size={14} />} isCompact>
      {text}
    </Label>
  );
}
