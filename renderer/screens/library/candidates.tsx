import { Label } from '@patternfly/react-core';
import { Td, Tr } from '@patternfly/react-table';
import type { ImageInfo } from '../../../core/model/image.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import { age } from '../../state/clock.ts';

/** Candidates that failed their tests: kept to be looked at, never resolved. */
export function CandidateRows(props: { candidates: ImageInfo['candidates']; image: string; now: number }) {
  return props.candidates.map(({ version, bytes, reason, at, path }) => (
    <Tr key={path} className="gs-candidate">
      <Td dataLabel="Version">{version}</Td>
      <Td dataLabel="Channels">
        <Label color="red" isCompact>
          failed candidate
        </Label>
      </Td>
      <Td dataLabel="Tests">{reason ?? 'did not pass'}</Td>
      <Td dataLabel="Size">{formatBytes(bytes)}</Td>
      <Td dataLabel="Released">{age(at, props.now)}</Td>
      <Td />
    </Tr>
  ));
}
