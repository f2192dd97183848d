import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { shellQuote } from '../../guest/shell-quote.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { type Artifact, fillText, type PostProcessContext, textsOf } from './artifact.ts';

/**
 * Packer's `docker-import` and what follows it, as a script for whoever has Docker: Goldsmith asks no daemon. The
 * artifact is the root file system as a tar, which an earlier step has made (`artifice`).
 */
export async function importIntoDocker(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  const [tar, ...others] = artifact.files;
  if (tar === undefined || others.length > 0 || artifact.disks.length > 0) throw noTar();
  const repository = fillText(String(options['repository'] ?? ''), context, artifact);
  if (repository === '') throw new GoldsmithError('bad-recipe', 'docker-import needs a "repository".');
  const tag = fillText(String(options['tag'] ?? 'latest'), context, artifact);
  const changes = textsOf(options['changes']).flatMap(change => ['--change', fillText(change, context, artifact)]);
  const platform = options['platform'] === undefined ? [] : ['--platform', String(options['platform'])];
  const name = `${repository}:${tag}`;
  const command = ['docker', 'import', ...platform, ...changes];
  const script = `${tar}.docker.sh`;
  await mkdir(path.dirname(script), { recursive: true });
  const line = `${[...command, `"$here"/${shellQuote(path.basename(tar))}`, shellQuote(name)].map(quoted).join(' ')}\n`;
  await writeFile(script, `#!/bin/sh\nset -eu\nhere=$(dirname -- "$0")\n${line}`, { mode: 0o755 });
  context.scope.emit({ type: 'note', message: `To import ${name} into Docker, run ${script}.` });
  return {
    builderId: 'packer.post-processor.docker-import',
    id: name,
    files: [tar, script],
    disks: [],
    owned: [script],
  };
}

const quoted = (word: string): string => (/^["']|^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word));

const noTar = (): GoldsmithError =>
  new GoldsmithError('bad-recipe', 'docker-import was given no tar of a root file system.', {
    hint: 'Make one in a shell-local step and name it with an artifice post-processor before docker-import.',
  });

/** `docker-tag`, `docker-push` and `docker-save` add their command to the script of `docker-import`. */
export const addDockerCommand =
  (commandOf: (options: Record<string, unknown>, name: string) => string[][]) =>
  async (options: Record<string, unknown>, artifact: Artifact, context: PostProcessContext): Promise<Artifact> => {
    const script = artifact.files.find(file => file.endsWith('.docker.sh'));
    if (script === undefined) {
      throw new GoldsmithError('bad-recipe', 'There is no docker-import before this post-processor.');
    }
    const lines = commandOf(options, artifact.id).map(words =>
      words.map(word => quoted(fillText(word, context, artifact))).join(' '),
    );
    await writeFile(script, `${lines.join('\n')}\n`, { flag: 'a' });
    return artifact;
  };

export const tagCommands = (options: Record<string, unknown>, name: string): string[][] => {
  const tags = textsOf(options['tags']);
  const repository = String(options['repository'] ?? '');
  return (tags.length > 0 ? tags : ['latest']).map(tag => ['docker', 'tag', name, `${repository}:${tag}`]);
};

/** Credentials are not written down: `docker login` asks for them. */
export const pushCommands = (options: Record<string, unknown>, name: string): string[][] => {
  const server = options['login_server'] === undefined ? [] : [String(options['login_server'])];
  return [...(options['login'] ? [['docker', 'login', ...server]] : []), ['docker', 'push', name]];
};

export const saveCommands = (options: Record<string, unknown>, name: string): string[][] => [
  ['docker', 'save', '-o', String(options['path'] ?? 'image.tar'), name],
];
