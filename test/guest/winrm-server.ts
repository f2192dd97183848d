import { createHash, createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { md4 } from '../../core/guest/winrm/md4.ts';
import { at, listAt, parseAnswer, textAt } from '../../core/guest/winrm/soap.ts';

/** What a command of the stand-in Windows writes and ends with. */
export interface CommandResult {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
  /** Answered "nothing yet" so many times before. */
  delays?: number;
}

interface Running {
  command: string;
  stdin: Buffer[];
  isInputOver: boolean;
  result?: CommandResult;
}

const USER = 'vagrant';
const PASSWORD = 'v@grant "1"';

/**
 * A stand-in for Windows Remote Management (MS-WSMV): one user, Basic or NTLM, shells and commands, and of Windows so
 * much as clients of WinRM ask for: files written and read by PowerShell, the boot time, a restart. Packer's own client
 * works with it (parity/winrm.test.ts), so it is no private dialect.
 */
export class WinRmServer {
  readonly files = new Map<string, Buffer>();
  /** Command lines in their order, encoded ones decoded. */
  readonly commands: string[] = [];
  readonly user = USER;
  readonly password = PASSWORD;
  bootTime = 1;
  /** Answers of commands that a test wants to be special, the first that fits. */
  readonly answers: [pattern: RegExp, result: CommandResult | (() => CommandResult)][] = [];
  #server = http.createServer((request, response) => void this.#handle(request, response));
  #running = new Map<string, Running>();
  #challenges = new WeakMap<object, Buffer>();
  #loggedIn = new WeakSet<object>();

  static async start(): Promise<WinRmServer> {
    const server = new WinRmServer();
    await server.listen(0);
    return server;
  }

  listen(port: number): Promise<void> {
    return new Promise(resolve => this.#server.listen(port, '127.0.0.1', () => resolve()));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  /** As a restart looks from outside: nobody answers for a while, then another boot time does. */
  async restart(downMs: number): Promise<void> {
    const { port } = this;
    await this.stop();
    await new Promise(resolve => setTimeout(resolve, downMs));
    this.bootTime += 1;
    this.#running.clear();
    this.#server = http.createServer((request, response) => void this.#handle(request, response));
    await this.listen(port);
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (!this.#isLoggedIn(request, response)) return;
    const message = parseAnswer(Buffer.concat(chunks).toString('utf8'));
    const action = textAt(message, 'Envelope', 'Header', 'Action').split('/').at(-1) ?? '';
    const body = at(message, 'Envelope', 'Body');
    const { status, text } = this.#answer(action, body);
    response.writeHead(status, { 'Content-Type': 'application/soap+xml;charset=UTF-8' });
    response.end(text);
  }

  #isLoggedIn(request: http.IncomingMessage, response: http.ServerResponse): boolean {
    if (this.#loggedIn.has(request.socket)) return true;
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme === 'Basic' && Buffer.from(token, 'base64').toString() === `${USER}:${PASSWORD}`) return true;
    const offer = scheme === 'Negotiate' ? this.#negotiate(Buffer.from(token, 'base64'), request.socket) : undefined;
    if (offer === true) return true;
    response.writeHead(401, {
      'WWW-Authenticate': offer === undefined ? ['Negotiate', 'Basic realm="WSMAN"'] : `Negotiate ${offer}`,
    });
    response.end();
    return false;
  }

  /** NTLMv2 (MS-NLMP 3.3.2): the challenge, or whether the proof is right. */
  #negotiate(token: Buffer, socket: object): string | true | undefined {
    if (token.readUInt32LE(8) === 1) {
      const challenge = randomBytes(8);
      this.#challenges.set(socket, challenge);
      return challengeMessage(challenge).toString('base64');
    }
    const field = (nth: number): Buffer => {
      const [length, offset] = [token.readUInt16LE(12 + nth * 8), token.readUInt32LE(16 + nth * 8)];
      return token.subarray(offset, offset + length);
    };
    const challenge = this.#challenges.get(socket);
    const [response, domain, user] = [field(1), field(2).toString('utf16le'), field(3).toString('utf16le')];
    const key = createHmac('md5', md4(Buffer.from(PASSWORD, 'utf16le')))
      .update(Buffer.from(user.toUpperCase() + domain, 'utf16le'))
      .digest();
    const proof = createHmac('md5', key)
      .update(challenge ?? '')
      .update(response.subarray(16))
      .digest();
    if (user !== USER || !proof.equals(response.subarray(0, 16))) return undefined;
    this.#loggedIn.add(socket);
    return true;
  }

  #answer(action: string, body: unknown): { status: number; text: string } {
    if (action === 'Create') return ok(`<rsp:Shell><rsp:ShellId>${id()}</rsp:ShellId></rsp:Shell>`, SELECTORS);
    if (action === 'Command')
      return ok(`<rsp:CommandResponse><rsp:CommandId>${this.#start(body)}</rsp:CommandId></rsp:CommandResponse>`);
    if (action === 'Send') return this.#send(body);
    if (action === 'Receive') return this.#receive(body);
    return ok('');
  }

  #start(body: unknown): string {
    const line = at(body, 'CommandLine');
    const words = [textAt(line, 'Command'), ...listAt(line, 'Arguments').map(one => textAt(one))];
    const command = decoded(words.join(' ').replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
    this.commands.push(command);
    const commandId = id();
    this.#running.set(commandId, { command, stdin: [], isInputOver: false });
    return commandId;
  }

  #send(body: unknown): { status: number; text: string } {
    const stream = at(body, 'Send', 'Stream');
    const running = this.#running.get(textAt(stream, '@CommandId'));
    running?.stdin.push(Buffer.from(textAt(stream), 'base64'));
    if (running && textAt(stream, '@End') === 'true') running.isInputOver = true;
    return ok('<rsp:SendResponse/>');
  }

  #receive(body: unknown): { status: number; text: string } {
    const commandId = textAt(at(body, 'Receive', 'DesiredStream'), '@CommandId');
    const running = this.#running.get(commandId);
    if (!running) return fault('2150858843', 'The request contains an invalid command.');
    running.result ??= this.#run(running);
    if ((running.result.delays ?? 0) > 0) {
      running.result.delays = (running.result.delays ?? 0) - 1;
      return fault('2150858793', 'The WS-Management service cannot complete the operation within the time specified.');
    }
    const { stdout = '', stderr = '', exitCode = 0 } = running.result;
    const stream = (name: string, text: string): string =>
      text === ''
        ? ''
        : `<rsp:Stream Name="${name}" CommandId="${commandId}">${Buffer.from(text).toString('base64')}</rsp:Stream>`;
    const state = 'http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done';
    return ok(
      `<rsp:ReceiveResponse>${stream('stdout', stdout)}${stream('stderr', stderr)}<rsp:Stream Name="stdout" CommandId="${commandId}" End="true"></rsp:Stream>` +
        `<rsp:CommandState CommandId="${commandId}" State="${state}"><rsp:ExitCode>${exitCode >>> 0}</rsp:ExitCode></rsp:CommandState></rsp:ReceiveResponse>`,
    );
  }

  #run({ command, stdin }: Running): CommandResult {
    const special = this.answers.find(([pattern]) => pattern.test(command))?.[1];
    if (special) return typeof special === 'function' ? special() : { ...special };
    const [, path = ''] = /ExpandString\('((?:[^']|'')*)'\)/.exec(command) ?? [];
    if (command.includes('[IO.File]::Create(')) return this.#write(path, Buffer.concat(stdin).toString());
    if (command.includes('[IO.File]::OpenRead(')) return this.#read(path);
    if (command.includes('Get-ChildItem')) return { stdout: this.#list(path) };
    if (command.includes('LastBootUpTime')) return { stdout: `boot ${this.bootTime}\r\n` };
    return { stdout: '' };
  }

  #write(path: string, lines: string): CommandResult {
    this.files.set(path, Buffer.concat(lines.split('\r\n').map(line => Buffer.from(line, 'base64'))));
    return {};
  }

  #read(path: string): CommandResult {
    const content = this.files.get(path);
    if (!content) return { stderr: 'Could not find file.\r\n', exitCode: 1 };
    const lines: string[] = [];
    for (let from = 0; from < content.length; from += 49_152)
      lines.push(content.subarray(from, from + 49_152).toString('base64'));
    return { stdout: lines.map(line => `${line}\r\n`).join('') };
  }

  #list(folder: string): string {
    const names = [...this.files.keys()].filter(name => name.startsWith(`${folder}/`));
    return names.map(name => `${name.slice(folder.length + 1)}\r\n`).join('');
  }
}

