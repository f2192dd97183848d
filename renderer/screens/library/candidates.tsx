import { Button, Label } from '@patternfly/react-core';
import { Td, Tr } from '@patternfly/react-table';
import type { ImageInfo } from '../../../core/model/image.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { BuildSummary } from '../../../electron/ipc/contract.ts';
import { call } from '../../link/engine.ts';
import { confirm, tell, tellFailure } from '../../state/ask.ts';
import { age } from '../../state/clock.ts';
import { refresh } from '../../state/lab.ts';
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
          Failed candidate
        </Label>
      </Td>
      <Td dataLabel="Tests">{reason ?? 'did not pass'}</Td>
      <Td dataLabel="Size">{formatBytes(bytes)}</Td>
      <Td dataLabel="Made">{age(at, props.now)}</Td>
      <Td isActionCell>
        <span className="gs-row-actions">
          <Button
            variant="link"
            size="sm"
            isDanger
            aria-label={`Delete the candidate ${image.name}@${version}`}
            onClick={() => void remove(`${image.name}@${version}`, bytes)}
          >
            Delete
          </Button>
        </span>
      </Td>
    </Tr>
  ));
}

async function remove(ref: string, bytes: number): Promise<void> {
  const isWanted = await confirm({
    title: `Delete the failed candidate ${ref}?`,
    text: `About ${formatBytes(bytes)} become free. The build that made it, with its log, stays.`,
    confirm: 'Delete',
    isDanger: true,
  });
  if (!isWanted) return;
  const reply = await call('release.remove', { ref, force: false });
  if (!reply.ok) return tellFailure(reply.failure);
  tell({ variant: 'success', title: `Deleted ${ref}`, text: `${formatBytes(reply.value.freedBytes)} are free again.` });
  await refresh.images();
}

/** To the build that made it, where that is still there. */
const Linked = ({ text, build }: { text: string; build: BuildSummary | undefined }) =>
  build ? <a href={hrefOf(['builds', build.id])}>{text}</a> : text;
