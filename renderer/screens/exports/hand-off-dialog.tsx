import { Modal, ModalBody, ModalHeader } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { Answers } from '../../../electron/ipc/contract.ts';
import { call } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/waiting.tsx';

/** What the receiver of a hand-off will read, and the files they get. */
export function HandOffDialog({ dir, onClose }: { dir: string; onClose(): void }) {
  const [handOff, setHandOff] = useState<Answers['export.read'] | Failure>();
  useEffect(() => {
    void call('export.read', { dir }).then(reply => setHandOff(reply.ok ? reply.value : reply.failure));
  }, [dir]);
  return (
    <Modal isOpen variant="large" onClose={onClose} aria-labelledby="hand-off-title">
      <ModalHeader title="Hand-off" labelId="hand-off-title" description={dir} />
      <ModalBody tabIndex={0}>
        {!handOff && <Waiting what="Reading the hand-off" />}
        {handOff && 'code' in handOff && <FailureAlert failure={handOff} />}
        {handOff && 'files' in handOff && (
          <>
            <pre className="gs-pre">{handOff.text}</pre>
            <ul className="gs-mono">
              {handOff.files.map(({ name, bytes }) => (
                <li key={name}>
                  {name} · {formatBytes(bytes)}
                </li>
              ))}
            </ul>
          </>
        )}
      </ModalBody>
    </Modal>
  );
}
