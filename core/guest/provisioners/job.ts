import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import type { Guest, GuestAddress } from '../guest.ts';
import { plainLine } from '../lines.ts';

/** What provisioners are told of the build they run in. */
export interface ProvisionContext {
  /** PACKER_BUILD_NAME: the name of the source, e.g. `debian`. */
  buildName: string;
  /** PACKER_BUILDER_TYPE: `qemu`. */
  builderType: string;
  /** PACKER_HTTP_ADDR: `IP:PORT[/TOKEN]` as the guest sees it; empty when nothing is served. */
  httpAddress: string;
  /** Private key file for programs on the host, 0600. */
  keyFile: string;
  /** Scratch folder of the build; what is private goes into a 0700 folder in it. */
  workDir: string;
  /** Relative paths of the recipe start here. */
  root: string;
  guestAddress: GuestAddress;
  /** Further values of Packer's `build`, e.g. `ID`, `SSHPublicKey`. */
  buildValues?: Record<string, string>;
  /** Asks a person; undefined when nobody is there. */
  ask?: (text: string, choices: { key: string; label: string }[]) => Promise<string>;
}

const KEPT_LINES = 20;

/** One run of one provisioner. */
export class Job {
  #lines: string[] = [];

  constructor(
    readonly scope: Scope,
    readonly guest: Guest,
    readonly context: ProvisionContext,
    /** Fires with the build's signal and at the provisioner's time limit. */
    readonly signal: AbortSignal,
  ) {}

  /** One line of the provisioner's output: shown, journalled, and kept for a failure. */
  line(raw: string): void {
    const line = plainLine(raw);
    this.scope.emit({ type: 'line', source: 'provisioner', line });
    this.#lines.push(this.scope.secrets.mask(line));
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  note(message: string): void {
    this.scope.emit({ type: 'note', message });
  }

  /** The last lines of output, masked, newest last. */
  get lastLines(): string[] {
    return [...this.#lines];
  }

  /** Makes a folder that only we may look into; it goes when the work is done, or with the build. */
  async inPrivateDir<T>(work: (dir: string) => Promise<T>, parent = this.context.workDir): Promise<T> {
    const dir = path.join(parent, `goldsmith-${randomBytes(6).toString('hex')}`);
    const folder = { kind: 'dir', path: dir } as const;
    await this.scope.hold(folder, () => mkdir(dir, { recursive: true, mode: 0o700 }));
    try {
      return await work(dir);
    } finally {
      await this.scope.release(folder);
    }
  }

  /** A path of the recipe, absolute. */
  path(file: string): string {
    return path.resolve(this.context.root, file);
  }

  /** The variables that Packer gives to every script. */
  packerVariables(): Record<string, string> {
    const { buildName, builderType, httpAddress } = this.context;
    return {
      PACKER_BUILD_NAME: buildName,
      PACKER_BUILDER_TYPE: builderType,
      ...(httpAddress === '' ? {} : httpVariables(httpAddress)),
    };
  }
}

function httpVariables(address: string): Record<string, string> {
  const { ip, port } = splitAddress(address);
  return { PACKER_HTTP_ADDR: address, PACKER_HTTP_IP: ip, PACKER_HTTP_PORT: port };
}

/** `IP:PORT[/TOKEN]` in two: the port keeps the token, so that `http://IP:PORT/file` is right put together again. */
export function splitAddress(address: string): { ip: string; port: string } {
  const [, ip = '', port = ''] = address.match(/^(.*?):(\d+.*)$/) ?? [];
  return { ip, port };
}
