import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { forEachLine } from '../exec.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import { type Failure, GoldsmithError, toFailure } from '../model/failure.ts';

/**
 * How another process (another terminal, the app) speaks to the one that runs a build: one line of JSON on a unix
 * socket in the build's private folder, and one line back.
 */

const requestSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('save'), name: z.string().min(1).max(80) }),
  z.strictObject({ do: z.literal('rewind'), checkpoint: z.string() }),
  z.strictObject({ do: z.literal('answer'), choice: z.string() }),
  z.strictObject({ do: z.literal('shell') }),
]);

export type ControlRequest = z.output<typeof requestSchema>;

export interface Controlled {
  /** Saves the moment of the running machine. */
  save(name: string): Promise<Checkpoint | undefined>;
  /** Returns when the build has been told; its journal tells the rest. @throws GoldsmithError `not-found`, `busy` */
  rewind(checkpoint: string): void;
  /** Answers the question that stands. @throws GoldsmithError `not-found` */
  answer(choice: string): void;
  /** Opens the installer's shell. @returns what is typed on the serial console first. @throws GoldsmithError `unsupported` */
  shell(): Promise<string>;
}

/** What a request came to, where it comes to something. */
interface Outcome {
  checkpoint?: Checkpoint;
  keys?: string;
}

type Reply = ({ ok: true } & Outcome) | { ok: false; failure: Failure };

/**
 * Listens until the server is closed; its socket goes with its folder. It keeps the process alive: of a build whose machine
 * is gone nothing else may, and its question must stand until somebody answers.
 */
export async function serveControl(file: string, controlled: Controlled): Promise<Server> {
  const server = createServer(socket => {
    socket.on('error', () => {});
    forEachLine(socket, line => void act(line, controlled).then(reply => socket.end(`${JSON.stringify(reply)}\n`)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(file, resolve);
  });
  return server;
}

async function act(line: string, controlled: Controlled): Promise<Reply> {
  try {
    return { ok: true, ...(await outcome(requestSchema.parse(JSON.parse(line)), controlled)) };
  } catch (error) {
    return { ok: false, failure: toFailure(error) };
  }
}

async function outcome(request: ControlRequest, controlled: Controlled): Promise<Outcome> {
  if (request.do === 'rewind') controlled.rewind(request.checkpoint);
  if (request.do === 'answer') controlled.answer(request.choice);
  if (request.do === 'shell') return { keys: await controlled.shell() };
  const checkpoint = request.do === 'save' ? await controlled.save(request.name) : undefined;
  return checkpoint === undefined ? {} : { checkpoint };
}

/**
 * Asks the process that runs a build.
 * @throws GoldsmithError what it answers with; `busy` when nobody listens there
 */
export async function askBuild(file: string, request: ControlRequest): Promise<Outcome> {
  const socket = createConnection(file);
  const reply = await answerOf(socket, `${JSON.stringify(request)}\n`);
  if (reply.ok) return reply;
  throw new GoldsmithError(reply.failure.code, reply.failure.message, {
    hint: reply.failure.hint,
    details: reply.failure.details ?? {},
  });
}

function answerOf(socket: Socket, line: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const nobody = (): void =>
      reject(
        new GoldsmithError('busy', 'The build cannot be told now: its machine is not there yet, or gone already.'),
      );
    socket.once('error', nobody);
    socket.once('close', nobody);
    forEachLine(socket, text => resolve(JSON.parse(text) as Reply));
    socket.write(line);
  });
}
