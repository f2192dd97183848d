import { FormSelect, FormSelectOption, Modal, ModalBody, ModalHeader } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { type CheckpointInfo, treeOf } from '../../../core/model/checkpoint.ts';
import { AREAS, type Comparison, type Difference } from '../../../core/model/comparison.ts';
import type { Failure } from '../../../core/model/failure.ts';
import { call } from '../../link/engine.ts';
import { Changes } from '../../parts/changes.tsx';
import { FailureAlert } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useLab } from '../../state/lab.ts';

/** A way to compare: of a build, to one of its checkpoints or, without one, to where it stands. */
export interface Side {
  build: string;
  checkpoint?: string;
}

interface Props {
  one: Side;
  other: Side;
  onClose(): void;
}

/** What is not the same on two ways of a machine: builds, branches of one, checkpoints. */
export function CompareBuilds(props: Props) {
  const [one, setOne] = useState(props.one);
  const [other, setOther] = useState(props.other);
  const isSame = one.build === other.build && one.checkpoint === other.checkpoint;
  return (
    <Modal
      isOpen
      variant="large"
      onClose={props.onClose}
      aria-labelledby="compare-title"
      elementToFocus="#compare-first-build"
    >
      <ModalHeader title="Compare builds and checkpoints" labelId="compare-title" />
      <ModalBody>
        <div className="gs-pair">
          <SideFields legend="First" side={one} onChange={setOne} />
          <SideFields legend="Second" side={other} onChange={setOther} />
        </div>
        {isSame ? (
          <p className="gs-none" role="status">
            This is the same moment twice. Choose another build or checkpoint on one side.
          </p>
        ) : (
          <Result one={one} other={other} />
        )}
      </ModalBody>
    </Modal>
  );
}

function SideFields({ legend, side, onChange }: { legend: string; side: Side; onChange(side: Side): void }) {
  const builds = useLab(lab => lab.builds) ?? [];
  const checkpoints = useCheckpoints(side.build);
  const stem = `compare-${legend.toLowerCase()}`;
  const isRunning = builds.find(({ id }) => id === side.build)?.outcome === 'running';
  return (
    <fieldset className="gs-side">
      <legend>{legend}</legend>
      <label htmlFor={`${stem}-build`}>Build</label>
      <FormSelect id={`${stem}-build`} value={side.build} onChange={(_event, build) => onChange({ build })}>
        {builds.map(({ id }) => (
          <FormSelectOption key={id} value={id} label={id} />
        ))}
      </FormSelect>
      <label htmlFor={`${stem}-to`}>Up to</label>
      <FormSelect
        id={`${stem}-to`}
        value={side.checkpoint ?? ''}
        onChange={(_event, id) => onChange({ build: side.build, ...(id ? { checkpoint: id } : {}) })}
      >
        <FormSelectOption value="" label={isRunning ? 'where it stands now' : 'its end'} />
        {treeOf(checkpoints).map(({ checkpoint: { id, name }, depth }) => (
          <FormSelectOption key={id} value={id} label={`${'\u2003'.repeat(depth)}${name} (${id})`} />
        ))}
      </FormSelect>
    </fieldset>
  );
}

function useCheckpoints(build: string): CheckpointInfo[] {
  const [checkpoints, setCheckpoints] = useState<CheckpointInfo[]>([]);
  useEffect(() => {
    let isCurrent = true;
    setCheckpoints([]);
    void call('build.checkpoints', { build }).then(reply => {
      if (isCurrent && reply.ok) setCheckpoints(reply.value);
    });
    return () => {
      isCurrent = false;
    };
  }, [build]);
  return checkpoints;
}

function Result({ one, other }: { one: Side; other: Side }) {
  const [result, setResult] = useState<Comparison | Failure>();
  const [a, b] = [one.checkpoint ?? one.build, other.checkpoint ?? other.build];
  useEffect(() => {
    setResult(undefined);
    let isCurrent = true;
    void call('build.compare', { one: a, other: b }).then(
      reply => isCurrent && setResult(reply.ok ? reply.value : reply.failure),
    );
    return () => {
      isCurrent = false;
    };
  }, [a, b]);
  if (!result) return <Waiting what="Reading both journals" />;
  if ('code' in result) return <FailureAlert failure={result} />;
  const { common, differences } = result;
  return (
    <section aria-label="What differs">
      {common && <p>Both grew from “{common.name}”.</p>}
      {differences.length === 0 ? (
        <p className="gs-none">
          No difference is known: of the stages' inputs, the answers served, what provisioners said, packages and times.
        </p>
      ) : (
        Object.entries(AREAS).map(([area, title]) => (
          <Changes
            key={area}
            title={title}
            heads={['What', 'First', 'Second']}
            rows={rowsOf(differences.filter(difference => difference.area === area))}
            isOpen
          />
        ))
      )}
    </section>
  );
}

/** A side that has nothing of the name. */
const NOTHING = '–';

const rowsOf = (differences: Difference[]): [string, string, string][] =>
  differences.map(({ name, one = NOTHING, other = NOTHING }) => [name, one, other]);
