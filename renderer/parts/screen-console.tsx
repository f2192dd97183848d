import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  EmptyState,
  EmptyStateBody,
  MenuToggle,
  Switch,
} from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import type { Failure } from '../../core/model/failure.ts';
import { call } from '../link/engine.ts';
import { tell } from '../state/ask.ts';
import { Icon } from './icons.tsx';
import { CHORDS, keysymsOf } from './keysyms.ts';
import { LEAVE_KEYS } from './leave-console.ts';
import { Screen, type ScreenHandle } from './screen.tsx';
import { Waiting } from './waiting.tsx';

interface Props {
  machine: string | undefined;
  /** Whose last picture is shown when nothing runs. */
  build?: string;
  isRunning: boolean;
  /** Another place is another machine of the same build. */
  place: string | undefined;
}

/** A machine's screen with its buttons: looked at until a person takes control. */
export function ScreenConsole({ machine, build, isRunning, place }: Props) {
  if (machine === undefined || place === undefined) return <NoScreen build={build} isRunning={isRunning} />;
  return <LiveScreen key={place} machine={machine} build={build} isRunning={isRunning} />;
}

/** A screen that went away may come back at the same place: a build starts several machines. */
const AGAIN_MS = 1500;

function LiveScreen({ machine, build, isRunning }: { machine: string; build: string | undefined; isRunning: boolean }) {
  const [isControlled, setControlled] = useState(false);
  const [isScaled, setScaled] = useState(true);
  const [state, setState] = useState<'connecting' | 'shown' | Failure>('connecting');
  const [clipboard, setClipboard] = useState('');
  const [round, setRound] = useState(0);
  const handle = useRef<ScreenHandle>(undefined);
  const frame = useRef<HTMLDivElement>(null);
  const isGone = typeof state === 'object';
  useEffect(() => {
    if (!isGone || !isRunning) return;
    const timer = setTimeout(() => setRound(before => before + 1), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isGone, isRunning]);
  if (isGone && !isRunning) return <NoScreen build={build} isRunning={false} />;
  return (
    <div ref={frame} className="gs-screen-frame">
      <div className="gs-bar">
        <Button
          size="sm"
          variant={isControlled ? 'warning' : 'primary'}
          isDisabled={state !== 'shown'}
          onClick={() => setControlled(!isControlled)}
        >
          {isControlled ? 'Give control back' : 'Take control'}
        </Button>
        <Keys isDisabled={!isControlled || state !== 'shown'} press={keys => handle.current?.press(keys)} />
        <TypeClipboard isDisabled={!isControlled || state !== 'shown'} press={keys => handle.current?.press(keys)} />
        {clipboard !== '' && (
          <Button
            size="sm"
            variant="secondary"
            icon={<Icon name="copy" size={15} />}
            onClick={() => void copy(clipboard)}
          >
            Copy the guest's clipboard ({clipboard.length})
          </Button>
        )}
        {isControlled && <span className="gs-muted">{LEAVE_KEYS} leaves it</span>}
        <span className="gs-push" />
        <Switch
          id="screen-scale"
          label="Fit"
          isChecked={isScaled}
          onChange={(_event, isOn) => setScaled(isOn)}
          isReversed
        />
        <Button
          size="sm"
          variant="plain"
          aria-label="Full screen"
          icon={<Icon name="expand" />}
          onClick={() => void frame.current?.requestFullscreen()}
        />
      </div>
      {state === 'connecting' && <Waiting what="Connecting to the screen" />}
      {isGone && <Waiting what="Waiting for the next machine of this build" />}
      <Screen
        key={round}
        machine={machine}
        isControlled={isControlled}
        isScaled={isScaled}
        label={
          isControlled
            ? `Screen of the machine: your keys go to it, ${LEAVE_KEYS} leaves it`
            : 'Screen of the machine, only to look at'
        }
        onHandle={now => {
          handle.current = now;
        }}
        onState={setState}
        onClipboard={setClipboard}
        onLeave={() => setControlled(false)}
      />
    </div>
  );
}

function Keys({ isDisabled, press }: { isDisabled: boolean; press(keys: number[]): void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      toggle={toggle => (
        <MenuToggle
          ref={toggle}
          size="sm"
          isExpanded={isOpen}
          isDisabled={isDisabled}
          onClick={() => setOpen(!isOpen)}
          icon={<Icon name="keyboard" size={16} />}
        >
          Send keys
        </MenuToggle>
      )}
    >
      <DropdownList>
        {CHORDS.map(({ name, keys }) => (
          <DropdownItem key={name} onClick={() => press(keys)}>
            {name}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

/** A guest in an installer knows no clipboard: the text is typed, as by hand. Only after a click, never by the guest. */
function TypeClipboard({ isDisabled, press }: { isDisabled: boolean; press(keys: number[]): void }) {
  const type = async (): Promise<void> => {
    const text = await navigator.clipboard.readText().catch(() => undefined);
    if (!text) return tell({ variant: 'info', title: 'The clipboard is empty, or may not be read here.' });
    for (const key of keysymsOf(text)) {
      press([key]);
      await new Promise(resolve => setTimeout(resolve, 12));
    }
  };
  return (
    <Button size="sm" variant="secondary" isDisabled={isDisabled} onClick={() => void type()}>
      Type the clipboard
    </Button>
  );
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  tell({ variant: 'success', title: 'Copied.' });
}

function NoScreen({ build, isRunning }: { build: string | undefined; isRunning: boolean }) {
  const [png, setPng] = useState<string>();
  useEffect(() => {
    if (build === undefined || isRunning) return;
    let isCurrent = true;
    void lastPicture(build).then(picture => isCurrent && setPng(picture));
    return () => {
      isCurrent = false;
    };
  }, [build, isRunning]);
  if (isRunning) return <Waiting what="The machine is not there yet" />;
  if (png) {
    return (
      <figure className="gs-last">
        <figcaption className="gs-muted">The machine has ended. This was the last picture of its screen.</figcaption>
        <img src={`data:image/png;base64,${png}`} alt="The machine's screen before it ended" />
      </figure>
    );
  }
  return (
    <EmptyState titleText="No screen" headingLevel="h3" variant="sm">
      <EmptyStateBody>The machine has ended, and no picture of its screen was kept.</EmptyStateBody>
    </EmptyState>
  );
}

async function lastPicture(build: string): Promise<string | undefined> {
  const film = await call('build.film', { build });
  const file = (film.ok && film.value.at(-1)?.file) || 'screen.png';
  const reply = await call('build.picture', { build, file });
  return reply.ok ? reply.value.png : undefined;
}
