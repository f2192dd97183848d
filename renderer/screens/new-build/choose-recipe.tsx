import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  EmptyState,
  EmptyStateBody,
  Gallery,
  PageSection,
  Title,
} from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import type { TargetInfo } from '../../../core/model/plan.ts';
import { formatMs } from '../../../core/model/quantity.ts';
import { call, useConnection } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { estimateOf } from '../../state/estimate.ts';
import { useLab } from '../../state/lab.ts';
import { go } from '../../state/route.ts';
import { BuiltIn } from './built-in.tsx';
import { FilePicker } from './file-picker.tsx';

/** The images of the lab, another lab, or any Packer template. */
export function ChooseRecipe({ folder }: { folder: string | undefined }) {
  const [isPicking, setPicking] = useState(false);
  const [targets, setTargets] = useState<TargetInfo[] | Failure>();
  const epoch = useConnection(connection => connection.epoch);
  useEffect(() => {
    if (epoch > 0)
      void call('targets', folder ? { folder } : {}).then(reply => setTargets(reply.ok ? reply.value : reply.failure));
  }, [folder, epoch]);
  return (
    <>
      <ScreenHead
        title="New build"
        text={folder ? `Images of the lab in ${folder}` : 'Pick what to build. Recipes are ordinary Packer templates.'}
        actions={
          <Button variant="secondary" onClick={() => setPicking(true)}>
            Open a lab or template …
          </Button>
        }
      />
      <PageSection isFilled>
        {!targets && <Waiting what="Reading the lab" />}
        {targets && 'code' in targets && <FailureAlert failure={targets} />}
        {Array.isArray(targets) && <Recipes targets={targets} folder={folder} />}
        <BuiltIn />
      </PageSection>
      {isPicking && <FilePicker onClose={() => setPicking(false)} />}
    </>
  );
}

function Recipes({ targets, folder }: { targets: TargetInfo[]; folder: string | undefined }) {
  const builds = useLab(lab => lab.builds) ?? [];
  if (targets.length === 0) {
    return (
      <EmptyState titleText="No lab here" headingLevel="h2">
        <EmptyStateBody>
          There is no lab.yaml in this folder or above. Begin with a built-in recipe, open another folder that has one,
          or any Packer template with a qemu builder.
        </EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <Gallery hasGutter minWidths={{ default: '320px' }}>
      {targets.map(({ name, description, recipe }) => (
        <Card key={name} isClickable className="gs-recipe">
          <CardHeader
            selectableActions={{
              onClickAction: () => go(['new', name], folder ? { folder } : {}),
              selectableActionAriaLabelledby: `recipe-${name}`,
            }}
          >
            <CardTitle>
              <Title headingLevel="h2" size="lg" id={`recipe-${name}`}>
                {name}
              </Title>
            </CardTitle>
          </CardHeader>
          <CardBody>
            <p>{description}</p>
            <p className="gs-muted gs-mono">{recipe}</p>
            <p className="gs-muted">{timeOf(name, builds)}</p>
          </CardBody>
        </Card>
      ))}
    </Gallery>
  );
}

function timeOf(name: string, builds: Parameters<typeof estimateOf>[1]): string {
  const own = builds.filter(({ image }) => image === name);
  if (own.some(({ outcome }) => outcome === 'running')) return 'Being built now.';
  const estimate = estimateOf(name, own);
  if (!estimate) return own.length > 0 ? 'No build came to its end yet.' : 'Not built here yet.';
  return `Took ${formatMs(estimate.totalMs)} the last ${estimate.builds === 1 ? 'time' : `${estimate.builds} times`}.`;
}
