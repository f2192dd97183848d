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
import { machineProblems } from './problems.ts';
import { DEFAULT_URI, placeOf, sessionFiles } from './uri.ts';
import { LibvirtVm } from './vm.ts';

export interface LibvirtDriverOptions {
  uri?: string;
  /** What everything belongs to: part of names, and in the metadata. */
  owner: Owner;
  /** False: the machine outlives us, because a person may want to keep it. */
  diesWithUs: boolean;
  /** XML of lab.yaml for what we do not model. */
  extraXml?: string;
}

/** A machine of libvirt's: its files and sockets are ours, its process is libvirt's. */
export class LibvirtDriver implements Driver {
  readonly name = 'libvirt';
  readonly uri: string;
  #connection: Promise<Connection> | undefined;

  constructor(readonly options: LibvirtDriverOptions) {
    this.uri = options.uri ?? DEFAULT_URI;
  }

  check(machine: Machine): Promise<Problem[]> {
    return machineProblems(machine);
  }

  describe(_machine: Machine, runtimeDir: string): string[] {
    return ['virsh', '-c', this.uri, 'create', path.join(runtimeDir, 'domain.xml')];
  }

  /** @throws GoldsmithError `host-lacks`, `unsupported`, `bad-lab`, `qemu-failed` with QEMU's last words */
  async start(scope: Scope, machine: Machine, runtimeDir: string): Promise<Vm> {
    const [problem] = await this.check(machine);
    if (problem) throw new GoldsmithError(problem.code, problem.message, { hint: problem.hint });
    requireSession(this.uri);
    const connection = await this.#connect();
    await scope.hold({ kind: 'dir', path: runtimeDir }, () => mkdir(runtimeDir, { recursive: true, mode: 0o700 }));
    const uuid = randomUUID();
    const name = domainName(this.options.owner.id, runtimeDir);
    const sockets = { vnc: path.join(runtimeDir, 'vnc'), serial: path.join(runtimeDir, 'serial') };
    const xml = domainXml(machine, {
      name,
      uuid,
      owner: this.options.owner,
      console: { kind: 'sockets', ...sockets, serialLog: machine.serialLog },
      ...(this.options.extraXml === undefined ? {} : { extraXml: this.options.extraXml }),
    });
    await writeFile(path.join(runtimeDir, 'domain.xml'), xml, { mode: 0o600 });
    const files = sessionFiles(name);
    // It listens before the machine is there, so that no end of it can be missed.
    const vm = new LibvirtVm({ connection, uuid, sockets, log: files.log });
    try {
      await scope.hold({ kind: 'domain', uri: this.uri, uuid, name }, () => this.#create(connection, xml));
      vm.started({ pid: await readPid(files.pid), forwards: await forwardPorts(connection, uuid, machine) });
      await vm.resume();
      return vm;
    } catch (error) {
      vm.abandon();
      throw error;
    }
  }

  #create(connection: Connection, xml: string): Promise<string> {
    return connection.call('domainCreate', xml, CREATE.paused | (this.options.diesWithUs ? CREATE.autodestroy : 0));
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

function requireSession(uri: string): void {
  if (placeOf(uri) === 'session') return;
  throw new GoldsmithError('unsupported', `Machines cannot be built on ${uri} yet.`, {
    hint: 'Use qemu:///session, as an ordinary user: root has no session of its own.',
  });
}

const readPid = async (file: string): Promise<number | undefined> =>
  Number(await readFile(file, 'utf8').catch(() => '')) || undefined;
