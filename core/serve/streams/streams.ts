import type { z } from 'zod';
import type { STREAM_ARGUMENTS } from '../../../electron/ipc/arguments.ts';
import type { StreamControl, StreamKind } from '../../../electron/ipc/contract.ts';
import type { Host } from '../host.ts';
import { journalStream } from './journal.ts';
import { screenStream } from './screen.ts';
import { serialStream } from './serial.ts';
import { sshStream } from './ssh.ts';

/** One open stream as its source sees it. */
export interface StreamIo {
  /** Fires when the page has closed it or is gone. */
  signal: AbortSignal;
  /** Resolves when the page has room for more: wait for it. */
  send(bytes: Uint8Array): Promise<void>;
  /** What the page sends. It may send more when `use` has settled. */
  onReceive(use: (bytes: Uint8Array) => Promise<void> | void): void;
  onControl(use: (value: StreamControl) => void): void;
}

type Streams = {
  [K in StreamKind]: (args: z.output<(typeof STREAM_ARGUMENTS)[K]>, host: Host, io: StreamIo) => Promise<void>;
};

/** Every kind of stream: runs until its source has ended or the page is gone. */
export const STREAMS: Streams = {
  journal: journalStream,
  screen: screenStream,
  serial: serialStream,
  ssh: sshStream,
};
