import { Button, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core';
import { type FormEvent, useEffect, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import type { Answers } from '../../../electron/ipc/contract.ts';
import { call } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { go } from '../../state/route.ts';

type Listing = Answers['browse'];
type Entry = Listing['entries'][number];

const ICONS: Record<Entry['kind'], IconName> = { folder: 'folder', lab: 'library', template: 'file' };

/** The host's folders, with the labs and templates in them. */
export function FilePicker({ onClose }: { onClose(): void }) {
  const [folder, setFolder] = useState<string>();
  const [typed, setTyped] = useState('');
  const [listing, setListing] = useState<Listing | Failure>();
  useEffect(() => {
    let isCurrent = true;
    void call('browse', folder === undefined ? {} : { folder }).then(reply => {
      if (!isCurrent) return;
      setListing(reply.ok ? reply.value : reply.failure);
      if (reply.ok) setTyped(reply.value.folder);
    });
    return () => {
      isCurrent = false;
    };
  }, [folder]);
  const choose = (entry: Entry): void => {
    if (entry.kind === 'folder') setFolder(entry.path);
    else onClose();
    if (entry.kind === 'lab') go(['new'], { folder: entry.path });
    if (entry.kind === 'template')
      go(['new', entry.path], { folder: entry.path.slice(0, entry.path.lastIndexOf('/')) || '/' });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setFolder(typed);
  };
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="picker-title" elementToFocus="#picker-folder">
      <ModalHeader title="Open a lab or a Packer template" labelId="picker-title" />
      <ModalBody>
        <form onSubmit={submit} className="gs-row">
          <TextInput
            id="picker-folder"
            aria-label="Folder on the host"
            value={typed}
            onChange={(_event, value) => setTyped(value)}
            className="gs-mono"
          />
          <Button type="submit" variant="secondary">
            Go there
          </Button>
        </form>
        {!listing && <Waiting what="Reading the folder" />}
        {listing && 'code' in listing && <FailureAlert failure={listing} />}
        {listing && 'entries' in listing && <Entries listing={listing} choose={choose} />}
      </ModalBody>
      <ModalFooter>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function Entries({ listing, choose }: { listing: Listing; choose(entry: Entry): void }) {
  const { parent, entries, isLab, folder } = listing;
  const up: Entry[] = parent === undefined ? [] : [{ name: '..', path: parent, kind: 'folder' }];
  const here: Entry[] = isLab ? [{ name: 'The lab in this folder', path: folder, kind: 'lab' }] : [];
  const all = [...here, ...up, ...entries];
  return (
    <ul className="gs-files" aria-label="Folders, labs and templates">
      {all.map(entry => (
        <li key={entry.path + entry.kind}>
          <Button variant="link" isInline onClick={() => choose(entry)} icon={<Icon name={ICONS[entry.kind]} />}>
            {entry.name}
          </Button>
        </li>
      ))}
      {all.length === 0 && <li>Nothing here.</li>}
    </ul>
  );
}
