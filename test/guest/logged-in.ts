import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Guest } from '../../core/guest/guest.ts';
import type { ProvisionContext } from '../../core/guest/provisioners/job.ts';
import { type ConnectOptions, connectGuest } from '../../core/guest/ssh.ts';
import type { Provisioner, ProvisionerPolicy } from '../../core/model/recipe.ts';
import { TestScope } from './scope.ts';
import { Sshd } from './sshd.ts';

export const never: Promise<unknown> = new Promise(() => undefined);

/** How a test logs in to a real sshd, unless it says otherwise. */
export const toSshd = (sshd: Sshd, more: Partial<ConnectOptions> = {}): ConnectOptions => ({
  host: '127.0.0.1',
  port: sshd.port,
  user: sshd.user,
  privateKey: sshd.keys.clientKey.privateKey,
  hostKey: { pinned: [sshd.keys.hostKey.publicLine] },
  timeoutMs: 10_000,
  exited: never,
  ...more,
});

/** A real sshd, a guest logged in to it, and a folder that stands for a recipe's. */
export class LoggedIn {
  readonly scope = new TestScope();
  readonly dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-guest-'));

  private constructor(
    readonly sshd: Sshd,
    readonly guest: Guest,
  ) {}

  static async start(lines: string[] = [], more: Partial<ConnectOptions> = {}): Promise<LoggedIn> {
    const sshd = await Sshd.start(lines);
    const scope = new TestScope();
    const guest = await connectGuest(scope, toSshd(sshd, more));
    return new LoggedIn(sshd, guest);
  }

  get context(): ProvisionContext {
    return {
      buildName: 'debian',
      builderType: 'qemu',
      httpAddress: '10.0.2.2:8100/token',
      keyFile: path.join(this.dir, 'unused'),
      workDir: path.join(this.dir, 'work'),
      root: this.dir,
      guestAddress: this.guest.address,
    };
  }

  file(name: string): string {
    return path.join(this.dir, name);
  }

  async stop(): Promise<void> {
    await this.guest.close();
    await this.sshd.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const POLICY: ProvisionerPolicy = {
  place: { file: 'recipe.pkr.hcl', line: 12 },
  pauseBeforeMs: 0,
  maxRetries: 0,
  continueOnError: false,
};

/** Packer's defaults of `shell`. */
export const shell = (
  options: Partial<Extract<Provisioner, { kind: 'shell' }>>,
): Extract<Provisioner, { kind: 'shell' }> => ({
  ...POLICY,
  kind: 'shell',
  inline: [],
  inlineShebang: '/bin/sh -e',
  scripts: [],
  environment: {},
  executeCommand: 'chmod +x {{.Path}}; {{.Vars}} {{.Path}}',
  useEnvVarFile: false,
  remoteFolder: '/tmp',
  skipClean: false,
  binary: false,
  expectDisconnect: false,
  startRetryTimeoutMs: 20_000,
  pauseAfterMs: 0,
  validExitCodes: [0],
  ...options,
});

/** Packer's defaults of `ansible`, with a playbook. */
export const PLAYBOOK: Extract<Provisioner, { kind: 'ansible' }> = {
  ...POLICY,
  kind: 'ansible',
  playbookFile: 'playbook.yml',
  command: 'ansible-playbook',
  extraArguments: [],
  environment: {},
  groups: [],
  emptyGroups: [],
  hostAlias: 'default',
  keepInventoryFile: false,
  galaxyCommand: 'ansible-galaxy',
  galaxyForceInstall: false,
  galaxyForceWithDeps: false,
  useProxy: true,
  skipVersionCheck: false,
};
