import { Label } from '@patternfly/react-core';
import { Td, Tr } from '@patternfly/react-table';
import type { ImageInfo } from '../../../core/model/image.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { BuildSummary } from '../../../electron/ipc/contract.ts';
import { age } from '../../state/clock.ts';
import { hrefOf } from '../../state/route.ts';

/** Candidates that failed their tests: kept to be looked at, never resolved. */
export function CandidateRows(props: { image: ImageInfo; builds: BuildSummary[]; now: number }) {
  const { image, builds } = props;
  const buildOf = (version: string): BuildSummary | undefined =>
    builds.find(build => build.image === image.name && build.version === version && build.outcome === 'failed');
  return image.candidates.map(({ version, bytes, reason, at, path }) => (
    <Tr key={path} className="gs-candidate">
      <Td dataLabel="Version">
        <Linked text={version} build={buildOf(version)} />
      </Td>
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

/** To the build that made it, where that is still there. */
const Linked = ({ text, build }: { text: string; build: BuildSummary | undefined }) =>
  build ? <a href={hrefOf(['builds', build.id])}>{text}</a> : text;
