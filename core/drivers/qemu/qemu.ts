import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { hostOnBridge, onThisHost } from '../../host/bridge.ts';
import { GoldsmithError, type Problem } from '../../model/failure.ts';
import type { Arch, Machine } from '../../model/machine.ts';
import { type Driver, USER_NETWORK, type Vm, type Way } from '../driver.ts';
import { restoreMoment } from './checkpoint.ts';
import { qemuArguments, type Sockets } from './command-line.ts';
import { type Forwards, parseForwards } from './forwards.ts';
import { type Hypervisor, startHypervisor } from './process.ts';
import { Qmp } from './qmp.ts';
import { startTpm } from './tpm.ts';
import { QemuVm } from './vm.ts';

/** `sun_path` holds 108 bytes with its closing zero (unix(7)). */
const SOCKET_PATH_MAX = 107;
const START_TIMEOUT_MS = 30_000;

const BINARIES: Record<Arch, string> = {
  x86_64: 'qemu-system-x86_64',
  i386: 'qemu-system-i386',
  aarch64: 'qemu-system-aarch64',
  ppc64: 'qemu-system-ppc64',
  riscv64: 'qemu-system-riscv64',
  s390x: 'qemu-system-s390x',
};

export interface QemuDriverOptions {
  /** A recipe's own `qemu_binary`. */
  binary?: string;
  /** False: the machine outlives us, because a person may want to keep it. */
  diesWithUs: boolean;
}

export const socketsIn = (runtimeDir: string): Sockets => ({
  qmp: path.join(runtimeDir, 'qmp'),
  vnc: path.join(runtimeDir, 'vnc'),
  serial: path.join(runtimeDir, 'serial'),
  tpm: path.join(runtimeDir, 'tpm'),
});

/** QEMU itself, started and watched by us. */
export class QemuDriver implements Driver {
  readonly name = 'qemu';

  constructor(readonly options: QemuDriverOptions = { diesWithUs: true }) {}

  async check(machine: Machine): Promise<Problem[]> {
    const files = [...machine.disks, ...machine.cdroms, ...machine.floppies].map(({ path: file }) => file);
    const missing = await Promise.all(files.map(async file => ((await isReadable(file)) ? [] : [file])));
    return missing.flat().map(file => ({ code: 'not-found', severity: 'error', message: `${file} cannot be read.` }));
  }

  describe(machine: Machine, runtimeDir: string): string[] {
    return [
      this.options.binary ?? machine.binary ?? BINARIES[machine.arch],
      ...qemuArguments(machine, socketsIn(runtimeDir)),
    ];
  }

  async way(bridge: string | undefined): Promise<Way> {
    if (bridge === undefined) return USER_NETWORK;
    const address = await hostOnBridge(bridge, onThisHost);
    return { host: address, bind: address, carry: async port => port };
  }

  async start(scope: Scope, machine: Machine, runtimeDir: string, memory?: string): Promise<Vm> {
    const sockets = socketsIn(runtimeDir);
    requireShort(sockets.serial);
    await scope.hold({ kind: 'dir', path: runtimeDir }, () => mkdir(runtimeDir, { recursive: true, mode: 0o700 }));
    if (machine.tpm) await startTpm(scope, machine.tpm, sockets.tpm, runtimeDir, this.options.diesWithUs);
    const [binary = '', ...own] = this.describe(machine, runtimeDir);
    const args = memory === undefined ? own : [...own, '-incoming', 'defer'];
    const pidFile = path.join(runtimeDir, 'qemu.pid');
    const hypervisor = await scope.hold({ kind: 'process', pidFile, mark: sockets.qmp }, () =>
      startHypervisor(binary, args, {
        pidFile,
        logFile: path.join(runtimeDir, 'qemu.log'),
        diesWithUs: this.options.diesWithUs,
      }),
    );
    const qmp = await connectOrExplain(hypervisor, sockets.qmp, scope.signal);
    if (memory !== undefined) await restoreMoment(qmp, memory, scope.signal);
    const vm = new QemuVm({ qmp, hypervisor, sockets, runtimeDir, forwards: await readForwards(qmp, machine) });
    await vm.resume();
    return vm;
  }
}

/** The monitor answers, or QEMU has already said why it will not. */
async function connectOrExplain(hypervisor: Hypervisor, socket: string, signal: AbortSignal): Promise<Qmp> {
  const given = new AbortController();
  const either = AbortSignal.any([signal, given.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  const died = hypervisor.exited.then(({ lastLines, code }) => {
    throw new GoldsmithError('qemu-failed', `QEMU did not start: ${lastLines.at(-1) ?? `status ${code}`}`, {
      details: { lastLines, ...(code === null ? {} : { exitCode: code }) },
    });
  });
  try {
    return await Promise.race([Qmp.connect(socket, either), died]);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof GoldsmithError) throw error;
    throw new GoldsmithError('qemu-failed', `QEMU did not answer within ${START_TIMEOUT_MS / 1000} s.`, {
      cause: error,
    });
  } finally {
    given.abort();
    died.catch(() => {}); // a death after this is told through Vm.exited
  }
}

/** Which host port stands for which guest port: with host port 0 only QEMU knows, and only its human monitor says. */
async function readForwards(qmp: Qmp, machine: Machine): Promise<Forwards> {
  const isForwarded = machine.nics.some(nic => nic.kind === 'user' && nic.forwards.length > 0);
  if (!isForwarded && !machine.extraArgs.some(argument => argument.includes('hostfwd='))) return new Map();
  return parseForwards(await qmp.human('info usernet'));
}

function requireShort(socket: string): void {
  if (Buffer.byteLength(socket) <= SOCKET_PATH_MAX) return;
  throw new GoldsmithError('host-lacks', `The path of the socket ${socket} is too long for this system.`, {
    hint: 'Set XDG_RUNTIME_DIR to a short private folder.',
  });
}

const isReadable = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
