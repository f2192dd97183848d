import { GoldsmithError } from '../../model/failure.ts';
import {
  ACTIONS,
  type Answer,
  at,
  type Element,
  envelope,
  listAt,
  parseAnswer,
  TERMINATE,
  TIMED_OUT_CODE,
  textAt,
} from './soap.ts';
import type { Transport } from './transport.ts';

/** WinRM answers a Receive at the latest after this; then it is asked again. */
const OPERATION_SECONDS = 60;
const OPERATION_GRACE_MS = 20_000;

/** UTF-8 (65001) for what programs write, and no profile, which would only cost time. */
const SHELL_OPTIONS = { WINRS_NOPROFILE: 'TRUE', WINRS_CODEPAGE: '65001' };
const COMMAND_OPTIONS = { WINRS_CONSOLEMODE_STDIN: 'TRUE', WINRS_SKIP_CMD_SHELL: 'FALSE' };

export interface Output {
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

export interface Received {
  output: Output[];
  /** Set once the command has ended. */
  exitCode?: number;
}

/** One command shell of the guest (MS-WSMV): made, used for commands, and deleted. */
export class Shell {
  private constructor(
    readonly transport: Transport,
    readonly id: string,
  ) {}

  static async open(transport: Transport, signal: AbortSignal): Promise<Shell> {
    const body: Element = [
      'rsp:Shell',
      {},
      ['rsp:InputStreams', {}, 'stdin'],
      ['rsp:OutputStreams', {}, 'stdout stderr'],
    ];
    const answer = await ask(transport, { action: ACTIONS.create, options: SHELL_OPTIONS, body: [body] }, signal);
    const selectors = listAt(
      answer,
      'Envelope',
      'Body',
      'ResourceCreated',
      'ReferenceParameters',
      'SelectorSet',
      'Selector',
    );
    const id =
      selectors.map(one => textAt(one)).find(text => text !== '') ??
      textAt(answer, 'Envelope', 'Body', 'Shell', 'ShellId');
    if (id === '') throw new GoldsmithError('guest-unreachable', 'The guest gave no shell over WinRM.');
    return new Shell(transport, id);
  }

  /** Starts a command line; its id is what the other calls refer to. */
  async start(command: string, signal: AbortSignal): Promise<string> {
    const body: Element = ['rsp:CommandLine', {}, ['rsp:Command', {}, command]];
    const answer = await this.#ask({ action: ACTIONS.command, options: COMMAND_OPTIONS, body: [body] }, signal);
    return textAt(answer, 'Envelope', 'Body', 'CommandResponse', 'CommandId');
  }

  /** Writes to the command's standard input; `isEnd` closes it. */
  async send(commandId: string, data: Buffer, isEnd: boolean, signal: AbortSignal): Promise<void> {
    const attributes = { Name: 'stdin', CommandId: commandId, ...(isEnd ? { End: 'true' } : {}) };
    const body: Element = ['rsp:Send', {}, ['rsp:Stream', attributes, data.toString('base64')]];
    await this.#ask({ action: ACTIONS.send, body: [body] }, signal);
  }

  /** What was written since the last call; waits for it. */
  async receive(commandId: string, signal: AbortSignal): Promise<Received> {
    const body: Element = ['rsp:Receive', {}, ['rsp:DesiredStream', { CommandId: commandId }, 'stdout stderr']];
    const answer = await this.#ask({ action: ACTIONS.receive, body: [body] }, signal);
    if (answer === undefined) return { output: [] };
    const response = at(answer, 'Envelope', 'Body', 'ReceiveResponse');
    const output = listAt(response, 'Stream').flatMap(outputOf);
    const isDone = textAt(response, 'CommandState', '@State').endsWith('/Done');
    return isDone ? { output, exitCode: exitCodeOf(textAt(response, 'CommandState', 'ExitCode')) } : { output };
  }

  /** Ends the command if it still runs, and what WinRM keeps of it. */
  async terminate(commandId: string, signal: AbortSignal): Promise<void> {
    const body: Element = ['rsp:Signal', { CommandId: commandId }, ['rsp:Code', {}, TERMINATE]];
    await this.#ask({ action: ACTIONS.signal, body: [body] }, signal);
  }

  async delete(signal: AbortSignal): Promise<void> {
    await this.#ask({ action: ACTIONS.delete, body: [] }, signal);
  }

  #ask(message: Partial<Asked> & Pick<Asked, 'action' | 'body'>, signal: AbortSignal): Promise<Answer | undefined> {
    return ask(this.transport, { ...message, shellId: this.id }, signal);
  }
}

interface Asked {
  action: string;
  shellId: string;
  options: Record<string, string>;
  body: Element[];
}

/** Undefined when the guest had nothing to say within the operation's time. */
async function ask(
  transport: Transport,
  message: Partial<Asked> & Pick<Asked, 'action' | 'body'>,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const text = envelope({ ...message, to: transport.url, timeoutSeconds: OPERATION_SECONDS });
  const { status, text: answered } = await transport.send(text, OPERATION_SECONDS * 1000 + OPERATION_GRACE_MS, signal);
  if (status === 200) return parseAnswer(answered);
  if (answered.includes(TIMED_OUT_CODE)) return undefined;
  throw faultOf(status, answered);
}

function faultOf(status: number, text: string): GoldsmithError {
  const fault = at(text.startsWith('<') ? parseAnswer(text) : {}, 'Envelope', 'Body', 'Fault');
  const reason =
    textAt(fault, 'Reason', 'Text') || textAt(fault, 'Detail', 'WSManFault', 'Message') || `HTTP ${status}`;
  return new GoldsmithError('guest-unreachable', `WinRM in the guest refuses: ${reason}`);
}

function outputOf(stream: unknown): Output[] {
  const data = Buffer.from(textAt(stream), 'base64');
  return data.length === 0 ? [] : [{ stream: textAt(stream, '@Name') === 'stderr' ? 'stderr' : 'stdout', data }];
}

/** Windows has unsigned status values; programs that fail with -1 show 4294967295. */
const exitCodeOf = (text: string): number => Number(text) | 0;
