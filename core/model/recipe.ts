import type { Place, Problem } from './failure.ts';

/**
 * A Packer template after its variables, locals and functions were evaluated: one entry per builder it would run.
 * Build-time variables (`{{ .HTTPIP }}`, `{{ .SSHPublicKey }}`, ...) still stand in the strings.
 */
export interface Recipe {
  /** The file or folder that was read. */
  path: string;
  /** Relative paths of a recipe are relative to this folder (Packer: the working directory; `path.root` in HCL2). */
  root: string;
  builders: Builder[];
  /** All builders of the template, also those that were not chosen or are not of qemu. */
  builderNames: string[];
  variables: RecipeVariable[];
  /** Warnings and notes (repaired old spellings, hand-offs); errors are thrown instead. */
  problems: Problem[];
}

export interface RecipeVariable {
  name: string;
  /** The Packer type constraint, e.g. `string`, `list(string)`. */
  type: string;
  description?: string;
  hasDefault: boolean;
  /** The value in force; undefined when it has none. */
  value: unknown;
  sensitive: boolean;
  /** The only values that its validation lets through, where that names them; never of a sensitive one. */
  choices?: string[];
}

export interface Builder {
  /** `qemu.debian`: what `-only` and `-except` name. */
  name: string;
  type: 'qemu';
  place: Place;
  source: QemuSource;
  provisioners: Provisioner[];
  errorCleanup?: Provisioner;
  /** Chains; each runs on the artifact of the one before it. */
  postProcessors: PostProcessor[][];
  /** Values of sensitive variables: masked wherever they would be shown. */
  secrets: string[];
}

/** The options of Packer's qemu builder, in Packer's own words, with Packer's defaults filled in. Durations in ms. */
export interface QemuSource {
  isoUrls: string[];
  /** As written: `sha256:...`, `file:URL`, bare hex, `none`. */
  isoChecksum: string;
  isoTargetPath?: string;
  isoTargetExtension?: string;
  diskImage: boolean;
  useBackingFile: boolean;
  skipResizeDisk: boolean;

  bootCommand: string[];
  /** Pairs of command and description; exclusive with `bootCommand`. */
  bootSteps: [command: string, description: string][];
  bootWaitMs: number;
  bootKeyIntervalMs: number;
  disableVnc: boolean;

  httpDirectory?: string;
  /** Path with leading slash to text. */
  httpContent: Record<string, string>;
  httpPortMin: number;
  httpPortMax: number;
  httpBindAddress?: string;
  cdFiles: string[];
  cdContent: Record<string, string>;
  cdLabel: string;
  floppyFiles: string[];
  floppyDirs: string[];
  floppyContent: Record<string, string>;
  floppyLabel: string;

  communicator: Communicator;
  hostPortMin: number;
  hostPortMax: number;
  skipNatMapping: boolean;

  diskSizeMiB: number;
  additionalDiskSizesMiB: number[];
  diskInterface: string;
  diskCache: string;
  diskDiscard: string;
  diskDetectZeroes: string;
  format: 'qcow2' | 'raw';
  diskCompression: boolean;
  skipCompaction: boolean;
  qemuImgArgs: { create: string[]; resize: string[]; convert: string[] };

  /** Undefined: the best that works on this host. */
  accelerator?: string;
  machineType: string;
  cpuModel?: string;
  cpus: number;
  sockets?: number;
  cores?: number;
  threads?: number;
  memoryMiB: number;
  netDevice: string;
  netBridge?: string;
  cdromInterface?: string;
  qemuBinary: string;
  /** Raw switches with Packer's replacement rules, e.g. `[['-smp', '4'], ['-device', 'virtio-rng-pci']]`. */
  qemuArgs: string[][];
  efiBoot: boolean;
  efiFirmwareCode?: string;
  efiFirmwareVars?: string;
  efiDropEfivars: boolean;
  firmware?: string;
  usePflash: boolean;
  vtpm: boolean;
  useTpm1: boolean;
  tpmDeviceType: string;
  headless: boolean;
  display?: string;
  useDefaultDisplay: boolean;
  vga?: string;
  vncBindAddress: string;
  vncPortMin: number;
  vncPortMax: number;
  vncUsePassword: boolean;
  vncPassword?: string;

