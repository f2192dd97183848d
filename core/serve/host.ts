import path from 'node:path';
import { openEngine } from '../engine/open.ts';
import type { Engine } from '../model/engine.ts';
import { goldsmithHome, type Home } from '../store/paths.ts';

export interface HostOptions {
  /** Where labs and relative paths are looked for. */
  folder: string;
  env: NodeJS.ProcessEnv;
  version: string;
  face: 'app' | 'browser';
  /** Program and first arguments that are `goldsmith`: builds are started with it, and outlive us. */
  launcher: string[];
  /** For tests. */
  openEngine?: typeof openEngine;
}

/** What all pages of one server share: engines by folder, and where things are. */
export class Host {
  readonly home: Home;
  readonly #engines = new Map<string, Promise<Engine>>();

  constructor(readonly options: HostOptions) {
    this.home = goldsmithHome(options.env);
  }

  /** The engine that looks for labs in a folder; without one, in the folder the server was started in. */
  engine(folder: string = this.options.folder): Promise<Engine> {
    const cwd = path.resolve(this.options.folder, folder);
    const open = this.options.openEngine ?? openEngine;
    const engine = this.#engines.get(cwd) ?? open({ cwd, env: this.options.env });
    this.#engines.set(cwd, engine);
    return engine;
  }

  /** Absolute path of a folder as a page names it. */
  folder(named: string | undefined): string {
    return path.resolve(this.options.folder, named ?? '.');
  }
}
