import type { Watch } from '../model/engine.ts';
import type { HostFacts } from '../model/host.ts';
import type { HttpAnswers } from '../recipe/packer/http-data.ts';
import { goldsmithHome, type Home } from '../store/paths.ts';
import { Store } from '../store/store.ts';
import { JournalFolders } from './folders.ts';

export interface EngineOptions {
  /** Where labs and relative paths are looked for. */
  cwd: string;
  env?: NodeJS.ProcessEnv;
}

/** What all parts of the engine share. The store and the host are looked at when they are first needed. */
export class EngineDeps {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly home: Home;
  readonly builds: JournalFolders;
  readonly vms: JournalFolders;
  /** Of `data "http"` since the last plan: the builders of a plan are built from the same answers. */
  httpAnswers: HttpAnswers = new Map();
  #store: Promise<Store> | undefined;
  #facts: Promise<HostFacts> | undefined;

  constructor(options: EngineOptions) {
    this.cwd = options.cwd;
    this.env = options.env ?? process.env;
    this.home = goldsmithHome(this.env);
    this.builds = new JournalFolders(this.home.builds);
    this.vms = new JournalFolders(this.home.vms);
  }

  store(): Promise<Store> {
    this.#store ??= Store.open(this.home.store);
    return this.#store;
  }

  async #probe(options: Parameters<typeof import('../host/host.ts').probeHost>[0]): Promise<HostFacts> {
    return (await import('../host/host.ts')).probeHost(options);
  }

  facts(watch: Pick<Watch, 'signal'>, onNote: (message: string) => void = () => {}): Promise<HostFacts> {
    this.#facts ??= this.#probe({ home: this.home, signal: watch.signal, onNote });
    return this.#facts;
  }
}
