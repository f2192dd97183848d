import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Standing } from '../build/build.ts';
import type { LayerRecord } from '../build/checkpoint-layers.ts';
import { type BuildContext, buildFiles } from '../build/context.ts';
import { Journal } from '../build/journal.ts';
import { lateProgramProblems } from '../build/late-programs.ts';
import { sourceProblems } from '../build/machine.ts';
import { execute, type Run } from '../build/run.ts';
import type { Scope } from '../build/scope.ts';
import { checkOutput } from '../build/steps/artifact.ts';
import { findTarget, type Target } from '../build/target.ts';
import { makeBuildKeys } from '../guest/keys.ts';
import type { BuildOptions, BuildResult, Watch } from '../model/engine.ts';
import { GoldsmithError, type Problem } from '../model/failure.ts';
import type { ExportInfo } from '../model/hand-off.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { LabImage } from '../model/lab.ts';
import { Redactor } from '../model/redact.ts';
import { isThere, versionFor } from './build-version.ts';
import type { EngineDeps } from './deps.ts';
import { openDriver } from './drivers.ts';
import { saveEvidence } from './evidence.ts';
import { exportAsLab } from './export.ts';
import { handOffDir } from './hand-off-dir.ts';
import { lintTarget } from './lint-target.ts';
import { maskLog, maskWrittenLog } from './mask-log.ts';
import { mirrorEnvironment } from './mirror.ts';
import { bootOf } from './plan-parts.ts';
import { stageBudget } from './stage-budget.ts';

/** Another build's checkpoint, to go on from. */
export interface From {
  build: string;
  record: LayerRecord;
  /** Where that build's names and paths began. */
  cwd: string;
}

/**
 * Prepares a build (everything that can be refused before anything is made), then runs it with its journal.
 * @param from instead of from its beginning
 */
export async function runBuild(
  deps: EngineDeps,
  name: string,
  options: BuildOptions,
  watch: Watch,
  from?: From,
): Promise<BuildResult> {
  const cwd = from?.cwd ?? deps.cwd;
  const { httpAnswers } = deps;
  const find = () => findTarget(name, { ...options, cwd, httpAnswers, mirror: mirrorEnvironment });
  const target = await find();
  const { image, builder } = target;
  const answerProblems = await lintTarget(target);
  refuse(
    [...sourceProblems(builder.source), ...bootOf(target, false).problems, ...lateProgramProblems(target)],
    target,
  );
  await checkOutput(target, options.isForced ?? false);
  const store = await deps.store();
  const { version, describe, isDirty, lock: reserved } = await versionFor(target, options, store);
  const channel = options.channel ?? image.channel;
  const id = deps.builds.newId(image.name, new Date());
  const dir = deps.builds.dir(id);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const lock = await deps.builds.lock(id);
  const secrets = new Redactor();
  secrets.add(...builder.secrets);
  // A guest that was left in the midst of its life knows the keys that it was given then.
  const keys = from?.record.keys ?? makeBuildKeys(id);
  secrets.add(keys.clientKey.privateKey, keys.hostKey.privateKey);
  const journal = new Journal(buildFiles(dir).journal, secrets);
  const unsubscribe = journal.subscribe(event => watch.onEvent(event));
  await writeFile(buildFiles(dir).request, JSON.stringify({ target: name, cwd, options }), { mode: 0o600 });
  const branch = from && { from: { build: from.build, checkpoint: from.record.checkpoint.id } };
  journal.append({ type: 'started', build: id, image: image.name, version, pid: process.pid, ...branch });
  // Told, not refused: the installer has the last word on its answers, and the lint may be wrong.
  for (const problem of answerProblems) journal.append({ type: 'warning', ...sentence(problem) });
  const standing: Standing = {};
  let handOff: ExportInfo | undefined;
  const driver = await openDriver(options.driver, image, {
    owner: { kind: 'build', id },
    diesWithUs: options.onError === 'cleanup',
  });
  try {
    const release = await execute(
      journal,
      watch.signal,
      async run => {
        const facts = await run.step('host', async scope => {
          await driver.open?.();
          return deps.facts(scope, message => scope.emit({ type: 'note', message }));
        });
        const context: BuildContext = {
          id,
          target,
          version,
          channel,
          facts,
          driver,
          store,
          home: deps.home,
          keys,
          dir,
          workDir: path.join(dir, 'work'),
          runtimeDir: path.join(deps.home.runtime, id),
          isCacheUsed: options.isCacheUsed,
          isVersionGiven: options.version !== undefined,
          budgetBytes: stageBudget(deps.env),
          ...(from ? { from: from.record } : {}),
          reread: find,
          isForced: options.isForced ?? false,
          runUuid: randomUUID(),
          labState: { describe, isDirty },
          isAskedOnError: options.onError === 'ask',
          ...askingOf(watch),
        };
        const made = await build(run, context, standing);
        // A release that was there already may have been handed on by the build that made it.
        const isHandedOn = made.version !== version && (await isThere(handOffDir(image, made.version)));
        if (image.exports.length > 0 && !isHandedOn)
          handOff = await run.step('export', scope => handOn(scope, deps, image, made));
        return made;
      },
      (error, run) => decide(error, run, { deps, options, watch, standing, id, dir, target }),
    );
    return { build: id, release: release satisfies ReleaseInfo, ...(handOff ? { handOff } : {}) };
  } finally {
    await standing.served?.close();
    await driver.close?.();
    unsubscribe();
    journal.close();
    // A machine that was kept still writes.
    const mask = deps.builds.state(id).kept ? maskWrittenLog : maskLog;
    await mask(buildFiles(dir).serialLog, secrets);
    await lock?.release();
    await reserved.release();
  }
}

