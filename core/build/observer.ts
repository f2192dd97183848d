import path from 'node:path';
import { ScreenReader } from '../boot/ocr.ts';
import type { Vm } from '../drivers/driver.ts';
import { OwnTime } from '../host/own-time.ts';
import { createInstallWatch, type Finding, type InstallWatch, type InstallWatchOptions } from '../installer/watch.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { InstallerName } from '../model/lab.ts';
import { takeFilm } from './film.ts';
import type { Guard } from './guard.ts';
import type { Scope } from './scope.ts';
import { tailFile } from './tail.ts';

const TICK_MS = 1000;
const LOOK_EVERY_MS = 5000;
/** A login prompt on the serial console: the installed system is up, and sshd close behind. */
const LOGIN_PROMPT = /\blogin: *$/;

/** Told what an installation comes to, as it does. */
export interface Seen {
  /** A stage, by the installer's own name of it. */
  stage(id: string): void;
  /** A line of the installer's log or the serial console. */
  line(text: string): void;
}

/**
 * Looks at a machine in every way there is (installer's log, serial console, text screen), tells what it sees, and
 * stops the guard when the guest will not go on by itself.
 */
export class Observer {
  readonly #watch: InstallWatch;
  readonly #time = new OwnTime();
  #hasAnswers = false;
  readonly #loginPrompts: (() => void)[] = [];

  constructor(
    readonly scope: Scope,
    readonly guard: Guard,
    installer: InstallerName,
    options: InstallWatchOptions,
    readonly seen: Seen = { stage: () => {}, line: () => {} },
  ) {
    this.#watch = createInstallWatch(installer, options);
  }

  /** A line of the installer's own log; it is told as an event where it is received. */
  installerLine(text: string): void {
    this.seen.line(text);
    this.#act(this.#watch.line(text, 'installer', this.#time.now()));
  }

  /**
   * The answer server had a request: the installer lives. One that was refused explains why it stops, unless it got
   * an answer before: what it asks for later may be wanted only where it is there.
   */
  answered(request: { method: string; path: string; status: number }): void {
    this.#hasAnswers ||= request.status < 400;
    this.#act(this.#watch.answered(this.#hasAnswers ? undefined : request, this.#time.now()));
  }

  /** A package that the installer did not get, or did not take. */
  packageTrouble(text: string): void {
    this.#act(this.#watch.line(`packages: ${text}`, 'answers', this.#time.now()));
  }

  /** The installer is done; what is watched from now on is the installed system. */
  installed(): void {
    this.#watch.installed();
  }

  /** Resolves at the next login prompt on the serial console. */
  loginPrompt(): Promise<void> {
    return new Promise(resolve => this.#loginPrompts.push(resolve));
  }

  /** Looks at a machine until it is gone or the returned function is called. `from`: where in the log to start. */
  attach(vm: Vm, serialLog: string, options: { readsInstaller: boolean }): () => void {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.scope.signal]);
    void vm.exited.then(() => done.abort());
    void tailFile(serialLog, signal, line => this.#serialLine(line, options.readsInstaller)).catch(() => {});
    void takeFilm(vm, path.dirname(serialLog), this.scope.secrets, signal).catch(() => {}); // a film must never end a build
    if (options.readsInstaller) this.#look(vm, signal);
    return () => done.abort();
  }

  #serialLine(line: string, isWatched: boolean): void {
    this.scope.emit({ type: 'line', source: 'serial', line });
    this.seen.line(line);
    if (isWatched) this.#act(this.#watch.line(line, 'serial', this.#time.now()));
    if (LOGIN_PROMPT.test(line)) for (const resolve of this.#loginPrompts.splice(0)) resolve();
  }

  #look(vm: Vm, signal: AbortSignal): void {
    const tick = setInterval(() => {
      this.#time.look();
      this.#act(this.#watch.tick(this.#time.now()));
    }, TICK_MS);
    const reader = new ScreenReader(vm);
    let written = 0;
    const look = setInterval(() => {
      void this.#readScreen(reader);
      void this.#readWrites(vm, written).then(now => {
        written = now;
      });
    }, LOOK_EVERY_MS);
    signal.addEventListener('abort', () => {
      clearInterval(tick);
      clearInterval(look);
    });
  }

  async #readWrites(vm: Vm, before: number): Promise<number> {
    const written = await vm.writtenBytes().catch(() => before); // the machine may just have ended
    if (written !== before) this.#watch.wrote(this.#time.now());
    return written;
  }

  async #readScreen(reader: ScreenReader): Promise<void> {
    const rows = await reader.rows().catch(() => undefined); // the machine may just have ended
    for (const row of rows ?? []) if (row !== '') this.#act(this.#watch.line(row, 'screen', this.#time.now()));
  }

  #act(findings: Finding[]): void {
    for (const finding of findings) {
      if (finding.kind === 'stage') {
        const percent = finding.percent === undefined ? {} : { percent: finding.percent };
        this.scope.emit({ type: 'installer-stage', stage: finding.stage, ...percent });
        this.seen.stage(finding.id);
      } else if (finding.kind === 'warning') {
        this.scope.emit({ type: 'warning', message: finding.message, hint: finding.hint });
      } else {
        const { code, reason, hint, evidence } = finding;
        this.guard.stop(new GoldsmithError(code, reason, { hint, details: { lastLines: evidence } }));
      }
    }
  }
}
