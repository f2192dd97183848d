import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/** Where Goldsmith keeps things. `GOLDSMITH_HOME` moves all of it but the sockets. */
export interface Home {
  /** Downloaded sources by content, package caches, probe results: may be deleted at any time. */
  cache: string;
  /** Releases, candidates and channels: the truth. */
  store: string;
  /** One folder per build: journal, logs, working disk. */
  builds: string;
  /** Checkpoints of builds, and the stages that later builds begin from: may be deleted while nothing is built. */
  stages: string;
  /** One folder per machine started from a release. */
  vms: string;
  /** One folder per machine that lives in a libvirt until a person removes it. */
  machines: string;
  /** Sockets; short, private, gone after a reboot. */
  runtime: string;
}

export function goldsmithHome(env: NodeJS.ProcessEnv = process.env): Home {
  const base = env.GOLDSMITH_HOME ?? path.join(env.XDG_DATA_HOME ?? path.join(homedir(), '.local/share'), 'goldsmith');
  const root = path.resolve(base);
  const runtimeBase = env.XDG_RUNTIME_DIR ?? path.join(tmpdir(), `goldsmith-${userInfo().uid}`);
  return {
    cache: path.join(root, 'cache'),
    store: path.join(root, 'store'),
    builds: path.join(root, 'builds'),
    stages: path.join(root, 'stages'),
    vms: path.join(root, 'vms'),
    machines: path.join(root, 'machines'),
    runtime: env.XDG_RUNTIME_DIR ? path.join(runtimeBase, 'goldsmith') : runtimeBase,
  };
}
