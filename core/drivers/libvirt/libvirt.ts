import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError, type Problem } from '../../model/failure.ts';
import type { ExtraXml } from '../../model/lab.ts';
import type { Accelerator, Machine } from '../../model/machine.ts';
import type { Driver, Vm, Way } from '../driver.ts';
import { Connection } from './connection.ts';
import { type DomainOptions, domainXml } from './domain-xml.ts';
import { type Ends, endsOf } from './ends.ts';
import { explainRefusal } from './extra-xml.ts';
import { CREATE } from './ffi/domain.ts';
import { endWithUs } from './keeper.ts';
import { type Moments, ownMoments, placedMoments } from './moments.ts';
import { type Owner, ownName } from './ownership.ts';
import { PlacedFiles } from './placed-files.ts';
import { poolOf } from './pools.ts';
import { machineProblems } from './problems.ts';
import { relay } from './relay.ts';
import { adaptedTo } from './remote-host.ts';
import { renamed, renameSaved } from './saved-domain.ts';
import { dialScreen } from './screen.ts';
import { serveSerial } from './serial.ts';
import { Tunnel } from './tunnel.ts';
import { DEFAULT_URI, networkHostOf, placeOf, requireQemu, sessionFiles, sshTargetOf } from './uri.ts';
import { LibvirtVm } from './vm.ts';
import { wayOf } from './ways.ts';
import { openWaysIn } from './ways-in.ts';

export interface LibvirtDriverOptions {
  uri?: string;
  /** What everything belongs to: part of names, and in the metadata. */
  owner: Owner;
  /** False: the machine outlives us, because a person may want to keep it. */
  diesWithUs: boolean;
  /** XML of lab.yaml for what we do not model. */
  extraXml?: ExtraXml;
  /** Where copies of files go that libvirt's machines cannot read; undefined: a pool of our own. */
  pool?: string;
  /** A network of that libvirt for the cards; undefined: QEMU's user network. */
  network?: string;
  /** What runs machines on another host; undefined: what that host offers. */
  accelerator?: Accelerator;
}

/** What a machine is reached by while it runs. */
interface Served {
  close(): void;
}

/** A machine of libvirt's: its files and sockets are ours, or copies and tunnels where it runs as somebody else. */
export class LibvirtDriver implements Driver {
  readonly name = 'libvirt';
  readonly uri: string;
  readonly #isOurs: boolean;
  readonly #isRemote: boolean;
  #connection: Promise<Connection> | undefined;
  #tunnel: Promise<Tunnel> | undefined;
  #ends: Promise<Ends | undefined> | undefined;
  #placed: Promise<PlacedFiles> | undefined;

  readonly network: string | undefined;
  readonly place: string | undefined;

