import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Inventory } from '../../guest/inventory.ts';
import { sha256File } from '../../media/checksum.ts';
import type { ReleaseInfo } from '../../model/image.ts';
import type { Machine } from '../../model/machine.ts';
import type { Manifest, ManifestInput, ManifestMachine } from '../../model/manifest.ts';
import { progressOf } from '../../progress.ts';
import { describeDisk, describeFile } from '../../store/publish.ts';
import type { TestRecord } from '../../verify/boot-test.ts';
import { type BuildContext, buildFiles } from '../context.ts';
import { readJournal } from '../journal.ts';
import type { Scope } from '../scope.ts';
import { releaseInputsOf } from '../stage-cache.ts';
import type { StageRecord } from '../stage-chain.ts';
import type { CandidateImage } from './candidate.ts';
import type { Source } from './source.ts';

/** What a build has made, and what is known of it. */
export interface Made {
  candidate: CandidateImage;
  machine: Machine;
  tests: TestRecord[];
  inventory: Inventory | undefined;
  /** The stage that the candidate stands for, where builds are cached. */
  stage: StageRecord | undefined;
}

/** Publishes the candidate: immutable, with its manifest. The channel moves last. */
export async function publish(
  scope: Scope,
  context: BuildContext,
  source: Source,
  { candidate, machine, tests, inventory, stage }: Made,
): Promise<ReleaseInfo> {
  const image = context.target.image.name;
  await writeFile(path.join(candidate.dir, 'tests.json'), `${JSON.stringify(tests, undefined, 2)}\n`);
  const disks = await Promise.all(
    candidate.disks.map(disk => describeDisk(disk.path, disk.format, { signal: scope.signal })),
  );
  const release = await context.store.publish(
    candidate.dir,
    {
      createdAt: new Date().toISOString(),
      build: context.id,
      ...(context.target.image.description === undefined ? {} : { description: context.target.image.description }),
      disks,
      files: [await describeFile(path.join(candidate.dir, 'tests.json'))],
      machine: manifestMachine(machine, context),
      inputs: [...(await inputs(context, source)), ...(stage ? releaseInputsOf(stage) : [])],
      tools: tools(context),
      timings: timings(context),
      tests,
      source: context.labState,
      ...inventory,
    },
    { image, version: context.version, channel: context.channel },
    { signal: scope.signal, onProgress: progressOf(scope, 'verify') },
  );
  const { id, version, path: disk } = release;
  scope.emit({ type: 'release', image, version, id, channel: context.channel, path: disk });
  return release;
}

function manifestMachine(machine: Machine, { target: { image } }: BuildContext): ManifestMachine {
  const { arch, type, firmware, cpus, memoryMiB, disks } = machine;
  return {
    arch,
    type,
    firmware: firmware.kind,
    ...(firmware.kind === 'efi' && firmware.secureBoot ? { secureBoot: true } : {}),
    cpus: image.bootTest.cpus ?? cpus.count,
    memoryMiB: image.bootTest.memoryMiB ?? memoryMiB,
    diskInterface: disks[0]?.interface ?? 'virtio',
  };
}

async function inputs(context: BuildContext, source: Source): Promise<ManifestInput[]> {
  const { recipe, image } = context.target;
  const kind = source.kind;
  const files = (await stat(recipe.path)).isDirectory() ? [] : [await fileInput('recipe', recipe.path, context)];
  const rendered = { builder: context.target.builder.source, provisioners: context.target.builder.provisioners, image };
  const plan = scopeFree(rendered);
  return [
    { kind, name: source.origin, sha256: source.sha256, verifiedBy: source.verifiedBy },
    ...files,
    {
      kind: 'other',
      name: 'resolved recipe',
      sha256: createHash('sha256').update(plan).digest('hex'),
      bytes: plan.length,
    },
  ];
}

const scopeFree = (data: unknown): string => JSON.stringify(data);

async function fileInput(kind: ManifestInput['kind'], file: string, context: BuildContext): Promise<ManifestInput> {
  const content = await readFile(file);
  return {
    kind,
    name: path.relative(context.target.root, file),
    sha256: await sha256File(file),
    bytes: content.length,
  };
}

const tools = ({ facts }: BuildContext): Manifest['tools'] => ({
  ...(facts.qemu ? { qemu: facts.qemu.version } : {}),
  ...Object.fromEntries(facts.tools.flatMap(({ check, version }) => (version === undefined ? [] : [[check, version]]))),
});

const timings = (context: BuildContext): Manifest['timings'] =>
  readJournal(buildFiles(context.dir).journal).flatMap(event =>
    event.type === 'step-finished' ? [{ step: event.step, ms: event.ms }] : [],
  );
