import { Label } from '@patternfly/react-core';
import type { BuildState } from '../../core/model/fold.ts';
import { Icon, type IconName } from './icons.tsx';

const LOOKS = {
  running: { text: 'Running', color: 'blue', icon: 'clock' },
  ok: { text: 'Released', color: 'green', icon: 'ok' },
  failed: { text: 'Failed', color: 'red', icon: 'failed' },
  cancelled: { text: 'Cancelled', color: 'grey', icon: 'stop' },
  interrupted: { text: 'Interrupted', color: 'orange', icon: 'warning' },
} as const satisfies Record<BuildState['outcome'], { text: string; color: string; icon: IconName }>;

/** How a build stands, in words, a colour and a sign. */
export function OutcomeLabel({ outcome }: { outcome: BuildState['outcome'] }) {
  const { text, color, icon } = LOOKS[outcome];
  return (
    <Label color={color} icon={<Icon name={icon} size={14} />} isCompact>
      {text}
    </Label>
  );
}
