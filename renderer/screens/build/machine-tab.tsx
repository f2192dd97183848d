import {
  Button,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  EmptyState,
  EmptyStateBody,
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { BuildState } from '../../../core/model/fold.ts';
import type { VmInfo } from '../../../core/model/vm.ts';
import { Icon } from '../../parts/icons.tsx';
import { tell } from '../../state/ask.ts';
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
  const text = commandText(machine.command);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    tell({ variant: 'success', title: 'Copied.' });
  };
  return (
    <>
      <DescriptionList isHorizontal isCompact className="gs-facts">
        <Fact name="State">{vm?.pid === undefined ? 'ended' : `running, process ${vm.pid}`}</Fact>
        {machine.ssh && (
          <Fact name="SSH">
            {machine.ssh.host}:{machine.ssh.port}
            {vm?.ssh ? ` as ${vm.ssh.user}` : ''}
          </Fact>
        )}
        {vm && <Fact name="Log in">{`goldsmith ssh ${vm.id}`}</Fact>}
        {vm && <Fact name="Use its console">{`goldsmith console ${vm.id}`}</Fact>}
        {machine.vnc && <Fact name="Screen socket">{machine.vnc}</Fact>}
        {machine.serial && <Fact name="Serial socket">{machine.serial}</Fact>}
      </DescriptionList>
      <div className="gs-bar">
        <h3 className="gs-small-title">QEMU's arguments</h3>
        <span className="gs-push" />
        <Button variant="secondary" size="sm" icon={<Icon name="copy" size={15} />} onClick={() => void copy()}>
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

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{name}</DescriptionListTerm>
      <DescriptionListDescription className="gs-mono">{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}
