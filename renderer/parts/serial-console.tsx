import { EmptyState, EmptyStateBody } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { PageStream } from '../link/client.ts';
import { call, openStream, useConnection } from '../link/engine.ts';
import { LEAVE_KEYS } from './leave-console.ts';
import { Terminal, type TerminalSource } from './terminal.tsx';

interface Props {
  machine: string | undefined;
  /** Whose log is shown when the machine has ended. */
  build?: string;
}

/** The serial port: its whole log and what comes, or the log alone when the machine has ended. */
export function SerialConsole({ machine, build }: Props) {
  const epoch = useConnection(connection => connection.epoch);
  const [isEmpty, setEmpty] = useState(false);
  const [hasSpoken, setSpoken] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new connection needs the stream anew
  const source = useMemo(
    () =>
      machine === undefined
        ? logSource(build ?? '', () => setEmpty(true))
        : serialSource(machine, () => setSpoken(true)),
    [machine, build, epoch],
  );
  if (machine === undefined && isEmpty) {
    return (
      <EmptyState titleText="Nothing on the serial port" headingLevel="h3" variant="sm">
        <EmptyStateBody>The guest printed nothing there, or the machine did not start.</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <>
      <p className="gs-muted gs-note">
        {machine === undefined
          ? 'The machine has ended: this is what it printed.'
          : `${hasSpoken ? '' : 'The guest has printed nothing so far. '}Keys go to the guest; ${LEAVE_KEYS} leaves it.`}
      </p>
      <Terminal source={source} label="Serial console" isReadOnly={machine === undefined} />
    </>
  );
}

function serialSource(machine: string, onSpoken: () => void): TerminalSource {
  let stream: PageStream | undefined;
  return {
    connect: terminal => {
      terminal.clear();
      stream = openStream(
        'serial',
        { machine },
        {
          onBytes: (bytes, done) => {
            onSpoken();
            terminal.write(bytes, done);
          },
          onClosed: failure =>
            terminal.write(`\r\n\x1b[0;2m[${failure?.message ?? 'The machine has ended.'}]\x1b[0m\r\n`),
        },
      );
      return () => stream?.close();
    },
    onInput: bytes => stream?.send(bytes),
  };
}

function logSource(build: string, onEmpty: () => void): TerminalSource {
  return {
    connect: terminal => {
      let isCurrent = true;
      void call('build.text', { build, file: 'serial.log' }).then(reply => {
        if (!isCurrent) return;
        if (reply.ok && reply.value.text !== '') terminal.write(reply.value.text);
        else onEmpty();
      });
      return () => {
        isCurrent = false;
      };
    },
    onInput: () => {},
  };
}