  outputDirectory: string;
  vmName: string;
  shutdownCommand: string;
  shutdownTimeoutMs: number;
}

export type Communicator =
  | { kind: 'none' }
  | {
      kind: 'ssh';
      username: string;
      password?: string;
      privateKeyFile?: string;
      /** Another address than the forwarded port's: for a bridge. */
      host?: string;
      port: number;
      timeoutMs: number;
      /** 0: as many as fit into the timeout. */
      handshakeAttempts: number;
      pty: boolean;
      pauseBeforeConnectingMs: number;
      fileTransferMethod: 'scp' | 'sftp';
      clearAuthorizedKeys: boolean;
      /** Log in with the keys of the SSH agent of whoever builds. */
      agentAuth: boolean;
      /** The guest is reached through this host. */
      bastion?: Bastion;
      /** The guest is reached through this SOCKS5 proxy. */
      proxy?: SocksProxy;
      /** Ports of this host that lead to what the guest reaches. */
      localTunnels: Tunnel[];
      /** Ports of the guest that lead to what this host reaches. */
      remoteTunnels: Tunnel[];
    }
  | {
      kind: 'winrm';
      username: string;
      password: string;
      /** Another address than the forwarded port's: for a bridge. */
      host?: string;
      port: number;
      timeoutMs: number;
      pauseBeforeConnectingMs: number;
      useSsl: boolean;
      insecure: boolean;
      useNtlm: boolean;
    };

/** A host that is logged in to first; the guest is reached from there. */
export interface Bastion {
  host: string;
  port: number;
  /** Empty: the user's own name, as with ssh. */
  username: string;
  password?: string;
  privateKeyFile?: string;
  agentAuth: boolean;
  /** A person answers what the bastion asks. */
  interactive: boolean;
}

export interface SocksProxy {
  host: string;
  port: number;
  username?: string;
  password?: string;
}

/** Whoever connects to `port` (of loopback) speaks with `toHost:toPort`, as the other end sees it. */
export interface Tunnel {
  port: number;
  toHost: string;
  toPort: number;
}

/** What every provisioner has in common, with Packer's defaults. */
export interface ProvisionerPolicy {
  place: Place;
  pauseBeforeMs: number;
  maxRetries: number;
  /** Undefined: no limit. */
  timeoutMs?: number;
  continueOnError: boolean;
}

export type Provisioner = ProvisionerPolicy &
  (
    | ShellProvisioner
    | FileProvisioner
    | ShellLocalProvisioner
    | AnsibleProvisioner
    | AnsibleLocalProvisioner
    | { kind: 'breakpoint'; note: string; disable: boolean }
    | { kind: 'sleep'; durationMs: number }
    | PowershellProvisioner
    | WindowsShellProvisioner
    | WindowsUpdateProvisioner
    | {
        kind: 'windows-restart';
        restartCommand: string;
        restartTimeoutMs: number;
        checkCommand?: string;
        checkRegistry: boolean;
        /** The keys that say a restart is pending; read when `checkRegistry` is set. */
        registryKeys: string[];
      }
  );

export interface ShellProvisioner {
  kind: 'shell';
  /** Lines of one script; exclusive with `scripts`. */
  inline: string[];
  inlineShebang: string;
  scripts: string[];
  /** `KEY=value` pairs, values unquoted. */
  environment: Record<string, string>;
  /** With `{{ .Vars }}` and `{{ .Path }}`. */
  executeCommand: string;
  useEnvVarFile: boolean;
  envVarFormat?: string;
  remoteFolder: string;
  remoteFile?: string;
  remotePath?: string;
  skipClean: boolean;
  binary: boolean;
  expectDisconnect: boolean;
  startRetryTimeoutMs: number;
  pauseAfterMs: number;
  validExitCodes: number[];
}

