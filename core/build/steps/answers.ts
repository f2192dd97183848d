import { httpAddress, makeToken } from '../../answers/address.ts';
import { renderAnswers, templateTexts } from '../../answers/render.ts';
import { type AnswerServer, startAnswerServer } from '../../answers/server.ts';
import { kernelArguments } from '../../boot/direct.ts';
import type { BuildVariables } from '../../boot/variables.ts';
import { USER_NETWORK, type Way } from '../../drivers/driver.ts';
import { INSTALLERS } from '../../installer/installers.ts';
import { startLogReceiver } from '../../installer/receiver.ts';
import type { PackageCache } from '../../media/package-cache.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { errorCode } from '../../store/durable.ts';
import type { ServedAt } from '../checkpoint-layers.ts';
import { type BuildContext, buildFiles } from '../context.ts';
import type { Observer } from '../observer.ts';
import type { Scope } from '../scope.ts';
import type { Target } from '../target.ts';
import { collectTarget } from '../target-answers.ts';
import { proxyArguments, startInstallerCache } from './packages.ts';

/**
 * Files every recipe may fetch beside its own: how the guest gets this build's keys. The private one only behind a
 * secret path: else the guest makes its own, and the first one seen is pinned.
 */
const keyFiles = ({ keys }: BuildContext, isSecret: boolean): Map<string, Buffer> =>
  new Map([
    ['/goldsmith/authorized_keys', Buffer.from(`${keys.clientKey.publicLine}\n`)],
    ...(isSecret
      ? ([
          [HOST_KEY_FILE, Buffer.from(keys.hostKey.privateKey)],
          [`${HOST_KEY_FILE}.pub`, Buffer.from(`${keys.hostKey.publicLine}\n`)],
        ] as const)
      : []),
  ]);

/** A guest that fetched this shows it as its own host key from then on. */
export const HOST_KEY_FILE = '/goldsmith/ssh_host_ed25519_key';

/** Paths that the journal names; a recipe may serve a whole tree of packages. */
const MOST_TOLD = 1000;

export interface Served {
  server: AnswerServer;
  /** Keeps what the installer downloads; undefined where it does not pass our proxy. */
  packages?: PackageCache;
  /** What a directly booted kernel is told beside the recipe's own arguments; ends in a space unless empty. */
  proxyArguments: string;
  /** What `{{ .HTTPIP }}` and the others stand for in this build. */
  variables: BuildVariables;
  /** `IP:PORT[/TOKEN]`: what provisioners know as PACKER_HTTP_ADDR. */
  address: string;
  /** Where the guest was told to find us. */
  at: ServedAt;
  way: Way;
  /** Serves what the recipe's files hold now. */
  refresh(): Promise<void>;
  /** Ends all of it: no port stays open after a build, however it ended. Safe to call twice. */
  close(): Promise<void>;
}

/** Who is told what the installer says and asks for: the observer of the moment. */
export type Listener = Pick<Observer, 'installerLine' | 'answered' | 'packageTrouble'>;

/**
 * Renders every answer first, then serves exactly that; and opens the installer's log.
 * @param before where a guest that goes on from an earlier build was told to find us
 * @throws GoldsmithError `busy` when somebody else listens there now
 */
export async function serveAnswers(
  scope: Scope,
  context: BuildContext,
  observer: Listener,
  before?: ServedAt,
): Promise<Served> {
  const opened: Closing[] = [];
  try {
    return await serve(scope, context, observer, before, opened);
  } catch (error) {
    for (const one of opened) await one.close(); // whoever tries again may want its port
    throw error;
  }
}

interface Closing {
  close(): Promise<void>;
}

