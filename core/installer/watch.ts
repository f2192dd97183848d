import type { InstallerName } from '../model/lab.ts';
import { formatMs } from '../model/quantity.ts';
import { consoleLines } from './console-text.ts';
import { INSTALLERS, type Installer, type StageReading } from './installers.ts';
import type { Recogniser, StopCode, WatchSource } from './recognisers.ts';
import { fillWords } from './words.ts';

export type Finding =
  /** `id`: the installer's own name of it. */
  | { kind: 'stage'; id: string; stage: string; percent?: number }
  | { kind: 'warning'; message: string; hint: string }
  /** The machine will not go on by itself. Told once. */
  | { kind: 'stop'; code: StopCode; reason: string; hint: string; evidence: string[] };

export interface InstallWatchOptions {
  /** From the start without a request to the answer server: a stop. Undefined: the recipe serves no answers. */
  answersMs?: number;
  /** Without a line of the installer's log and anything written to a disk; default: the installer's own. */
  silenceMs?: number;
}

/** Time comes in as `nowMs` (any clock that only moves forward), so that it can be tested without waiting. */
export interface InstallWatch {
  line(text: string, source: WatchSource, nowMs: number): Finding[];
  /** The guest has written to its disks since this was last said: one that unpacks for long is at work, without a word. */
  wrote(nowMs: number): void;
  /** Call every second or so. */
  tick(nowMs: number): Finding[];
  /** The answer server had a request; what it was tells why an installer stops that got no answer. */
  answered(request?: { method: string; path: string; status: number }, nowMs?: number): Finding[];
  /** The installer is done: from now on silence means nothing, a kernel panic still everything. */
  installed(): void;
}

const QUIET_MS = 10_000;
/** A cause explains a stop that comes within this time. */
const CAUSE_MS = 3 * 60_000;
const EVIDENCE_LINES = 15;
/** The same warning is told this often at most. */
const MAX_WARNINGS = 3;

interface Match {
  row: Recogniser;
  reason: string;
  hint: string;
  atMs: number;
  groups: RegExpExecArray;
}

export function createInstallWatch(name: InstallerName, options: InstallWatchOptions = {}): InstallWatch {
  return new Watch(INSTALLERS[name], options);
}

class Watch implements InstallWatch {
  readonly #readStage: (text: string) => StageReading | undefined;
  #stage: StageReading | undefined;
  readonly #remembered = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #recent: string[] = [];
  #previous = '';
  /** Stops that come true when nothing goes on. */
  #armed: Match[] = [];
  #causes: Match[] = [];
  #startMs: number | undefined;
  #lastLogMs: number | undefined;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #isAnswered = false;
  #isStopped = false;
  #isInstalled = false;

  constructor(
    readonly installer: Installer,
    readonly options: InstallWatchOptions,
  ) {
    this.#readStage = installer.createStages();
  }

