import {
  Card,
  CardBody,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Tab,
  Tabs,
  TabTitleText,
} from '@patternfly/react-core';
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import type { Plan } from '../../../core/model/plan.ts';
import { formatBytes, formatMs } from '../../../core/model/quantity.ts';
import { Problems } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/waiting.tsx';

const Code = lazy(async () => ({ default: (await import('../../parts/code.tsx')).Code }));

/** Everything the build will do, before anything is made. */
export function PlanView({ plan, isOld }: { plan: Plan; isOld: boolean }) {
  const [tab, setTab] = useState<string | number>('plan');
  return (
    <Card className={isOld ? 'gs-old' : ''}>
      <CardBody>
        <Tabs activeKey={tab} onSelect={(_event, key) => setTab(key)} aria-label="Plan">
          <Tab eventKey="plan" title={<TabTitleText>Plan</TabTitleText>}>
            <PlanFacts plan={plan} />
            <div className="gs-tab gs-remarks">
              <Problems problems={plan.problems.filter(({ severity }) => severity !== 'error')} />
            </div>
          </Tab>
          <Tab eventKey="answers" title={<TabTitleText>Answer files ({plan.answers.length})</TabTitleText>}>
            {tab === 'answers' && <Answers plan={plan} />}
          </Tab>
          <Tab eventKey="qemu" title={<TabTitleText>{plan.libvirt ? 'libvirt' : 'QEMU'}</TabTitleText>}>
            <pre className="gs-pre">{plan.libvirt?.domainXml ?? commandText(plan.qemuArguments)}</pre>
          </Tab>
        </Tabs>
      </CardBody>
    </Card>
  );
}

/** One switch a line. */
export const commandText = (words: string[]): string =>
  words.reduce((text, word) => `${text}${word.startsWith('-') ? ' \\\n  ' : ' '}${quoted(word)}`).trim();

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function PlanFacts({ plan }: { plan: Plan }) {
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
      <Fact name="Accelerator">
        {machine.accelerator.toUpperCase()}: {plan.acceleratorReason}
      </Fact>
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

function Answers({ plan }: { plan: Plan }) {
  const [path, setPath] = useState(plan.answers[0]?.path ?? '');
  const answer = plan.answers.find(one => one.path === path) ?? plan.answers[0];
  const problems = useMemo(() => plan.problems.filter(({ place }) => place?.file === answer?.path), [plan, answer]);
  if (!answer) return <p className="gs-none">This recipe serves no files.</p>;
  return (
    <>
      <Tabs isSubtab activeKey={answer.path} onSelect={(_event, key) => setPath(String(key))} aria-label="Answer files">
        {plan.answers.map(one => (
          <Tab key={one.path} eventKey={one.path} title={<TabTitleText>{one.path}</TabTitleText>} />
        ))}
      </Tabs>
      <p className="gs-muted gs-note">
        As it will be served: {answer.kind}, {formatBytes(answer.bytes)}
        {problems.length > 0 &&
          `, ${problems.length === 1 ? 'one remark' : `${problems.length} remarks`}, marked below`}
        .
      </p>
      {answer.text === undefined ? (
        <p>Not a text, or too long to be shown.</p>
      ) : (
        <Suspense fallback={<Waiting what="Opening the editor" />}>
          <Code text={answer.text} kind={answer.kind} label={answer.path} problems={problems} />
        </Suspense>
      )}
    </>
  );
}
