import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { Plan } from '../../../core/model/plan.ts';
import { formatBytes, formatMs } from '../../../core/model/quantity.ts';

/** What a build will do, in words. */
export function PlanFacts({ plan }: { plan: Plan }) {
  const { machine, source, boot, guest, release } = plan;
  const disk = `${release.format}${release.compress === 'none' ? '' : `, compressed with ${release.compress}`}`;
  return (
    <DescriptionList isHorizontal isCompact className="gs-facts">
      <Fact name="Release">
        {plan.image}@{plan.version}, channel {release.channel}, {disk}
      </Fact>
      <Fact name="Source">
        <span className="gs-mono">{source.urls[0]}</span>
        <br />
        {source.isCached
          ? 'In the cache: nothing is downloaded.'
          : source.fallback
            ? `Made here where it cannot be had (${source.fallback}).`
            : 'Will be downloaded.'}
      </Fact>
      <Fact name="Machine">
        {machine.type}, {machine.cpus.count} CPU, {formatBytes(machine.memoryMiB * 1024 ** 2)},{' '}
        {machine.firmware.kind.toUpperCase()}
      </Fact>
      <Fact name="Accelerator">{plan.acceleratorReason.charAt(0).toUpperCase() + plan.acceleratorReason.slice(1)}</Fact>
      <Fact name="Boot">
        {boot.kind === 'direct' ? (
          <>
            Kernel <span className="gs-mono">{boot.kernel}</span> directly: no bootloader, nothing is typed.
          </>
        ) : (
          <>
            Waits {formatMs(boot.waitMs)}, then types for {formatMs(boot.typing.ms)}:{' '}
            <span className="gs-mono">{boot.keys}</span>
          </>
        )}
      </Fact>
      <Fact name="Installer">{plan.installer}</Fact>
      <Fact name="Log in">
        {guest.communicator}
        {guest.user ? ` as ${guest.user}` : ''}
        {guest.way ? `, ${guest.way}` : ''}
      </Fact>
      <Fact name="Provision">
        <Numbered items={plan.provisioners.map(({ kind, summary }) => `${kind}: ${summary}`)} none="Nothing." />
      </Fact>
      <Fact name="Seal">
        {plan.seal.length === 0 ? (
          'Off.'
        ) : (
          <ul className="gs-columns">
            {plan.seal.map(({ summary, name }) => (
              <li key={name}>{summary || name}</li>
            ))}
          </ul>
        )}
      </Fact>
      <Fact name="Tests">
        <Numbered
          items={[
            'boots, twice, as two clones that differ',
            ...plan.tests.map(({ name, on }) => `${name} (on the ${on})`),
          ]}
          none=""
        />
      </Fact>
      {plan.postProcessors.length > 0 && (
        <Fact name="Post-processors">
          <Numbered items={plan.postProcessors.map(chain => chain.map(({ type }) => type).join(', then '))} none="" />
        </Fact>
      )}
    </DescriptionList>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{name}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}

function Numbered({ items, none }: { items: string[]; none: string }) {
  if (items.length === 0) return none;
  return (
    <ol className="gs-numbered">
      {items.map(item => (
        <li key={item}>{item}</li>
      ))}
    </ol>
  );
}