export interface FileProvisioner {
  kind: 'file';
  sources: string[];
  content?: string;
  destination: string;
  direction: 'upload' | 'download';
  /** The source is made by an earlier provisioner; it may be missing while planning. */
  generated: boolean;
}

export interface ShellLocalProvisioner {
  kind: 'shell-local';
  inline: string[];
  inlineShebang: string;
  scripts: string[];
  command?: string;
  environment: Record<string, string>;
  /** Argument vector with `{{ .Vars }}` and `{{ .Script }}`. */
  executeCommand: string[];
  validExitCodes: number[];
  onlyOn: string[];
}

export interface AnsibleProvisioner {
  kind: 'ansible';
  playbookFile: string;
  command: string;
  extraArguments: string[];
  environment: Record<string, string>;
  user?: string;
  groups: string[];
  emptyGroups: string[];
  hostAlias: string;
  inventoryDirectory?: string;
  inventoryFile?: string;
  inventoryFileTemplate?: string;
  keepInventoryFile: boolean;
  galaxyFile?: string;
  galaxyCommand: string;
  galaxyForceInstall: boolean;
  galaxyForceWithDeps: boolean;
  rolesPath?: string;
  collectionsPath?: string;
  useProxy: boolean;
  sftpCommand?: string;
  skipVersionCheck: boolean;
}

export interface AnsibleLocalProvisioner {
  kind: 'ansible-local';
  playbookFiles: string[];
  playbookDir?: string;
  playbookPaths: string[];
  groupVars?: string;
  hostVars?: string;
  rolePaths: string[];
  collectionPaths: string[];
  command: string;
  extraArguments: string[];
  inventoryFile?: string;
  inventoryGroups: string[];
  galaxyFile?: string;
  galaxyCommand: string;
  galaxyForceInstall: boolean;
  galaxyRolesPath?: string;
  galaxyCollectionsPath?: string;
  stagingDirectory: string;
  cleanStagingDirectory: boolean;
}

export interface PowershellProvisioner {
  kind: 'powershell';
  inline: string[];
  scripts: string[];
  environment: Record<string, string>;
  envVarFormat?: string;
  executeCommand: string;
  remotePath?: string;
  elevatedUser?: string;
  elevatedPassword?: string;
  elevatedExecuteCommand?: string;
  skipClean: boolean;
  startRetryTimeoutMs: number;
  pauseAfterMs: number;
  validExitCodes: number[];
}

export interface WindowsShellProvisioner {
  kind: 'windows-shell';
  inline: string[];
  scripts: string[];
  environment: Record<string, string>;
  envVarFormat?: string;
  executeCommand: string;
  remotePath: string;
  startRetryTimeoutMs: number;
  validExitCodes: number[];
}

/** The plugin rgl/windows-update, which nearly every Windows template uses. */
export interface WindowsUpdateProvisioner {
  kind: 'windows-update';
  /** For the search of the Windows Update Agent. */
  searchCriteria: string;
  /** `include:` or `exclude:` and a condition on `$_`; the first that fits decides, and none means no. */
  filters: string[];
  /** Updates installed at a time. */
  updateLimit: number;
  /** The updates run as this user; undefined: as SYSTEM. */
  username?: string;
  password?: string;
  restartTimeoutMs: number;
}

/** A post-processor with its options as evaluated; the export side gives them their meaning. */
export interface PostProcessor {
  type: string;
  /** It brings the image to a service: Goldsmith writes a note for the hand-off instead of running it. */
  isHandOff: boolean;
  name?: string;
  place: Place;
  keepInputArtifact?: boolean;
  options: Record<string, unknown>;
}
