import {
  Button,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  EmptyState,
  EmptyStateBody,
  ExpandableSection,
} from '@patternfly/react-core';
import { type ReactNode, useEffect, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import type { BuildState } from '../../../core/model/fold.ts';
import type { Plan } from '../../../core/model/plan.ts';
import type { VmInfo } from '../../../core/model/vm.ts';
import { call } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { tell } from '../../state/ask.ts';
import { PlanFacts } from '../new-build/plan-facts.tsx';
import { commandText } from '../new-build/plan-view.tsx';

/** The machine as it was started: where it can be reached, and QEMU's arguments to the letter. */
export function MachineTab({ state, vm }: { state: BuildState; vm: VmInfo | undefined }) {
  const { machine } = state;
  if (!machine) {
    return (
      <EmptyState titleText="No machine was started" headingLevel="h3" variant="sm">
        <EmptyStateBody>It is started in the step “Boot the machine”.</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <>
      <DescriptionList isHorizontal isCompact className="gs-facts">
        <Fact name="State">{vm?.pid === undefined ? 'ended' : `running, process ${vm.pid}`}</Fact>
        {vm && machine.ssh && (
          <Fact name="SSH">
            {machine.ssh.host}:{machine.ssh.port}
            {vm.ssh ? ` as ${vm.ssh.user}` : ''}
          </Fact>
        )}
        {vm && <Fact name="Log in">{`goldsmith ssh ${vm.id}`}</Fact>}
        {vm && <Fact name="Use its console">{`goldsmith console ${vm.id}`}</Fact>}
        {vm && machine.vnc && <Fact name="Screen socket">{machine.vnc}</Fact>}
        {vm && machine.serial && <Fact name="Serial socket">{machine.serial}</Fact>}
      </DescriptionList>
      <Source
        title={machine.definition ? 'libvirt’s command' : 'QEMU’s arguments'}
        text={commandText(machine.command)}
      />
      {machine.definition && <Source title="Its XML" text={machine.definition} />}
      <PlanOf build={state.id} />
    </>
  );
}

/** A text to the letter, to be copied. */
function Source({ title, text }: { title: string; text: string }) {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    tell({ variant: 'success', title: 'Copied.' });
  };
  return (
    <>
      <div className="gs-bar">
        <h3 className="gs-small-title">{title}</h3>
        <span className="gs-push" />
        <Button
          variant="secondary"
          size="sm"
          icon={<Icon name="copy" size={15} />}
          aria-label={`Copy ${title}`}
          onClick={() => void copy()}
        >
          Copy
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard */}
      <pre className="gs-pre" tabIndex={0}>
        {text}
      </pre>
    </>
  );
}

/** What the same build would do now: the recipe may have changed since. */
function PlanOf({ build }: { build: string }) {
  const [isOpen, setOpen] = useState(false);
  const [plan, setPlan] = useState<Plan | Failure>();
  useEffect(() => {
    if (isOpen) void planAgain(build).then(setPlan);
  }, [build, isOpen]);
  return (
    <ExpandableSection
      toggleText="The plan, as its recipe is now"
      isExpanded={isOpen}
      onToggle={(_event, isOn) => setOpen(isOn)}
    >
      {isOpen && !plan && <Waiting what="Working out the plan" />}
      {plan && ('code' in plan ? <FailureAlert failure={plan} /> : <PlanFacts plan={plan} />)}
    </ExpandableSection>
  );
}

async function planAgain(build: string): Promise<Plan | Failure> {
  const origin = await call('build.origin', { build });
  if (!origin.ok) return origin.failure;
  const plans = await call('plan', origin.value);
  if (!plans.ok) return plans.failure;
  return plans.value[0] ?? { code: 'not-found', message: 'The recipe has no builder any more.' };
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{name}</DescriptionListTerm>
      <DescriptionListDescription className="gs-mono">{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}
