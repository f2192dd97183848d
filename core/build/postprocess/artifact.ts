import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { GoValue } from '../../recipe/go-template/ast.ts';
import { fillTemplate } from '../../recipe/go-template/fill.ts';
import type { Scope } from '../scope.ts';

/** What a builder or post-processor made, in Packer's terms. */
export interface Artifact {
  /** Packer's names: `transcend.qemu`, `packer.post-processor.compress`, ... */
  builderId: string;
  id: string;
  /** Absolute. */
  files: string[];
  /** The disks among them, first one first, and their format; empty when they are no disks. */
  disks: string[];
  format?: 'qcow2' | 'raw';
  /** What goes when the artifact is not kept: its files, or the folder that holds them. */
  owned: string[];
}

/** What every post-processor is told of the build. */
export interface PostProcessContext {
  scope: Scope;
  /** Relative paths of the recipe start here. */
  root: string;
  buildName: string;
  builderType: string;
  /** One for all builders of a run. */
  runUuid: string;
  image: string;
  version: string;
  accelerator: string;
  /** As Vagrant names it: `amd64`, `arm64`. */
  architecture: string;
  source: { origin: string; sha256: string };
  template: string;
  /** Values of the recipe's variables that are no secrets. */
  variables: Record<string, unknown>;
  /** Of the build itself: `ID`, `Host`, ... for `{{ .ID }}`. */
  buildValues: Record<string, string>;
  /** Where notes for a hand-off are written. */
  handOffFile: string;
  /** Private scratch folder. */
  workDir: string;
  isForced: boolean;
  now: Date;
}

/** A path of the recipe, absolute, its template filled in. */
export function outputPath(
  template: string,
  context: PostProcessContext,
  artifact: Artifact,
  values: Record<string, GoValue> = {},
): string {
  return path.resolve(context.root, fillText(template, context, artifact, values));
}

/** A text of a post-processor with what Packer knows while it runs. @throws GoldsmithError `bad-recipe` */
export const fillText = (
  template: string,
  context: PostProcessContext,
  artifact: Artifact,
  values: Record<string, GoValue> = {},
): string => fillTemplate(template, { ...knownValues(context, artifact), ...values });

const FIELD = /\{\{-?\s*\.(\w+)\s*-?\}\}/g;

/** The same for a line of a script, in which a name that is not Packer's is the script's own (`docker inspect -f`). */
export function fillLine(line: string, context: PostProcessContext, artifact: Artifact): string {
  const values = knownValues(context, artifact);
  return line.replace(FIELD, (whole, name: string) => values[name] ?? whole);
}

const knownValues = (context: PostProcessContext, artifact: Artifact): Record<string, string> => ({
  ...context.buildValues,
  BuildName: context.buildName,
  BuilderType: context.builderType,
  ArtifactId: artifact.id,
  PackerRunUUID: context.runUuid,
});

/** Removes what an artifact owns. */
export async function removeArtifact({ owned }: Artifact): Promise<void> {
  for (const one of owned) await rm(one, { recursive: true, force: true });
}

/** Texts of an option that may be one or many. */
export const textsOf = (value: unknown): string[] => [value ?? []].flat().map(String);

export const sizeOf = async (file: string): Promise<number> => (await stat(file)).size;
