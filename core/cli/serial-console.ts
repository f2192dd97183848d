import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { GoldsmithError } from '../model/failure.ts';
import type { Cli } from './cli.ts';

/** Ctrl-]: as telnet and virsh have it. */
const ESCAPE = 0x1d;
/** So much of what was written before is shown, or a waiting prompt would be an empty screen. */
const SHOWN_BEFORE = 4096;

/**
 * Connects our terminal to a serial port until Ctrl-], the end of the machine, or the end of our input's signal.
 * @param keys typed first
 */
export async function attachConsole(
  place: { serialSocket: string; serialLog: string },
  cli: Cli,
  keys = '',
): Promise<void> {
  const socket = connect(place.serialSocket);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new GoldsmithError('not-found', 'The serial console cannot be reached: the machine is not running.', {
      cause,
    });
  }
  cli.stdout.write(await lastBytes(place.serialLog));
  socket.on('data', chunk => void cli.stdout.write(chunk));
  socket.write(keys);
  const setRaw = (isRaw: boolean): void => void (cli.stdin.isTTY ? cli.stdin.setRawMode?.(isRaw) : undefined);
  setRaw(true);
  try {
    await untilLeft(socket, cli);
  } finally {
    setRaw(false);
    cli.stdin.pause();
    socket.destroy();
  }
}

function untilLeft(socket: Socket, cli: Cli): Promise<void> {
  return new Promise(resolve => {
    const leave = (): void => {
      cli.stdin.off('data', onInput);
      cli.signal.removeEventListener('abort', leave);
      resolve();
    };
    const onInput = (input: Buffer | string): void => {
      const bytes = Buffer.from(input);
      const end = bytes.indexOf(ESCAPE);
      socket.write(end < 0 ? bytes : bytes.subarray(0, end));
      if (end >= 0) leave();
    };
    cli.stdin.on('data', onInput);
    cli.signal.addEventListener('abort', leave, { once: true });
    socket.once('error', leave);
    socket.once('close', leave);
  });
}

async function lastBytes(file: string): Promise<Buffer> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - SHOWN_BEFORE);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
