import RFB from '@novnc/novnc';
import { useEffect, useRef } from 'react';
import type { Failure } from '../../core/model/failure.ts';
import { openStream } from '../link/engine.ts';
import { watchForLeaving } from './leave-console.ts';

/** What can be done with a screen that is shown. */
export interface ScreenHandle {
  /** X11 keysyms, pressed together and let go in reverse. */
  press(keysyms: number[]): void;
  focus(): void;
}

interface Props {
  machine: string;
  isControlled: boolean;
  isScaled: boolean;
  label: string;
  onHandle(handle: ScreenHandle | undefined): void;
  onState(state: 'connecting' | 'shown' | Failure): void;
  /** What the guest put into its clipboard: kept here until a person asks for it. */
  onClipboard(text: string): void;
  /** A person wants the keyboard back. */
  onLeave(): void;
}

const ENDED: Failure = { code: 'not-found', message: 'The machine has ended, or its screen was taken away.' };

/** A machine's screen. The bytes come over our own link: noVNC opens no socket. */
export function Screen(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const rfb = useRef<RFB>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { machine, isControlled, isScaled, label } = props;
  useEffect(() => {
    if (!box.current) return;
    const { client, end } = connect(box.current, machine, latest);
    rfb.current = client;
    const stopWatching = watchForLeaving(box.current, () => {
      for (const [key, code] of HELD) client.sendKey(key, code, false);
      latest.current.onLeave();
    });
    return () => {
      stopWatching();
      rfb.current = undefined;
      latest.current.onHandle(undefined);
      end();
    };
  }, [machine]);
  useEffect(() => {
    const client = rfb.current;
    if (!client) return;
    client.viewOnly = !isControlled;
    client.focusOnClick = isControlled;
    client.scaleViewport = isScaled;
    client.clipViewport = !isScaled;
    if (isControlled) client.focus();
  }, [isControlled, isScaled]);
  return <div className="gs-console gs-screen" ref={box} role="application" aria-label={label} />;
}

/** Pressed to leave; the guest has seen that they went down. */
const HELD: [keysym: number, code: string][] = [
  [0xffe1, 'ShiftLeft'],
  [0xffe3, 'ControlLeft'],
];

function connect(target: HTMLElement, machine: string, props: { current: Props }) {
  const channel: NoVncChannel = {
    binaryType: 'arraybuffer',
    protocol: '',
    readyState: 'open',
    onopen: null,
    onmessage: null,
    onerror: null,
    onclose: null,
    send: data => stream?.send(data instanceof Uint8Array ? data.slice() : new Uint8Array(data)),
    close: () => shut(),
  };
  const client = new RFB(target, channel, { shared: true });
  client.background = 'transparent';
  client.viewOnly = !props.current.isControlled;
  client.scaleViewport = props.current.isScaled;
  client.clipViewport = !props.current.isScaled;
  client.addEventListener('connect', () => {
    props.current.onState('shown');
    props.current.onHandle({ press: keys => press(client, keys), focus: () => client.focus() });
  });
  client.addEventListener('clipboard', event => props.current.onClipboard(event.detail.text));
  props.current.onState('connecting');
  const stream = openStream(
    'screen',
    { machine },
    {
      onBytes: (bytes, done) => {
        channel.onmessage?.({ data: bytes });
        done();
      },
      onClosed: failure => {
        leave();
        props.current.onState(failure ?? ENDED);
      },
    },
  );
  return { client, end: leave };

  /** A screen that goes before it was shown is no error: told to leave, noVNC closes the channel itself and reports none. */
  function leave(): void {
    if (channel.readyState !== 'closed') client.disconnect();
  }

  /** noVNC waits for this after `close`, as a socket would tell it. */
  function shut(): void {
    if (channel.readyState === 'closed') return;
    channel.readyState = 'closed';
    stream?.close();
    queueMicrotask(() => channel.onclose?.({ code: 1000, reason: '', wasClean: true }));
  }
}

function press(client: RFB, keysyms: number[]): void {
  for (const key of keysyms) client.sendKey(key, '', true);
  for (const key of keysyms.toReversed()) client.sendKey(key, '', false);
}
