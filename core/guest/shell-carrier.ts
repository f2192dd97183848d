import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientChannel } from 'ssh2';
import tar from 'tar-stream';
import { type Carrier, lost, refusedCopy } from './carrier.ts';
import type { Connection } from './connection.ts';
import { LineSplitter } from './lines.ts';
import { shellPath } from './shell-quote.ts';

/** Moves files with nothing but `cat`, `chmod`, `mkdir` and `tar` in the guest. Links are followed. */
export class ShellCarrier implements Carrier {
  constructor(
    readonly connection: Connection,
    readonly signal: AbortSignal,
  ) {}

  async writeFile(source: string | Buffer, remote: string, mode: number): Promise<void> {
    const to = shellPath(remote);
    const input = typeof source === 'string' ? (await open(source)).createReadStream() : Readable.from([source]);
    await this.#pipe(`Cannot write ${remote} in the guest`, `cat > ${to} && chmod ${mode.toString(8)} ${to}`, {
      input,
    });
  }

  async readFile(remote: string, local: string): Promise<void> {
    const output = (await open(local, 'w')).createWriteStream();
    await this.#pipe(`Cannot read ${remote} from the guest`, `cat ${shellPath(remote)}`, { output });
  }

  async writeDir(local: string, remote: string): Promise<void> {
    const to = shellPath(remote);
    const pack = tar.pack();
    const packing = packDir(pack, local, '').then(
      () => pack.finalize(),
      (error: Error) => pack.destroy(error),
    );
    await this.#pipe(`Cannot write ${remote} in the guest`, `mkdir -p ${to} && tar -xf - -C ${to}`, {
      input: Readable.from(pack),
    });
    await packing;
  }

  async readDir(remote: string, local: string): Promise<void> {
    await mkdir(local, { recursive: true });
    const command = `cd ${shellPath(remote)} && tar -chf - .`;
    await this.#pipe(`Cannot read ${remote} from the guest`, command, { output: unpackInto(local) });
  }

  async #pipe(doing: string, command: string, streams: { input?: Readable; output?: Writable }): Promise<void> {
    const opened = await this.connection.openCommand(command, false, listen);
    if (!opened) {
      for (const stream of Object.values(streams)) stream.destroy();
      throw lost();
    }
    const { channel, complaints, ended } = opened.used;
    const over = AbortSignal.any([this.signal, this.#lostSignal(ended)]);
    const moves = [
      streams.output ? pipeline(channel, streams.output, { signal: this.signal }) : drain(channel),
      streams.input ? pipeline(streams.input, channel, { signal: over }) : Promise.resolve(channel.end()),
    ];
    const [outcome] = await Promise.allSettled(moves).finally(() => channel.close());
    this.signal.throwIfAborted();
    const refusal = outcome?.status === 'rejected' ? outcome.reason : undefined;
    // Of a command whose output nobody takes any more, the end is never heard.
    if (refusal && refusal.code !== CUT_OFF) throw refusedCopy(doing, String(refusal), refusal);
    const exitCode = await ended;
    if (exitCode === undefined) throw lost();
    if (exitCode !== 0) throw refusedCopy(doing, complaints.at(-1) ?? `the command ended with status ${exitCode}`);
    if (refusal) throw refusedCopy(doing, String(refusal), refusal);
  }

  /** Fires when the command is over, so that input it no longer reads is not waited for. */
  #lostSignal(ended: Promise<unknown>): AbortSignal {
    const over = new AbortController();
    void ended.then(() => over.abort());
    return over.signal;
  }

  close(): void {}
}

/** Node's code of a stream that ended too early: the connection's fault, not the file's. */
const CUT_OFF = 'ERR_STREAM_PREMATURE_CLOSE';

/** What is heard of a command from its first moment; `ended` gives its exit status, undefined when it was cut off. */
interface Heard {
  channel: ClientChannel;
  complaints: string[];
  ended: Promise<number | undefined>;
}

function listen(channel: ClientChannel): Heard {
  const complaints: string[] = [];
  const splitter = new LineSplitter(line => complaints.push(line));
  channel.stderr.on('data', (chunk: Buffer) => splitter.write(chunk));
  let exitCode: number | undefined;
  channel.on('exit', (code: number | null) => {
    exitCode = code ?? -1;
  });
  const ended = new Promise<number | undefined>(resolve => {
    channel.once('close', () => {
      splitter.end();
      resolve(exitCode);
    });
  });
  return { channel, complaints, ended };
}

async function drain(channel: Readable): Promise<void> {
  for await (const _chunk of channel);
}

async function packDir(pack: tar.Pack, dir: string, prefix: string): Promise<void> {
  for (const name of (await readdir(dir)).sort()) {
    const file = path.join(dir, name);
    const info = await stat(file);
    const header = { name: prefix + name, mode: info.mode & 0o777 };
    if (info.isDirectory()) {
      pack.entry({ ...header, type: 'directory' });
      await packDir(pack, file, `${prefix}${name}/`);
    } else await packFile(pack.entry({ ...header, size: info.size }), file);
  }
}

async function packFile(entry: ReturnType<tar.Pack['entry']>, file: string): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    entry.once('finish', () => resolve());
    entry.once('error', reject);
  });
  for await (const chunk of createReadStream(file)) {
    if (!entry.write(chunk)) await once(entry, 'drain');
  }
  entry.end(undefined);
  await written;
}

/** Writes the folders and plain files of an archive below `dir`, and nothing else: no links, no name that leads out. */
function unpackInto(dir: string): Writable {
  const extract = tar.extract();
  const unpacked = unpack(extract, dir);
  unpacked.catch(() => undefined);
  const closed = once(extract, 'close');
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (extract.destroyed || extract.write(chunk)) return done();
      void Promise.race([once(extract, 'drain'), closed]).then(() => done());
    },
    final(done) {
      extract.end(undefined);
      unpacked.then(() => done(), done);
    },
  });
}

async function unpack(extract: tar.Extract, dir: string): Promise<void> {
  for await (const entry of extract) {
    const { name, type } = entry.header;
    const parts = name.split('/').filter(part => part !== '' && part !== '.');
    if (parts.includes('..')) throw new Error(`the archive names ${name}`);
    const target = path.join(dir, ...parts);
    await mkdir(type === 'directory' ? target : path.dirname(target), { recursive: true });
    if (type === 'file') await pipeline(Readable.from(entry), createWriteStream(target));
    else entry.resume();
  }
}

/** tar-stream's streams are streamx's: alike enough to listen to, not typed as Node's. */
const once = (stream: { once(event: 'drain' | 'close', listener: () => void): unknown }, event: 'drain' | 'close') =>
  new Promise<void>(resolve => stream.once(event, () => resolve()));
