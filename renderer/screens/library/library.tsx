import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  PageSection,
  SearchInput,
} from '@patternfly/react-core';
import { useState } from 'react';
import type { TargetInfo } from '../../../core/model/plan.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useLab } from '../../state/lab.ts';
import { go } from '../../state/route.ts';
import { BuiltIn } from '../new-build/built-in.tsx';
import { ImageCard } from './image-card.tsx';
import { RunningBuilds } from './running-builds.tsx';

/** What was released, what is being built, and where to go from here. */
export function Library() {
  const { images, builds, targets, failure } = useLab();
  const [filter, setFilter] = useState('');
  if (!images || !builds) {
    return (
      <PageSection isFilled>
        {failure ? <FailureAlert failure={failure} /> : <Waiting what="Reading the library" />}
      </PageSection>
    );
  }
  const shown = images.filter(({ name }) => name.includes(filter.trim()));
  const newBuild = (
    <Button variant="primary" onClick={() => go(['new'])}>
      New build
    </Button>
  );
  return (
    <>
      <ScreenHead
        title="Library"
        text="Images that booted and passed their tests, and the builds that are making new ones."
        actions={images.length > 0 ? newBuild : undefined}
      />
      <PageSection isFilled>
        <RunningBuilds builds={builds} />
        {images.length === 0 && <NothingYet hasBuilds={builds.length > 0} targets={targets} />}
        {images.length > 3 && (
          <SearchInput
            className="gs-filter"
            aria-label="Filter images"
            placeholder="Filter images"
            value={filter}
            onChange={(_event, value) => setFilter(value)}
            onClear={() => setFilter('')}
          />
        )}
        {shown.map(image => (
          <ImageCard
            key={image.name}
            image={image}
            builds={builds}
            description={targets?.find(({ name }) => name === image.name)?.description}
          />
        ))}
        {images.length > 0 && shown.length === 0 && <p role="status">No image is named like “{filter}”.</p>}
      </PageSection>
    </>
  );
}

/** Outside a lab a built-in recipe is one click away from here. */
function NothingYet({ hasBuilds, targets }: { hasBuilds: boolean; targets: TargetInfo[] | undefined }) {
  return (
    <>
      <Begin hasBuilds={hasBuilds} first={targets?.at(-1)?.name} />
      {targets?.length === 0 && <BuiltIn />}
    </>
  );
}

function Begin({ hasBuilds, first }: { hasBuilds: boolean; first: string | undefined }) {
  return (
    <EmptyState titleText="Nothing is released yet" headingLevel="h2">
      <EmptyStateBody>
        A build takes an installer ISO, watches the installation, boots the result, tests it, and only then releases it
        here.{' '}
        {first === 'tiny' &&
          'To see the whole way in about two minutes, build “tiny”: a small real Linux that needs no download.'}
      </EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="primary" onClick={() => go(['new'])}>
            New build
          </Button>
        </EmptyStateActions>
        {hasBuilds && (
          <EmptyStateActions>
            <Button variant="link" onClick={() => go(['builds'])}>
              See earlier builds
            </Button>
          </EmptyStateActions>
        )}
      </EmptyStateFooter>
    </EmptyState>
  );
}
