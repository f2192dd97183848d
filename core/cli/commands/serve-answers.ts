import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { serveHosts } from '../../answers/metal/serve-hosts.ts';
import type { ToldRequest } from '../../answers/service.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { parseDuration } from '../../model/quantity.ts';
import { readLab } from '../../recipe/lab.ts';
import { requirePort } from '../../serve/access.ts';
import { type Cli, type CommonOptions, collect, withExamples, withJson } from '../cli.ts';
import { formatProblem } from '../errors.ts';

interface Flags extends CommonOptions {
  bind: string;
  port: number;
  name?: string;
  host?: string[];
  set?: string[];
  tlsCert?: string;
  tlsKey?: string;
  log?: string;
  lifetime: string;
}

export function registerServeAnswers(program: Command, cli: Cli): void {
  const command = program
    .command('serve-answers')
    .argument('<lab>', 'the lab whose hosts are served: a folder with lab.yaml')
    .description(
      'Serve installer answers to real machines and PXE, until Ctrl-C: rendered for each of the hosts in lab.yaml, ' +
        'behind a secret folder that its boot script names once.',
    )
    .option('--bind <address>', 'the one address of this host that the machines reach', '127.0.0.1')
    .option('--port <number>', 'the port (default: a free one)', requirePort, 0)
    .option('--name <name>', 'the name that the machines know this host by, for example in its TLS certificate')
    .option('--host <host>', 'only this machine, such as metal/host1; may be repeated', collect)
    .option('--set <name=value>', 'a variable of the templates; may be repeated', collect)
    .option('--lifetime <duration>', 'how long a machine may fetch its answers after its first request', '2h')
    .option('--tls-cert <file>', 'speak HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'and this key (PEM)')
    .option('--log <file>', 'append each request to this file, one JSON object a line');
  withExamples(withJson(command), [
    'serve-answers . --bind 192.0.2.1 --port 8080',
    'serve-answers . --bind 192.0.2.1 --host metal/host1 --set disk=/dev/nvme0n1',
  ]).action((lab: string, flags: Flags) => serve(lab, flags, cli));
}

async function serve(labPath: string, flags: Flags, cli: Cli): Promise<void> {
  const lab = await readLab(path.resolve(cli.cwd, labPath));
  const tls = await tlsFiles(flags, cli.cwd);
  const tell = (what: object, text: string): void => cli.print(flags.json ? JSON.stringify(what) : text);
  const server = await serveHosts(lab, {
    bind: flags.bind,
    port: flags.port,
    hosts: flags.host ?? [],
    set: Object.fromEntries((flags.set ?? []).map(pair)),
    lifetimeMs: lifetimeOf(flags.lifetime),
    signal: cli.signal,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(tls === undefined ? {} : { tls }),
    onRequest: request => {
      tell({ type: 'request', ...request }, requestLine(request));
      if (flags.log !== undefined) void logTo(path.resolve(cli.cwd, flags.log), request);
    },
    onState: (name, state) => tell({ type: 'host', name, state }, `${name} is ${state}`),
  });
  const hosts = server.desk.list().map(({ name, state }) => ({ name, state, answers: server.desk.baseOf(name) }));
  if (!flags.json) for (const problem of server.problems) cli.print(`${formatProblem(problem, cli.cwd, cli.style)}\n`);
  tell(
    {
      type: 'result',
      ok: true,
      base: server.base,
      ipxe: `${server.base}/boot.ipxe`,
      grub: `${server.base}/grub/grub.cfg`,
      hosts,
      problems: server.problems,
    },
    [
      `Answers are at ${server.base}`,
      '',
      `  iPXE   chain ${server.base}/boot.ipxe`,
      ...(tls === undefined ? [`  GRUB   configfile (http,${new URL(server.base).host})/grub/grub.cfg`] : []),
      `  health ${server.base}/health`,
      '',
      ...hosts.map(({ name, answers }) => `  ${name}  ${answers}/`),
      '',
      'Each folder is the key of its machine, for one installation. Ctrl-C ends it.',
    ].join('\n'),
  );
  await new Promise<void>(resolve => {
    if (cli.signal.aborted) resolve();
    cli.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
}

const requestLine = ({ peer, method, path: asked, status, bytes, ms }: ToldRequest): string =>
  `${new Date().toISOString()} ${peer} ${method} ${asked} ${status} ${bytes} ${ms} ms`;

/** A log that cannot be written must not end the server: machines wait for it. */
const logTo = (file: string, request: ToldRequest): Promise<void> =>
  appendFile(file, `${JSON.stringify({ at: new Date().toISOString(), ...request })}\n`, { mode: 0o600 }).catch(
    () => {},
  );

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new GoldsmithError('usage', `--set ${text} has no value.`, { hint: 'Write --set name=value.' });
}

function lifetimeOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new GoldsmithError('usage', `${JSON.stringify(text)} is no duration.`, { hint: 'For example 90m or 2h.' });
}

async function tlsFiles({ tlsCert, tlsKey }: Flags, cwd: string): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new GoldsmithError('usage', 'TLS wants --tls-cert and --tls-key.', { hint: 'Both are PEM files.' });
  const read = (file: string): Promise<Buffer> =>
    readFile(path.resolve(cwd, file)).catch((cause: unknown) => {
      throw new GoldsmithError('not-found', `${file} cannot be read.`, { hint: 'Check its name and rights.', cause });
    });
  return { cert: await read(tlsCert), key: await read(tlsKey) };
}
