import { Button, Card, CardBody, CardHeader, CardTitle, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { ImageInfo, ReleaseInfo } from '../../../core/model/image.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { BuildSummary } from '../../../electron/ipc/contract.ts';
import { Icon } from '../../parts/icons.tsx';
import { openAgain } from '../../state/actions.ts';
import { age, dayTime, useNow } from '../../state/clock.ts';
import { go, hrefOf } from '../../state/route.ts';
import { CandidateRows } from './candidates.tsx';
import { CompareDialog } from './compare-dialog.tsx';
import { ReleaseMenu } from './release-menu.tsx';

/** Releases shown before the rest is asked for. */
const FIRST = 5;

/** One image: its releases, newest first, and the candidates that did not make it. */
export function ImageCard(props: { image: ImageInfo; builds: BuildSummary[]; description: string | undefined }) {
  const { image, builds, description } = props;
  const [isAll, setAll] = useState(false);
  const [compared, setCompared] = useState<ReleaseInfo>();
  const now = useNow(false);
  const again = (): void | Promise<void> => {
    const last = builds.find(build => build.image === image.name);
    return last ? openAgain(last.id) : go(['new', image.name]);
  };
  const releases = isAll ? image.releases : image.releases.slice(0, FIRST);
  return (
    <Card className="gs-image" aria-label={`Image ${image.name}`} component="section">
      <CardHeader
        actions={{
          actions: (
            <Button variant="secondary" onClick={() => void again()}>
              Build again
            </Button>
          ),
        }}
      >
        <CardTitle component="h2">{image.name}</CardTitle>
        {description && <p className="gs-subtitle">{description}</p>}
      </CardHeader>
      <CardBody>
        <Table aria-label={`Releases of ${image.name}`} variant="compact" className="gs-releases">
          <Thead>
            <Tr>
              <Th>Version</Th>
              <Th>Channels</Th>
              <Th>Tests</Th>
              <Th>Size</Th>
              <Th>Made</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {releases.map(release => (
              <ReleaseRow
                key={release.id}
                release={release}
                image={image}
                build={builds.find(({ id }) => id === release.build)}
                now={now}
                onCompare={() => setCompared(release)}
              />
            ))}
            <CandidateRows image={image} builds={builds} now={now} />
          </Tbody>
        </Table>
        {image.releases.length > FIRST && (
          <Button variant="link" onClick={() => setAll(!isAll)}>
            {isAll ? 'Show fewer' : `Show all ${image.releases.length} releases`}
          </Button>
        )}
      </CardBody>
      {compared && <CompareDialog image={image} release={compared} onClose={() => setCompared(undefined)} />}
    </Card>
  );
}

interface RowProps {
  release: ReleaseInfo;
  image: ImageInfo;
  build: BuildSummary | undefined;
  now: number;
  onCompare(): void;
}

function ReleaseRow({ release, image, build, now, onCompare }: RowProps) {
  const { version, channels, bytes, virtualBytes, at } = release;
  const passed = build?.tests.filter(({ ok }) => ok).length ?? 0;
  return (
    <Tr>
      <Td dataLabel="Version">{build ? <a href={hrefOf(['builds', build.id])}>{version}</a> : version}</Td>
      <Td dataLabel="Channels">
        {channels.length === 0 && <span className="gs-muted">none</span>}
        {channels.map(channel => (
          <Label key={channel} color="yellow" isCompact className="gs-channel">
            {channel}
          </Label>
        ))}
      </Td>
      <Td dataLabel="Tests">
        {build && build.tests.length > 0 ? (
          <span className="gs-good">
            <Icon name="ok" size={15} /> {passed} of {build.tests.length} passed
          </span>
        ) : (
          <span className="gs-muted">passed</span>
        )}
      </Td>
      <Td dataLabel="Size">
        {formatBytes(bytes)} <span className="gs-muted">of {formatBytes(virtualBytes)}</span>
      </Td>
      <Td dataLabel="Made" title={dayTime(at)}>
        {age(at, now)}
      </Td>
      <Td isActionCell>
        <ReleaseMenu release={release} image={image} onCompare={onCompare} />
      </Td>
    </Tr>
  );
}