const id = (): string => createHash('md5').update(randomBytes(8)).digest('hex').toUpperCase();

/** PowerShell's `-EncodedCommand` as text, without what our client puts in front. */
function decoded(command: string): string {
  const [, encoded] = /-EncodedCommand "?([A-Za-z0-9+/=]+)"?/i.exec(command) ?? [];
  return encoded === undefined ? command : Buffer.from(encoded, 'base64').toString('utf16le');
}

function challengeMessage(challenge: Buffer): Buffer {
  const info = Buffer.concat([Buffer.from([2, 0, 2, 0]), Buffer.from('W', 'utf16le'), Buffer.alloc(4)]);
  const head = Buffer.alloc(56);
  head.write('NTLMSSP\0', 'latin1');
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(56, 16);
  head.writeUInt32LE(0xa2898205, 20);
  challenge.copy(head, 24);
  head.writeUInt16LE(info.length, 40);
  head.writeUInt16LE(info.length, 42);
  head.writeUInt32LE(56, 44);
  return Buffer.concat([head, info]);
}

const NAMESPACES =
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" ' +
  'xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" ' +
  'xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"';

const envelope = (body: string): string =>
  `<s:Envelope xml:lang="en-US" ${NAMESPACES}><s:Header></s:Header><s:Body>${body}</s:Body></s:Envelope>`;

/** Windows names a new shell in a reference, and most clients look only there. */
const SELECTORS = (body: string): string => {
  const [, shellId = ''] = /<rsp:ShellId>(\w+)</.exec(body) ?? [];
  return `<x:ResourceCreated><a:Address>x</a:Address><a:ReferenceParameters><w:SelectorSet><w:Selector Name="ShellId">${shellId}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>`;
};

const ok = (body: string, before: (body: string) => string = () => ''): { status: number; text: string } => ({
  status: 200,
  text: envelope(before(body) + body),
});

const fault = (code: string, reason: string): { status: number; text: string } => ({
  status: 500,
  text: envelope(
    `<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang="en-US">${reason}</s:Text></s:Reason><s:Detail><f:WSManFault Code="${code}"><f:Message>${reason}</f:Message></f:WSManFault></s:Detail></s:Fault>`,
  ),
});