/** Asking a person, where one is there. */
function askingOf({ ask }: Watch): Pick<BuildContext, 'ask' | 'askSecret'> {
  if (!ask) return {};
  return {
    ask: (text, choices, signal) => ask({ text, choices }, signal),
    askSecret: (text, signal) => ask({ text, choices: [], isSecret: true }, signal),
  };
}

/** What the lab's `exports` make of a release, told in the build's own journal. */
const handOn = (scope: Scope, deps: EngineDeps, image: LabImage, release: ReleaseInfo): Promise<ExportInfo> =>
  exportAsLab(deps, image, release, {
    signal: scope.signal,
    onEvent: ({ seq: _, at: __, ...event }) => scope.emit(event),
  });

/** A problem of an answer file in one line, with its place. */
const sentence = ({ message, hint, place }: Problem): { message: string; hint?: string } => ({
  message: place ? `${path.basename(place.file)}${place.line ? `:${place.line}` : ''}: ${message}` : message,
  ...(hint === undefined ? {} : { hint }),
});

/** What the plan would show as an error stops the build before it starts. */
function refuse(problems: Problem[], { builder }: Target): void {
  const [error] = problems.filter(({ severity }) => severity === 'error');
  if (!error) return;
  throw new GoldsmithError(error.code, error.message, {
    hint: error.hint,
    details: { place: error.place ?? builder.place },
  });
}

interface Failing {
  deps: EngineDeps;
  options: BuildOptions;
  watch: Watch;
  standing: Standing;
  id: string;
  dir: string;
  target: Target;
}

/** After a failure: save what can be seen, then keep the machine if that was asked for. */
async function decide(
  error: unknown,
  run: Run,
  { deps, options, watch, standing, id, dir, target }: Failing,
): Promise<'release' | 'keep'> {
  const { vm } = standing;
  if (vm) await saveEvidence(vm, dir, run.secrets);
  const { onError } = options;
  const { choice } = standing;
  if (!vm || onError === 'cleanup' || choice === 'release') return 'release';
  if (onError === 'ask' && choice === undefined && !(await wantsToKeep(error, watch))) return 'release';
  const { communicator } = target.builder.source;
  const forward =
    communicator.kind === 'ssh' ? await (vm.lasting?.(communicator.port) ?? vm.forward(communicator.port)) : undefined;
  const place = forward ?? deps.builds.state(id).machine?.ssh;
  const user = target.image.ssh.user ?? (communicator.kind === 'ssh' ? communicator.username : '');
  const ssh = place ? { ...place, user, key: buildFiles(dir).key } : undefined;
  run.note({ type: 'kept', pid: vm.pid ?? 0, dir, ...(ssh ? { ssh } : {}) });
  return 'keep';
}

async function wantsToKeep(error: unknown, watch: Watch): Promise<boolean> {
  const answer = await watch.ask?.({
    text: `${error instanceof Error ? error.message : String(error)}\nThe machine still stands. What now?`,
    choices: [
      { key: 'c', label: 'clean up' },
      { key: 'k', label: 'keep the machine' },
    ],
  });
  return answer === 'k';
}
