import { Modal, ModalBody, ModalHeader, TextInput } from '@patternfly/react-core';
import { type KeyboardEvent, useEffect, useMemo, useState } from 'react';
import { create } from 'zustand';
import { type Command, commandsOf } from '../state/commands.ts';
import { useLab } from '../state/lab.ts';
import { Icon } from './icons.tsx';

const usePalette = create<{ isOpen: boolean }>(() => ({ isOpen: false }));
export const openPalette = (): void => usePalette.setState({ isOpen: true });
const close = (): void => usePalette.setState({ isOpen: false });

const MOST_SHOWN = 12;

/** Everything by keyboard: Ctrl-K, type, Enter. */
export function Palette() {
  const { isOpen } = usePalette();
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k' || event.shiftKey) return;
      if (event.target instanceof Element && event.target.closest('.gs-console')) return; // the guest's own Ctrl-K
      event.preventDefault();
      usePalette.setState(state => ({ isOpen: !state.isOpen }));
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return isOpen ? <OpenPalette /> : null;
}

function OpenPalette() {
  const lab = useLab();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const commands = useMemo(() => commandsOf(lab), [lab]);
  const shown = useMemo(() => find(commands, text), [commands, text]);
  const run = (command: Command | undefined): void => {
    if (!command) return;
    close();
    command.run();
  };
  const move = (by: number): void => setChosen((chosen + by + shown.length) % Math.max(1, shown.length));
  const keys: Record<string, () => void> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => run(shown[chosen]),
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <Modal isOpen variant="small" position="top" onClose={close} aria-labelledby="palette-title" className="gs-palette">
      <ModalHeader title="Find or do" labelId="palette-title" />
      <ModalBody>
        <TextInput
          type="search"
          role="combobox"
          aria-label="What to find or do"
          aria-expanded={shown.length > 0}
          aria-controls="palette-list"
          aria-activedescendant={shown[chosen] ? `palette-${chosen}` : undefined}
          placeholder="An image, a build, a screen, an action"
          value={text}
          onChange={(_event, value) => {
            setText(value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          ref={input => input?.focus()}
        />
        <div id="palette-list" role="listbox" aria-label="Results" className="gs-results">
          {shown.map((command, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field, which keeps the focus
            <div
              key={command.title}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === chosen}
              tabIndex={-1}
              onClick={() => run(command)}
              onMouseMove={() => setChosen(index)}
            >
              <Icon name={command.icon} /> <span>{command.title}</span> <small>{command.kind}</small>
            </div>
          ))}
        </div>
        {shown.length === 0 && <p role="status">Nothing fits “{text}”.</p>}
      </ModalBody>
    </Modal>
  );
}

/** Every word must be in it; what begins with the text comes first. */
function find(commands: Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = commands.filter(({ title, kind }) =>
    words.every(word => `${title} ${kind}`.toLowerCase().includes(word)),
  );
  const rank = ({ title }: Command): number => (title.toLowerCase().startsWith(words[0] ?? '') ? 0 : 1);
  return fits.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_SHOWN);
}
