import { Button, EmptyState, EmptyStateBody } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { Failure } from '../../core/model/failure.ts';
import type { PageStream } from '../link/client.ts';
import { openStream, useConnection } from '../link/engine.ts';
import { FailureAlert } from './failure.tsx';
import { LEAVE_KEYS } from './leave-console.ts';
import { Terminal, type TerminalSource } from './terminal.tsx';
import { Waiting } from './waiting.tsx';

interface Props {
  machine: string | undefined;
  /** The guest has let somebody in. */
  isReady: boolean;
  isRunning: boolean;
  user: string | undefined;
}

/** A shell in the guest as soon as it answers. */
export function SshConsole({ machine, isReady, isRunning, user }: Props) {
  const epoch = useConnection(connection => connection.epoch);
  const [round, setRound] = useState(0);
  const [ended, setEnded] = useState<Failure | 'ended'>();
  const [isIn, setIn] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new connection or a click begins a new session
  const source = useMemo(() => sshSource(machine ?? '', () => setIn(true), setEnded), [machine, epoch, round]);
  if (machine === undefined || !isReady) {
    return isRunning ? (
      <Waiting what="The guest does not answer over SSH yet: the terminal opens by itself when it does" />
    ) : (
      <EmptyState titleText="No machine to log in to" headingLevel="h3" variant="sm">
        <EmptyStateBody>
          It has ended. A build that keeps its machine when a step fails leaves a shell here.
        </EmptyStateBody>
      </EmptyState>
    );
  }
  const again = (): void => {
    setEnded(undefined);
    setIn(false);
    setRound(round + 1);
  };
  return (
    <>
      <p className="gs-muted gs-note">
        {isIn ? 'Logged in' : 'Logging in'} as {user ?? 'the build’s user'}, with the machine’s own key and its pinned
        host key. {LEAVE_KEYS} leaves the terminal.
      </p>
      {ended && typeof ended === 'object' && <FailureAlert failure={ended} />}
      {ended && (
        <Button variant="secondary" size="sm" onClick={again}>
          Log in again
        </Button>
      )}
      <Terminal source={source} label="Shell in the guest" />
    </>
  );
}

function sshSource(machine: string, onSpoken: () => void, onEnd: (end: Failure | 'ended') => void): TerminalSource {
  let stream: PageStream | undefined;
  return {
    connect: terminal => {
      terminal.clear();
      stream = openStream(
        'ssh',
        { machine, ...terminal.size() },
        {
          onBytes: (bytes, done) => {
            onSpoken();
            terminal.write(bytes, done);
          },
          onClosed: failure => {
            terminal.write('\r\n\x1b[0;2m[The session has ended.]\x1b[0m\r\n');
            onEnd(failure ?? 'ended');
          },
        },
      );
      return () => stream?.close();
    },
    onInput: bytes => stream?.send(bytes),
    onResize: size => stream?.control(size),
  };
}
