import path from 'node:path';
import type { Machine } from '../../model/machine.ts';
import type { BuildContext } from '../context.ts';
import type { PostProcessContext } from '../postprocess/artifact.ts';
import { runPostProcessors } from '../postprocess/chain.ts';
import type { Scope } from '../scope.ts';
import { hasOutput, makeArtifact, outputDirectory } from './artifact.ts';
import type { CandidateImage } from './candidate.ts';
import type { Source } from './source.ts';

/** Vagrant's names of architectures. */
const ARCHITECTURES: Readonly<Record<Machine['arch'], string>> = {
  x86_64: 'amd64',
  i386: 'i386',
  aarch64: 'arm64',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/** Leaves what Packer would leave: the output directory, and what the recipe's post-processors make of it. */
export async function postProcess(
  scope: Scope,
  context: BuildContext,
  source: Source,
  candidate: CandidateImage,
  machine: Machine,
): Promise<void> {
  if (!hasOutput(context.target)) return;
  const artifact = await makeArtifact(scope, context, candidate, machine);
  const chains = context.target.builder.postProcessors;
  const left = await runPostProcessors(chains, artifact, postProcessContext(scope, context, source, machine));
  const files = new Set(left.flatMap(made => made.files));
  for (const file of files) scope.emit({ type: 'note', message: `Made ${file}` });
}

function postProcessContext(scope: Scope, context: BuildContext, source: Source, machine: Machine): PostProcessContext {
  const { recipe, builder, image } = context.target;
  return {
    scope,
    root: recipe.root,
    buildName: builder.name.split('.').at(-1) ?? builder.name,
    builderType: 'qemu',
    runUuid: context.runUuid,
    image: image.name,
    version: context.version,
    accelerator: machine.accelerator,
    architecture: ARCHITECTURES[machine.arch],
    source: { origin: source.origin, sha256: source.sha256 },
    template: recipe.path,
    variables: Object.fromEntries(
      recipe.variables.filter(({ sensitive }) => !sensitive).map(({ name, value }) => [name, value]),
    ),
    buildValues: { ID: context.id },
    handOffFile: `${outputDirectory(context.target)}.hand-off.md`,
    workDir: path.join(context.workDir, 'post-process'),
    isForced: context.isForced,
    now: new Date(),
  };
}
