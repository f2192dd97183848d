import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Artifact, PostProcessContext } from '../../core/build/postprocess/artifact.ts';
import type { PostProcessor } from '../../core/model/recipe.ts';
import { TestScope } from '../guest/scope.ts';

/** A folder with a builder's output in it, and what post-processors are told of the build. */
export function builtImage(files: Record<string, string> = { disk: 'the disk' }): {
  dir: string;
  scope: TestScope;
  artifact: Artifact;
  context: PostProcessContext;
} {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-post-'));
  const output = path.join(dir, 'output');
  const paths = Object.entries(files).map(([name, text]) => {
    const file = path.join(dir, name.includes('/') ? name : `output/${name}`);
    writeFolder(file, text);
    return file;
  });
  const scope = new TestScope();
  const artifact: Artifact = {
    builderId: 'transcend.qemu',
    id: 'VM',
    files: paths,
    disks: paths.slice(0, 1),
    format: 'qcow2',
    owned: [output],
  };
  const context: PostProcessContext = {
    scope,
    root: dir,
    buildName: 'one',
    builderType: 'qemu',
    runUuid: 'run-1',
    image: 'image',
    version: '1',
    accelerator: 'tcg',
    architecture: 'amd64',
    source: { origin: 'http://x/a.iso', sha256: 'ab'.repeat(32) },
    template: path.join(dir, 't.pkr.hcl'),
    variables: { a: 'b' },
    buildValues: { ID: 'build-1' },
    handOffFile: path.join(dir, 'output.hand-off.md'),
    workDir: path.join(dir, 'work'),
    isForced: false,
    now: new Date('2026-11-21T00:00:00Z'),
  };
  return { dir, scope, artifact, context };
}

function writeFolder(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A post-processor as a recipe names it. */
export const step = (
  type: string,
  options: Record<string, unknown> = {},
  more: Partial<PostProcessor> = {},
): PostProcessor => ({
  type,
  isHandOff: false,
  place: { file: 't.pkr.hcl', line: 9 },
  options,
  ...more,
});
