import type { MessagePortMain, UtilityProcess } from 'electron';
import type { Modules, Places } from './shell.ts';

/** An engine that dies at once is not started ever faster. */
const RESTART_MS = [0, 1000, 5000, 15_000];
/** One that lived so long was well: its end is a new one. */
const WELL_MS = 60_000;

/** The engine in a process of its own. Should it die it is started again: builds and machines are not its children. */
export class EngineProcess {
  #child: UtilityProcess | undefined;
  #isEnding = false;
  #failures = 0;

  constructor(
    readonly modules: Modules,
    readonly places: Places,
    readonly onLost: () => void,
  ) {}

  start(): void {
    const startedAt = Date.now();
    const child = this.modules.utilityProcess.fork(this.places.engine, [this.places.folder], {
      serviceName: 'Goldsmith engine',
    });
    this.#child = child;
    child.once('exit', () => {
      this.#child = undefined;
      if (this.#isEnding) return;
      this.#failures = Date.now() - startedAt > WELL_MS ? 0 : this.#failures + 1;
      this.onLost();
      setTimeout(() => this.start(), RESTART_MS[Math.min(this.#failures, RESTART_MS.length - 1)]);
    });
  }

  /** Gives the engine its end of a page's link. False while there is no engine: the page asks again. */
  connect(port: MessagePortMain): boolean {
    this.#child?.postMessage('page', [port]);
    return this.#child !== undefined;
  }

  end(): void {
    this.#isEnding = true;
    this.#child?.kill();
  }
}
