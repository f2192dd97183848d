import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core';
import { type FormEvent, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import type { Answers } from '../../../electron/ipc/contract.ts';
import { call } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { useLab } from '../../state/lab.ts';
import { go } from '../../state/route.ts';

const FORM = 'new-lab';

/** Where a lab made from a recipe goes; then its variables and Build. */
export function NewLabDialog({ recipe, onClose }: { recipe: Answers['recipes'][number]; onClose(): void }) {
  const base = useLab(lab => lab.about?.folder ?? '');
  const [folder, setFolder] = useState(`${base}/${recipe.name}`);
  const [isMaking, setMaking] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const make = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setMaking(true);
    setFailure(undefined);
    const reply = await call('lab.create', { recipe: recipe.name, folder });
    setMaking(false);
    if (!reply.ok) return setFailure(reply.failure);
    onClose();
    go(['new', reply.value.image], { folder: reply.value.folder });
  };
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="new-lab-title" elementToFocus="#new-lab-folder">
      <ModalHeader
        title={`A lab with ${recipe.title}`}
        labelId="new-lab-title"
        description="A folder with lab.yaml and a copy of the recipe, in git: yours from then on."
      />
      <ModalBody>
        {failure && <FailureAlert failure={failure} />}
        <Form id={FORM} onSubmit={event => void make(event)}>
          <FormGroup label="Folder to make" fieldId="new-lab-folder">
            <TextInput
              id="new-lab-folder"
              className="gs-mono"
              value={folder}
              onChange={(_event, value) => setFolder(value)}
            />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={FORM} variant="primary" isLoading={isMaking} isDisabled={isMaking || folder === ''}>
          {isMaking ? 'Making …' : 'Make the lab'}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