  line(text: string, source: WatchSource, nowMs: number): Finding[] {
    this.#startMs ??= nowMs;
    if (source === 'installer') this.#lastLogMs = nowMs;
    const all = source === 'installer' ? [text] : consoleLines(text);
    const lines = all.filter(line => !this.installer.noise?.test(line));
    return lines.flatMap(line => this.#line(line, source, nowMs));
  }

  #line(text: string, source: WatchSource, nowMs: number): Finding[] {
    this.#disarm(text, source);
    this.#remember(text, source);
    const matches = this.#matches(text, source, nowMs);
    // The same screen is read again and again: what it shows is evidence only where it means something.
    if (source !== 'screen' || matches.length > 0) {
      this.#recent = [...this.#recent.filter(line => line !== text), text].slice(-EVIDENCE_LINES);
    }
    this.#previous = text;
    return [...this.#stageFinding(text, source), ...matches.flatMap(match => this.#take(match, text, nowMs))];
  }

  wrote(nowMs: number): void {
    this.#lastWriteMs = nowMs;
  }

  tick(nowMs: number): Finding[] {
    this.#startMs ??= nowMs;
    if (this.#isInstalled) return [];
    const due = this.#armed.filter(({ row, atMs }) => nowMs - atMs >= (row.quietMs ?? QUIET_MS));
    const telling = due.findLast(({ row }) => !row.isGeneric) ?? due.at(-1);
    if (telling) return this.#stop(telling, nowMs);
    return this.#silence(nowMs);
  }

  answered(request?: { method: string; path: string; status: number }, nowMs = 0): Finding[] {
    this.#isAnswered = true;
    if (!request) return [];
    return this.#line(`answers: ${request.method} ${request.path} ${request.status}`, 'answers', nowMs);
  }

  installed(): void {
    this.#isInstalled = true;
  }

  #remember(text: string, source: WatchSource): void {
    for (const { name, pattern, sources, isLineBefore, forgets } of this.installer.remembers) {
      const groups = sources && !sources.includes(source) ? null : pattern.exec(text);
      if (!groups) continue;
      this.#remembered.set(name, isLineBefore ? this.#previous : (groups[1] ?? ''));
      if (forgets !== undefined) this.#remembered.delete(forgets);
    }
  }

  #matches(text: string, source: WatchSource, nowMs: number): Match[] {
    const rows = this.installer.recognisers.filter(
      row => isFor(row, source) && (row.stage ?? this.#stage?.id) === this.#stage?.id,
    );
    return rows.flatMap(row => {
      const groups = row.pattern.exec(text);
      return groups ? [this.#words(row, groups, nowMs)] : [];
    });
  }

  #words(row: Recogniser, groups: RegExpExecArray, atMs: number): Match {
    const { reason, hint } = (row.reason.includes('{question}') ? this.#question() : undefined) ?? row;
    const fill = (template: string): string => fillWords(template, groups, this.#remembered);
    return { row, groups, reason: fill(reason), hint: fill(hint), atMs };
  }

  #question(): { reason: string; hint: string } | undefined {
    const name = this.#remembered.get('question');
    return name === undefined ? undefined : this.installer.questions[name];
  }

  #take(match: Match, text: string, nowMs: number): Finding[] {
    const { row } = match;
    const count = (this.#counts.get(row.name + text) ?? 0) + 1;
    this.#counts.set(row.name + text, count);
    if (row.when === 'now' || (row.repeats !== undefined && count >= row.repeats)) return this.#stop(match, nowMs);
    if (row.when === 'warning') return this.#warning(match);
    if (row.when === 'quiet') this.#armed.push(match);
    if (!row.isGeneric) this.#causes.push(match);
    return [];
  }

  #warning({ row, reason, hint }: Match): Finding[] {
    const count = (this.#counts.get(row.name) ?? 0) + 1;
    this.#counts.set(row.name, count);
    return count > MAX_WARNINGS ? [] : [{ kind: 'warning', message: reason, hint }];
  }

  #disarm(text: string, source: WatchSource): void {
    this.#armed = this.#armed.filter(({ row }) => (row.until ? !row.until.test(text) : source !== 'installer'));
  }

  #stageFinding(text: string, source: WatchSource): Finding[] {
    const isTold = source !== 'screen' || this.installer.isStagedByScreen;
    const reading = isTold ? this.#readStage(text) : undefined;
    if (!reading || this.#isStopped) return [];
    const before = this.#stage;
    // The same log may come over the network and over the serial console, one behind the other.
    if ((reading.percent ?? 100) < (before?.percent ?? 0)) return [];
    this.#stage = reading;
    if (before?.stage === reading.stage && before.percent === reading.percent) return [];
    const { id, stage, percent } = reading;
    return [percent === undefined ? { kind: 'stage', id, stage } : { kind: 'stage', id, stage, percent }];
  }

  /** What only says that it stopped is explained by the last thing that went wrong. */
  #stop(found: Match, nowMs: number): Finding[] {
    if (this.#isStopped) return [];
    this.#isStopped = true;
    const match = found.row.isGeneric ? this.#words(found.row, found.groups, found.atMs) : found;
    const cause = match.row.isGeneric || match.row.when === 'quiet' ? this.#lastCause(match, nowMs) : undefined;
    const isFirst = match.row.isGeneric && cause !== undefined;
    const [main, further] = isFirst ? [cause, match] : [match, cause];
    const reason = [main, further].flatMap(part => (part ? [sentence(part.reason)] : [])).join(' ');
    return [{ kind: 'stop', code: main.row.code, reason, hint: main.hint, evidence: this.#recent }];
  }

  #lastCause(match: Match, nowMs: number): Match | undefined {
    const fitting = this.#causes.filter(
      ({ row, groups, atMs }) => groups.input !== match.groups.input && nowMs - atMs < (row.lastsMs ?? CAUSE_MS),
    );
    return fitting.findLast(({ row }) => row.when === 'cause') ?? fitting.at(-1);
  }

  #silence(nowMs: number): Finding[] {
    const answersMs = this.options.answersMs;
    if (answersMs !== undefined && !this.#isAnswered && nowMs - (this.#startMs ?? nowMs) >= answersMs) {
      return this.#plainStop(
        `The installer has not fetched its answers within ${formatMs(answersMs)}.`,
        'Look at the screen: did the boot command reach the boot loader, and does the guest have a network?',
      );
    }
    if (this.#lastLogMs === undefined) return [];
    const quickMs = this.#stage && this.installer.quickStages[this.#stage.id];
    if (quickMs !== undefined) {
      if (nowMs - this.#lastLogMs < quickMs) return [];
      return this.#plainStop(
        `The installer is silent in the stage "${this.#stage?.stage}", which takes seconds: it asks a question.`,
        'Look at the screen or at goldsmith console, and answer it in the preseed.',
      );
    }
    const silenceMs = this.options.silenceMs ?? this.installer.silenceMs;
    if (silenceMs === undefined || nowMs - Math.max(this.#lastLogMs, this.#lastWriteMs) < silenceMs) return [];
    const where = this.#stage ? ` in the stage "${this.#stage.stage}"` : '';
    return this.#plainStop(
      `The installer has logged nothing and written nothing to its disk for ${formatMs(silenceMs)}${where}.`,
      'Look at the screen: it hangs, or asks a question. `timeouts: {silence: 30m}` in lab.yaml waits longer.',
    );
  }

  #plainStop(reason: string, hint: string): Finding[] {
    if (this.#isStopped) return [];
    this.#isStopped = true;
    return [{ kind: 'stop', code: 'installer-stopped', reason, hint, evidence: this.#recent }];
  }
}

/** Old text stays on a screen: only what ends everything, or is meant for screens, is believed there. */
function isFor(row: Recogniser, source: WatchSource): boolean {
  if (row.sources) return row.sources.includes(source);
  return source !== 'screen' || row.when === 'now';
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
