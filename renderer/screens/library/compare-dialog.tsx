import { FormSelect, FormSelectOption, Modal, ModalBody, ModalHeader } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import type { ImageInfo, ReleaseInfo } from '../../../core/model/image.ts';
import { call } from '../../link/engine.ts';
import { Changes } from '../../parts/changes.tsx';
import { FailureAlert } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { type Comparison, compare } from '../../state/compare.ts';

/** Two releases of one image side by side: packages and everything else that their manifests say. */
export function CompareDialog(props: { image: ImageInfo; release: ReleaseInfo; onClose(): void }) {
  const { image, release, onClose } = props;
  const others = image.releases.filter(({ version }) => version !== release.version);
  const older = others.find(({ at }) => at < release.at) ?? others[0];
  const [other, setOther] = useState(older?.version ?? '');
  const [result, setResult] = useState<Comparison | Failure>();
  useEffect(() => {
    setResult(undefined);
    let isCurrent = true;
    void compareRefs(`${image.name}@${other}`, `${image.name}@${release.version}`).then(
      compared => isCurrent && setResult(compared),
    );
    return () => {
      isCurrent = false;
    };
  }, [image.name, other, release.version]);
  return (
    <Modal isOpen variant="large" onClose={onClose} aria-labelledby="compare-title" elementToFocus="#compare-with">
      <ModalHeader title={`What is new in ${image.name}@${release.version}`} labelId="compare-title" />
      <ModalBody>
        <div className="gs-row">
          <label htmlFor="compare-with">Compared with</label>
          <FormSelect
            id="compare-with"
            value={other}
            onChange={(_event, value) => setOther(value)}
            className="gs-short"
          >
            {others.map(({ version }) => (
              <FormSelectOption key={version} value={version} label={version} />
            ))}
          </FormSelect>
        </div>
        {!result && <Waiting what="Reading both manifests" />}
        {result && 'code' in result && <FailureAlert failure={result} />}
        {result && 'added' in result && <Result result={result} />}
      </ModalBody>
    </Modal>
  );
}

async function compareRefs(before: string, after: string): Promise<Comparison | Failure> {
  const [a, b] = await Promise.all([
    call('release.manifest', { ref: before }),
    call('release.manifest', { ref: after }),
  ]);
  if (!a.ok) return a.failure;
  return b.ok ? compare(a.value, b.value) : b.failure;
}

const HEADS: [string, string, string] = ['Name', 'Before', 'After'];

function Result({ result }: { result: Comparison }) {
  const { added, removed, changed, facts } = result;
  return (
    <>
      <p>
        {added.length} packages added, {removed.length} removed, {changed.length} changed.
      </p>
      <Changes heads={HEADS} title="Added" rows={added.map(({ name, after }) => [name, '', after ?? ''])} />
      <Changes heads={HEADS} title="Removed" rows={removed.map(({ name, before }) => [name, before ?? '', ''])} />
      <Changes
        heads={HEADS}
        title="Changed"
        rows={changed.map(({ name, before, after }) => [name, before ?? '', after ?? ''])}
      />
      <Changes heads={HEADS} title="Manifest" rows={facts.map(({ name, before, after }) => [name, before, after])} />
    </>
  );
}
