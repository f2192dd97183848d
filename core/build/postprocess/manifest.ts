import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { GoldsmithError } from '../../model/failure.ts';
import { type Artifact, fillText, outputPath, type PostProcessContext, sizeOf } from './artifact.ts';

const manifestSchema = z.object({ builds: z.array(z.unknown()), last_run_uuid: z.string().default('') });

/** Packer's `manifest`: adds the artifact to a list of builds. With `-force`, the list of another run is dropped. */
export async function writeManifest(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  const output = outputPath(String(options['output'] ?? 'packer-manifest.json'), context, artifact);
  const before = await readManifest(output);
  const isOtherRun = before.last_run_uuid !== context.runUuid;
  const builds = isOtherRun && context.isForced ? [] : before.builds;
  const entry = await entryOf(options, artifact, context);
  const text = JSON.stringify({ builds: [...builds, entry], last_run_uuid: context.runUuid }, undefined, 2);
  await mkdir(path.dirname(output), { recursive: true });
  await writeFile(`${output}.new`, text);
  await rename(`${output}.new`, output);
  return artifact;
}

async function readManifest(file: string): Promise<z.output<typeof manifestSchema>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text.trim() === '') return { builds: [], last_run_uuid: '' };
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new GoldsmithError('bad-recipe', `${file} is there already and is no manifest of Packer.`, {
      hint: 'Remove it, or give the manifest another "output".',
      cause,
    });
  }
}

/** One build, its fields in the order and with the names of Packer's `manifest`. */
async function entryOf(options: Record<string, unknown>, artifact: Artifact, context: PostProcessContext) {
  const shown = (file: string): string =>
    options['strip_path'] ? path.basename(file) : path.relative(context.root, file);
  const files = await Promise.all(artifact.files.map(async file => ({ name: shown(file), size: await sizeOf(file) })));
  const custom = Object.entries((options['custom_data'] ?? {}) as Record<string, unknown>);
  return {
    name: context.buildName,
    builder_type: context.builderType,
    ...(options['strip_time'] ? {} : { build_time: Math.floor(context.now.getTime() / 1000) }),
    files,
    artifact_id: artifact.id,
    packer_run_uuid: context.runUuid,
    custom_data:
      custom.length === 0
        ? null
        : Object.fromEntries(custom.map(([key, value]) => [key, fillText(String(value), context, artifact)])),
  };
}