  /** @throws GoldsmithError `usage` for an address of something else */
  constructor(readonly options: LibvirtDriverOptions) {
    this.uri = options.uri ?? DEFAULT_URI;
    requireQemu(this.uri);
    const place = placeOf(this.uri);
    this.#isOurs = place === 'session';
    this.#isRemote = place === 'remote';
    this.network = options.network;
    // Elsewhere another QEMU may run, and a machine's screen and serial port are other devices of the host; so is its
    // card on another network.
    const where = [
      ...(this.#isOurs ? [] : [this.uri]),
      ...(this.network === undefined ? [] : [`network ${this.network}`]),
    ];
    this.place = where.length === 0 ? undefined : where.join(', ');
  }

  /** @throws GoldsmithError `host-lacks`, `unsupported` */
  async open(): Promise<void> {
    await this.#ssh();
    await this.#connect();
  }

  check(machine: Machine): Promise<Problem[]> {
    return machineProblems(machine);
  }

  describe(_machine: Machine, runtimeDir: string): string[] {
    return ['virsh', '-c', this.uri, 'create', path.join(runtimeDir, 'domain.xml')];
  }

  /** As it is for this host: another one gets copies of the files, and what suits its QEMU. */
  definition(machine: Machine, runtimeDir: string): string {
    const name = domainName(this.options.owner.id, runtimeDir);
    return domainXml(machine, this.#domainOptions({ name, uuid: NO_UUID }, socketsIn(runtimeDir), machine.serialLog));
  }

  async way(bridge: string | undefined): Promise<Way> {
    const ways = { tunnel: await this.#ssh(), ends: await this.#direct() };
    return wayOf(await this.#connect(), { network: this.options.network, bridge }, ways);
  }

  /** @throws GoldsmithError `host-lacks`, `unsupported`, `bad-lab`, `libvirt-failed` with QEMU's last words */
  async start(scope: Scope, machine: Machine, runtimeDir: string, memory?: string): Promise<Vm> {
    const [problem] = await this.check(machine);
    if (problem) throw new GoldsmithError(problem.code, problem.message, { hint: problem.hint });
    const tunnel = await this.#ssh();
    const connection = await this.#connect();
    await scope.hold({ kind: 'dir', path: runtimeDir }, () => mkdir(runtimeDir, { recursive: true, mode: 0o700 }));
    const placed = await this.#place(scope, connection, machine);
    const uuid = randomUUID();
    const name = domainName(this.options.owner.id, runtimeDir);
    const sockets = socketsIn(runtimeDir);
    const domainOptions = this.#domainOptions({ name, uuid }, sockets, machine.serialLog);
    const fresh = domainXml(placed, domainOptions);
    const saved = memory === undefined ? undefined : await this.#placeMemory(scope, memory, fresh);
    const xml = saved?.xml ?? fresh;
    await writeFile(path.join(runtimeDir, 'domain.xml'), xml, { mode: 0o600 });
    const files = sessionFiles(name);
    const log = this.#isOurs ? files.log : undefined;
    const moments = await this.#momentsOf(scope, uuid, runtimeDir);
    // It listens before the machine is there, so that no end of it can be missed.
    const vm = new LibvirtVm({ connection, uuid, sockets, log, moments });
    const served: Served[] = [];
    void vm.exited.then(() => {
      for (const one of served) one.close();
    });
    try {
      if (saved && this.options.diesWithUs) served.push(await endWithUs(this.uri, uuid));
      await scope.hold({ kind: 'domain', uri: this.uri, uuid, name }, async () => {
        if (saved) await connection.call('domainRestore', saved.path);
        else await this.#create(connection, placed, domainOptions);
      });
      if (!this.#isOurs) await this.#serveConsoles(connection, uuid, sockets, machine.serialLog, served);
      const isOnNetwork = this.options.network !== undefined || machine.nics.some(({ kind }) => kind === 'bridge');
      const forwards = await openWaysIn(connection, uuid, machine, {
        isOnNetwork,
        tunnel,
        ends: await this.#direct(),
        relays: served,
      });
      vm.started({ pid: await readPid(files.pid), forwards, hasAddress: isOnNetwork && !tunnel });
      await vm.resume();
      return vm;
    } catch (error) {
      vm.abandon();
      throw error;
    }
  }

  /** What a machine that runs as somebody else wrote on its disks. */
  async bringHome(scope: Scope, machine: Machine): Promise<void> {
    await (await this.#placed)?.bringHome(scope, machine);
  }

  /** Frees the connection: machines that die with us are ended by it. */
  async close(): Promise<void> {
    const [connection, tunnel] = [await settled(this.#connection), await settled(this.#tunnel)];
    this.#connection = undefined;
    this.#tunnel = undefined;
    await connection?.close();
    await tunnel?.close();
  }

  #domainOptions(
    named: Pick<DomainOptions, 'name' | 'uuid'>,
    sockets: { vnc: string; serial: string },
    serialLog: string,
  ): DomainOptions {
    const { owner, extraXml, network } = this.options;
    return {
      ...named,
      owner,
      console: this.#isOurs
        ? { kind: 'sockets', ...sockets, serialLog }
        : { kind: 'through-libvirt', hasPort: sshTargetOf(this.uri) !== undefined },
      ...(extraXml === undefined ? {} : { extraXml }),
      ...(network === undefined ? {} : { network }),
    };
  }

  /** The machine as its host can run it, with its files where that host finds them. */
  async #place(scope: Scope, connection: Connection, machine: Machine): Promise<Machine> {
    if (this.#isOurs) return machine;
    const adapted = this.#isRemote ? await adaptedTo(connection, machine, this.options.accelerator) : machine;
    const { owner, pool } = this.options;
    const tunnel = await this.#ssh();
    this.#placed ??= poolOf(connection, this.uri, pool, tunnel).then(
      name => new PlacedFiles(connection, name, owner.id, this.#isRemote),
    );
    return (await this.#placed).place(scope, adapted);
  }

  /** A saved memory as that of this machine, where its host finds it. */
  async #placeMemory(scope: Scope, memory: string, fresh: string): Promise<{ path: string; xml: string }> {
    const files = await this.#placed;
    if (!files) return { path: memory, xml: await renameSaved(memory, fresh) };
    const { xml, beginning } = await renamed(memory, fresh);
    const path = await files.placeAs(scope, memory, beginning);
    await files.keepMemory(memory);
    return { path, xml };
  }

  async #momentsOf(scope: Scope, uuid: string, runtimeDir: string): Promise<Moments> {
    const [connection, files] = [await this.#connect(), await this.#placed];
    return files ? placedMoments(connection, uuid, files, scope) : ownMoments(connection, uuid, runtimeDir);
  }

  /** Serial port and screen of a machine whose sockets cannot be ours, as long as it runs. */
  async #serveConsoles(
    connection: Connection,
    uuid: string,
    sockets: { vnc: string; serial: string },
    serialLog: string,
    served: Served[],
  ): Promise<void> {
    const tunnel = await this.#ssh();
    served.push(await serveSerial(connection, uuid, serialLog, sockets.serial));
    served.push(await relay({ path: sockets.vnc }, () => dialScreen(connection, uuid, tunnel)));
  }

  async #create(connection: Connection, machine: Machine, options: DomainOptions): Promise<string> {
    const flags = CREATE.paused | (this.options.diesWithUs ? CREATE.autodestroy : 0);
    try {
      return await connection.call('domainCreate', domainXml(machine, options), flags);
    } catch (error) {
      const { extraXml } = this.options;
      if (extraXml === undefined) throw error;
      throw await explainRefusal(error, extraXml, async alone => {
        const translated = connection.call('domainToNative', domainXml(machine, { ...options, extraXml: alone }));
        return translated.then(
          () => true,
          () => false,
        );
      });
    }
  }

  #connect(): Promise<Connection> {
    this.#connection ??= Connection.open(this.uri);
    return this.#connection;
  }

  /** The ends of the way to a libvirt over the network itself. */
  #direct(): Promise<Ends | undefined> {
    this.#ends ??= endsOf(this.uri);
    return this.#ends;
  }

  /** Undefined for a libvirt of this host, or over the network itself. @throws GoldsmithError `unsupported` */
  async #ssh(): Promise<Tunnel | undefined> {
    if (!this.#isRemote || networkHostOf(this.uri)) return undefined;
    this.#tunnel ??= Tunnel.open(requireSsh(this.uri));
    return this.#tunnel;
  }
}

/** Of a machine that nobody has started. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';

const socketsIn = (runtimeDir: string) => ({
  vnc: path.join(runtimeDir, 'vnc'),
  serial: path.join(runtimeDir, 'serial'),
});

/** One name for each machine of a build: `goldsmith-debian-13-20260101-101500-ab12-install`. */
function domainName(owner: string, runtimeDir: string): string {
  const part = path.basename(runtimeDir);
  return ownName(part === owner ? owner : `${owner}-${part}`);
}

function requireSsh(uri: string) {
  const target = sshTargetOf(uri);
  if (target) return target;
  throw new GoldsmithError('unsupported', `Guests and we would not reach one another through ${uri}.`, {
    hint: 'Use qemu+ssh://USER@HOST/system, qemu+tls:// or qemu+tcp://.',
  });
}

const settled = <T>(promise: Promise<T> | undefined): Promise<T | undefined> =>
  promise?.catch(() => undefined) ?? Promise.resolve(undefined);

const readPid = async (file: string): Promise<number | undefined> =>
  Number(await readFile(file, 'utf8').catch(() => '')) || undefined;
