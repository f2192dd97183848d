import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError, type Problem } from '../../model/failure.ts';
import type { Machine } from '../../model/machine.ts';
import type { Driver, Vm } from '../driver.ts';
import { Connection } from './connection.ts';
import { domainXml } from './domain-xml.ts';
import { CREATE } from './ffi/domain.ts';
import { forwardPorts } from './forward.ts';
import { type Owner, ownName } from './ownership.ts';
import { PlacedFiles } from './placed-files.ts';
import { machineProblems } from './problems.ts';
import { serveScreen } from './screen.ts';
import { serveSerial } from './serial.ts';
import { openPool } from './storage.ts';
import { DEFAULT_URI, placeOf, sessionFiles } from './uri.ts';
import { LibvirtVm } from './vm.ts';

/** What libvirt's refusal of a definition comes to. */
const XML_CODES: ReadonlySet<string> = new Set(['bad-lab', 'unsupported', 'usage']);

export interface LibvirtDriverOptions {
  uri?: string;
  /** What everything belongs to: part of names, and in the metadata. */
  owner: Owner;
  /** False: the machine outlives us, because a person may want to keep it. */
  diesWithUs: boolean;
  /** XML of lab.yaml for what we do not model. */
  extraXml?: string;
  /** Where copies of files go that libvirt's machines cannot read; undefined: a pool of our own. */
  pool?: string;
}

/** A machine of libvirt's: its files and sockets are ours, its process is libvirt's. */
export class LibvirtDriver implements Driver {
  readonly name = 'libvirt';
  readonly uri: string;
  #connection: Promise<Connection> | undefined;
  #placed: Promise<PlacedFiles> | undefined;

  constructor(readonly options: LibvirtDriverOptions) {
    this.uri = options.uri ?? DEFAULT_URI;
  }

  check(machine: Machine): Promise<Problem[]> {
    return machineProblems(machine);
  }

  describe(_machine: Machine, runtimeDir: string): string[] {
    return ['virsh', '-c', this.uri, 'create', path.join(runtimeDir, 'domain.xml')];
  }

  /** @throws GoldsmithError `host-lacks`, `unsupported`, `bad-lab`, `libvirt-failed` with QEMU's last words */
  async start(scope: Scope, machine: Machine, runtimeDir: string): Promise<Vm> {
    const [problem] = await this.check(machine);
    if (problem) throw new GoldsmithError(problem.code, problem.message, { hint: problem.hint });
    requireLocal(this.uri);
    const connection = await this.#connect();
    await scope.hold({ kind: 'dir', path: runtimeDir }, () => mkdir(runtimeDir, { recursive: true, mode: 0o700 }));
    const isOurs = placeOf(this.uri) === 'session';
    const placed = isOurs ? machine : await (await this.#placedFiles(connection)).place(scope, machine);
    const uuid = randomUUID();
    const name = domainName(this.options.owner.id, runtimeDir);
    const sockets = { vnc: path.join(runtimeDir, 'vnc'), serial: path.join(runtimeDir, 'serial') };
    const xml = domainXml(placed, {
      name,
      uuid,
      owner: this.options.owner,
      console: isOurs
        ? { kind: 'sockets', ...sockets, serialLog: machine.serialLog }
        : { kind: 'through-libvirt', isRemote: false },
      ...(this.options.extraXml === undefined ? {} : { extraXml: this.options.extraXml }),
    });
    await writeFile(path.join(runtimeDir, 'domain.xml'), xml, { mode: 0o600 });
    const files = sessionFiles(name);
    // It listens before the machine is there, so that no end of it can be missed.
    const vm = new LibvirtVm({ connection, uuid, sockets, log: isOurs ? files.log : undefined });
    try {
      await scope.hold({ kind: 'domain', uri: this.uri, uuid, name }, () => this.#create(connection, xml));
      if (!isOurs) await serveConsoles(connection, uuid, sockets, machine.serialLog, vm.exited);
      vm.started({ pid: await readPid(files.pid), forwards: await forwardPorts(connection, uuid, machine) });
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

  #placedFiles(connection: Connection): Promise<PlacedFiles> {
    const { owner, pool } = this.options;
    this.#placed ??= openPool(connection, pool).then(name => new PlacedFiles(connection, name, owner.id));
    return this.#placed;
  }

  async #create(connection: Connection, xml: string): Promise<string> {
    const flags = CREATE.paused | (this.options.diesWithUs ? CREATE.autodestroy : 0);
    try {
      return await connection.call('domainCreate', xml, flags);
    } catch (error) {
      throw this.options.extraXml === undefined ? error : blameExtraXml(error);
    }
  }

  /** Frees the connection: machines that die with us are ended by it. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    await connection?.close();
  }

  #connect(): Promise<Connection> {
    this.#connection ??= Connection.open(this.uri);
    return this.#connection;
  }
}

/** One name for each machine of a build: `goldsmith-debian-13-20260101-101500-ab12-install`. */
function domainName(owner: string, runtimeDir: string): string {
  const part = path.basename(runtimeDir);
  return ownName(part === owner ? owner : `${owner}-${part}`);
}

/** Our own part is known to libvirt; what it does not take is most likely what a person added. */
function blameExtraXml(error: unknown): unknown {
  if (!(error instanceof GoldsmithError) || !XML_CODES.has(error.code)) return error;
  const hint = 'Look at libvirt.xml in lab.yaml: without it, libvirt takes this machine.';
  return new GoldsmithError('bad-lab', error.message, { hint, details: error.details, cause: error });
}

function requireLocal(uri: string): void {
  if (placeOf(uri) !== 'remote') return;
  throw new GoldsmithError('unsupported', `Machines cannot be built on another host (${uri}) yet.`, {
    hint: 'Use qemu:///session or qemu:///system of this host.',
  });
}

/** Serial port and screen of a machine whose sockets cannot be ours, as long as it runs. */
async function serveConsoles(
  connection: Connection,
  uuid: string,
  sockets: { vnc: string; serial: string },
  serialLog: string,
  exited: Promise<unknown>,
): Promise<void> {
  const served = [
    await serveSerial(connection, uuid, serialLog, sockets.serial),
    await serveScreen(connection, uuid, sockets.vnc),
  ];
  void exited.then(() => {
    for (const one of served) one.close();
  });
}

const readPid = async (file: string): Promise<number | undefined> =>
  Number(await readFile(file, 'utf8').catch(() => '')) || undefined;