/** @param opened gets everything that listens */
async function serve(
  scope: Scope,
  context: BuildContext,
  observer: Listener,
  before: ServedAt | undefined,
  opened: Closing[],
): Promise<Served> {
  const { image, builder } = context.target;
  const files = await collectTarget(context.target);
  const way = (await context.driver.way?.(builder.source.netBridge)) ?? USER_NETWORK;
  if (way.warning !== undefined) scope.emit({ type: 'warning', ...way.warning });
  if (way.note !== undefined) scope.emit({ type: 'note', message: way.note });
  const log = await startLogReceiver(scope, {
    bind: way.bind,
    file: buildFiles(context.dir).installerLog,
    ...(before === undefined ? {} : { port: before.logPort }),
    onLine: message => observer.installerLine(message.text),
  });
  opened.push(log);
  const carried: Record<string, number> = {};
  const carry = async (port: number): Promise<number> => {
    const there = await way.carry(port, before?.carried?.[port]);
    if (there !== port) carried[port] = there;
    return there;
  };
  const logPort = await carry(log.port);
  const isHeard = (await way.carryDatagrams?.(logPort, log.port)) ?? true;
  if (!isHeard) scope.emit({ type: 'note', message: NO_DATAGRAMS });
  const token = image.answers.token ? (before?.token ?? makeToken()) : undefined;
  const texts = [...bootTexts(context), ...templateTexts(files)];
  const { isTokenUsed, note } = httpAddress(texts, { ip: '', port: 0, ...(token === undefined ? {} : { token }) });
  if (note !== undefined) scope.emit({ type: 'note', message: note });
  if (token !== undefined) scope.secrets.add(token);
  const server = await startAnswerServer(seenBy(scope, observer), {
    files: new Map(),
    bind: way.bind,
    portMin: before?.port ?? builder.source.httpPortMin,
    portMax: before?.port ?? builder.source.httpPortMax,
    advertisedHost: way.host,
    carry,
    ...(isTokenUsed && token !== undefined ? { token } : {}),
  });
  opened.push(server);
  const address = httpAddress(texts, {
    ip: way.host,
    port: server.seenPort,
    ...(token === undefined ? {} : { token }),
  });
  const variables: BuildVariables = {
    HTTPIP: address.httpIp,
    HTTPPort: address.httpPort,
    Name: builder.source.vmName,
    SSHPublicKey: context.keys.clientKey.publicLine,
    LogPort: String(logPort),
  };
  const serve = (all: ReadonlyMap<string, Buffer>): void => {
    server.replace(new Map([...renderAnswers(all, variables), ...keyFiles(context, isTokenUsed)]));
    scope.emit({ type: 'serving', paths: [...all.keys()].slice(0, MOST_TOLD) });
  };
  serve(files);
  const passes = new Map([[`${way.host}:${server.seenPort}`, `http://${way.bind}:${server.port}`]]);
  const packages =
    image.boot.kind === 'direct'
      ? await startInstallerCache(scope, context, kernelLine(context.target), {
          passes,
          bind: way.bind,
          port: before?.packagesPort,
          onTrouble: text => observer.packageTrouble(text),
        }).catch(error => {
          throw errorCode(error) === 'EADDRINUSE' ? proxyTaken(before?.packagesPort, error) : error;
        })
      : undefined;
  if (packages) opened.push(packages);
  return {
    server,
    way,
    ...(packages ? { packages } : {}),
    proxyArguments: packages ? proxyArguments(way.host, await carry(packages.port)) : '',
    variables,
    address: `${address.httpIp}:${address.httpPort}`,
    at: {
      port: server.port,
      logPort: log.port,
      ...(packages ? { packagesPort: packages.port } : {}),
      ...(isTokenUsed && token !== undefined ? { token } : {}),
      ...(Object.keys(carried).length > 0 ? { carried } : {}),
    },
    refresh: async () => serve(await collectTarget(context.target)),
    close: async () => void (await Promise.all(opened.map(one => one.close()))),
  };
}

/** Those that log over TCP (Anaconda) are heard all the same. */
const NO_DATAGRAMS =
  "An installer's log that is sent as datagrams is not received: that host has no perl. Screen and serial port tell how it goes.";

const proxyTaken = (port: number | undefined, cause: unknown): GoldsmithError =>
  new GoldsmithError('busy', `Somebody else listens on port ${port} now, where the guest was told to find packages.`, {
    cause,
  });

/** The same scope, whose requests the observer sees too. */
const seenBy = (scope: Scope, observer: Listener): Scope => ({
  signal: scope.signal,
  secrets: scope.secrets,
  hold: (resource, acquire) => scope.hold(resource, acquire),
  release: resource => scope.release(resource),
  emit: event => {
    scope.emit(event);
    if (event.type === 'request') observer.answered(event);
  },
});

/** Everything that is typed or given to a kernel: where a recipe writes the address of its answers. */
export function bootTexts({ target }: { target: Pick<Target, 'image' | 'builder'> }): string[] {
  const { source } = target.builder;
  const ofQemu = source.qemuArgs.map(([, ...values]) => values.join('')).filter(text => text.includes('.HTTPPort'));
  if (target.image.boot.kind === 'direct') return [kernelLine(target), ...ofQemu];
  return [...source.bootCommand, ...source.bootSteps.map(([command]) => command), ...ofQemu];
}

/**
 * The kernel's arguments for a direct boot: the lab's own, else what the recipe would type; and where the installer's
 * log goes, which the lab need not know.
 */
export function kernelLine(target: Pick<Target, 'image' | 'builder'>): string {
  const { boot } = target.image;
  const own = boot.kind === 'direct' ? boot.append : '';
  const line = own === '' ? kernelArguments(target.builder.source.bootCommand) : own;
  const isLogTold = line.includes('.LogPort') || target.image.installer === undefined;
  const log = INSTALLERS[target.image.installer ?? 'none'].logArguments;
  return isLogTold || !log ? line : `${log('{{ .HTTPIP }}', '{{ .LogPort }}')} ${line}`;
}
