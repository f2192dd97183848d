import { GoldsmithError, toFailure } from '../../model/failure.ts';
import type { PostProcessor } from '../../model/recipe.ts';
import { type Artifact, type PostProcessContext, removeArtifact } from './artifact.ts';
import { rowOf } from './table.ts';

/**
 * Runs the chains of a recipe on the builder's artifact, each from its start, by Packer's rules: within a chain each
 * works on what the one before it made, which is then removed unless it is to be kept; the builder's own artifact goes
 * when no first post-processor of a chain wanted it kept. A failure ends its chain only, and is thrown at the end.
 * @returns what is left, in order.
 */
export async function runPostProcessors(
  chains: PostProcessor[][],
  original: Artifact,
  context: PostProcessContext,
): Promise<Artifact[]> {
  const left: Artifact[] = [];
  const failures: unknown[] = [];
  let isOriginalKept = chains.length === 0;
  for (const chain of chains) {
    try {
      const ended = await runChain(chain, original, context);
      isOriginalKept ||= ended.isOriginalKept;
      left.push(...ended.artifacts);
    } catch (error) {
      context.scope.signal.throwIfAborted();
      isOriginalKept = true;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : several(failures);
  const kept = [...new Set(left)].filter(artifact => artifact !== original);
  if (isOriginalKept) return [original, ...kept];
  const stillUsed = new Set(kept.flatMap(({ files }) => files));
  await removeArtifact({ ...original, owned: original.owned.filter(file => !stillUsed.has(file)) });
  return kept;
}

async function runChain(
  chain: PostProcessor[],
  original: Artifact,
  context: PostProcessContext,
): Promise<{ artifacts: Artifact[]; isOriginalKept: boolean }> {
  const artifacts: Artifact[] = [];
  let artifact = original;
  let isOriginalKept = false;
  for (const item of chain) {
    context.scope.signal.throwIfAborted();
    context.scope.emit({ type: 'note', message: `Post-processor ${item.type}` });
    const { made, isKept } = await runOne(item, artifact, context);
    if (artifact === original) isOriginalKept ||= isKept;
    else if (isKept && !isContained(artifact, made)) artifacts.push(artifact);
    else if (!isKept) await removeArtifact(artifact);
    artifact = made;
  }
  if (artifact !== original) artifacts.push(artifact);
  return { artifacts, isOriginalKept };
}

/** What was handed on with more files (a checksum beside the image) is one artifact, not two. */
const isContained = (before: Artifact, after: Artifact): boolean =>
  before.files.every(file => after.files.includes(file));

async function runOne(item: PostProcessor, artifact: Artifact, context: PostProcessContext) {
  const row = rowOf(item);
  if (!row) throw new GoldsmithError('unsupported', `There is no post-processor "${item.type}".`, at(item));
  const asked = item.keepInputArtifact;
  const isKept = asked === undefined || (row.isForced && row.keepsInput) ? row.keepsInput : asked;
  if (asked === false && isKept) {
    const message = `${item.type} keeps its input: keep_input_artifact = false has no effect.`;
    context.scope.emit({ type: 'note', message });
  }
  try {
    return { made: await row.run(item.options, artifact, context), isKept };
  } catch (error) {
    context.scope.signal.throwIfAborted();
    throw explained(error, item);
  }
}

const at = ({ place }: PostProcessor) => ({ details: { place } });

function explained(error: unknown, item: PostProcessor): GoldsmithError {
  const { code, message, hint, details } = toFailure(error);
  const { file, line } = item.place;
  const where = line === undefined ? file : `${file}:${line}`;
  return new GoldsmithError(
    code === 'unexpected' ? 'build-failed' : code,
    `${item.type} (${where}) failed: ${message}`,
    {
      hint,
      details: { place: item.place, ...details },
      cause: error,
    },
  );
}

function several(failures: unknown[]): GoldsmithError {
  const messages = failures.map(failure => toFailure(failure).message);
  return new GoldsmithError('build-failed', `${failures.length} chains of post-processors failed.`, {
    details: { lastLines: messages },
  });
}
