import { Button, Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useId, useState } from 'react';
import type { ImageInfo, ReleaseInfo } from '../../../core/model/image.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import { call } from '../../link/engine.ts';
import { confirm, tell, tellFailure } from '../../state/ask.ts';
import { refresh } from '../../state/lab.ts';
import { go } from '../../state/route.ts';

/** What can be done with one release. */
export function ReleaseMenu(props: { release: ReleaseInfo; image: ImageInfo; onCompare(): void }) {
  const { release, image, onCompare } = props;
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  // A dialog gives the focus back to what had it before: that must be there still.
  const close = (): void => {
    setOpen(false);
    document.getElementById(id)?.focus();
  };
  const ref = `${image.name}@${release.version}`;
  const others = Object.keys(image.channels).filter(channel => !release.channels.includes(channel));
  const channels = [...new Set(['latest', 'stable', ...others])].filter(channel => !release.channels.includes(channel));
  return (
    <span className="gs-row-actions">
      <Button variant="secondary" size="sm" onClick={() => go(['vms'], { start: ref })} aria-label={`Run ${ref}`}>
        Run
      </Button>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        onSelect={close}
        shouldFocusFirstItemOnOpen
        popperProps={{ position: 'right' }}
        toggle={toggle => (
          <MenuToggle
            ref={toggle}
            id={id}
            variant="plain"
            isExpanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            aria-label={`More actions for ${ref}`}
          >
            <span aria-hidden="true">⋮</span>
          </MenuToggle>
        )}
      >
        <DropdownList>
          <DropdownItem onClick={() => go(['exports'], { ref })}>Export …</DropdownItem>
          <DropdownItem onClick={onCompare} isDisabled={image.releases.length < 2}>
            Compare with another release …
          </DropdownItem>
          <DropdownItem onClick={() => void verify(ref)}>Verify its files</DropdownItem>
          <Divider component="li" />
          {channels.map(channel => (
            <DropdownItem key={channel} onClick={() => void promote(ref, channel)}>
              {isRollback(image, release, channel) ? `Roll “${channel}” back to it` : `Promote to “${channel}”`}
            </DropdownItem>
          ))}
          <Divider component="li" />
          <DropdownItem isDanger onClick={() => void remove(ref, release)}>
            Delete …
          </DropdownItem>
        </DropdownList>
      </Dropdown>
    </span>
  );
}

/** The channel names a newer release than this one. */
function isRollback(image: ImageInfo, release: ReleaseInfo, channel: string): boolean {
  const now = image.releases.find(({ version }) => version === image.channels[channel]);
  return now !== undefined && now.at > release.at;
}

async function promote(ref: string, channel: string): Promise<void> {
  const reply = await call('promote', { ref, channel });
  if (!reply.ok) return tellFailure(reply.failure);
  const { release, previous } = reply.value;
  const isMoved = previous !== undefined && previous !== release.version;
  tell({
    variant: 'success',
    title: `${channel} is now ${release.version}`,
    ...(isMoved
      ? {
          text: `It was ${previous}, which is still there to roll back to.`,
          action: { label: 'Undo', run: () => void promote(`${release.image}@${previous}`, channel) },
        }
      : {}),
  });
  await refresh.images();
}

async function verify(ref: string): Promise<void> {
  tell({ variant: 'info', title: `Reading ${ref} and comparing it with its manifest …` });
  const reply = await call('release.verify', { ref });
  if (!reply.ok) return tellFailure(reply.failure);
  const [problem] = reply.value.problems;
  if (problem) tell({ variant: 'danger', title: `${ref} is damaged`, text: problem.message });
  else tell({ variant: 'success', title: `${ref} is whole`, text: 'Every file is what its manifest says.' });
}

async function remove(ref: string, { bytes, channels }: ReleaseInfo): Promise<void> {
  const named = channels.length > 0 ? ` The channel ${channels.join(', ')} names it and will name nothing.` : '';
  const isWanted = await confirm({
    title: `Delete ${ref}?`,
    text: `About ${formatBytes(bytes)} become free. Its name is never used again.${named}`,
    confirm: 'Delete',
    isDanger: true,
  });
  if (!isWanted) return;
  const reply = await call('release.remove', { ref, force: channels.length > 0 });
  if (!reply.ok) return tellFailure(reply.failure);
  tell({ variant: 'success', title: `Deleted ${ref}`, text: `${formatBytes(reply.value.freedBytes)} are free again.` });
  await refresh.images();
}
