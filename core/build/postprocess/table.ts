import type { PostProcessor } from '../../model/recipe.ts';
import type { Artifact, PostProcessContext } from './artifact.ts';
import { substitute } from './artifice.ts';
import { makeChecksums } from './checksum.ts';
import { compress, compressProgram } from './compress.ts';
import { addDockerCommand, importIntoDocker, pushCommands, saveCommands, tagCommands } from './docker.ts';
import { noteHandOff } from './hand-off.ts';
import { writeManifest } from './manifest.ts';
import { stateProvenance } from './provenance.ts';
import { runShellLocal } from './shell-local.ts';
import { makeVagrantBox } from './vagrant.ts';

type Runner = (options: Record<string, unknown>, artifact: Artifact, context: PostProcessContext) => Promise<Artifact>;

/** How one post-processor is run, and what becomes of the artifact it was given unless the recipe says. */
interface Row {
  run: Runner;
  keepsInput: boolean;
  /** The recipe cannot have it otherwise: what it hands on are the very files it was given. */
  isForced: boolean;
  /** The program of this host that it calls. */
  program?(options: Record<string, unknown>): string | undefined;
}

const passing = (run: Runner): Row => ({ run, keepsInput: true, isForced: true });
const replacing = (run: Runner): Row => ({ run, keepsInput: false, isForced: false });

/** Packer's post-processors with what they keep (packer `post-processor/*`, the values `PostProcess` returns). */
export const POST_PROCESSORS: Readonly<Record<string, Row>> = {
  artifice: passing(substitute),
  checksum: passing(makeChecksums),
  compress: { ...replacing(compress), program: compressProgram },
  manifest: passing(writeManifest),
  vagrant: replacing(makeVagrantBox),
  'docker-import': passing(importIntoDocker),
  'docker-tag': passing(addDockerCommand(tagCommands)),
  'docker-push': passing(addDockerCommand(pushCommands)),
  'docker-save': passing(addDockerCommand(saveCommands)),
  'shell-local': passing(runShellLocal),
  provenance: passing(stateProvenance),
};

const handOff = (item: PostProcessor): Row => passing((_, artifact, context) => noteHandOff(item, artifact, context));

/** The row of a post-processor; undefined for one that the reader should have refused. */
export const rowOf = (item: PostProcessor): Row | undefined =>
  item.isHandOff ? handOff(item) : Object.hasOwn(POST_PROCESSORS, item.type) ? POST_PROCESSORS[item.type] : undefined;
