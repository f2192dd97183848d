import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isForThisHost, runLocalScript } from '../../guest/local-script.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { EXECUTE_LOCALLY } from '../../recipe/options/provisioners/shell.ts';
import { type Artifact, fillLine, fillText, type PostProcessContext, textsOf } from './artifact.ts';

/** Packer's `shell-local`: commands on this host, with the user's own environment. The artifact stays as it is. */
export async function runShellLocal(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  if (!isForThisHost(textsOf(options['only_on']))) return artifact;
  const environment = environmentOf(options, artifact, context);
  for (const script of await scriptsOf(options, artifact, context)) {
    await runScript(options, script, environment, context);
  }
  return artifact;
}

function environmentOf(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Record<string, string> {
  const pairs = textsOf(options['environment_vars']).map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  const own = { ...Object.fromEntries(pairs), ...((options['env'] ?? {}) as Record<string, unknown>) };
  const filled = Object.entries(own).map(([name, value]) => [name, fillLine(String(value), context, artifact)]);
  return {
    PACKER_BUILD_NAME: context.buildName,
    PACKER_BUILDER_TYPE: context.builderType,
    PACKER_RUN_UUID: context.runUuid,
    ...Object.fromEntries(filled),
  };
}

/** Scripts of the recipe, or its lines as one. */
async function scriptsOf(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<string[]> {
  const lines = [...textsOf(options['inline']), ...textsOf(options['command'])];
  if (lines.length === 0) {
    return [...textsOf(options['script']), ...textsOf(options['scripts'])].map(script =>
      path.resolve(context.root, fillText(script, context, artifact)),
    );
  }
  const shebang = String(options['inline_shebang'] ?? '/bin/sh -e');
  const script = path.join(context.workDir, 'post-processor.sh');
  const text = lines.map(line => fillLine(line, context, artifact)).join('\n');
  await mkdir(context.workDir, { recursive: true, mode: 0o700 });
  await writeFile(script, `#!${shebang}\n${text}\n`, { mode: 0o700 });
  return [script];
}

async function runScript(
  options: Record<string, unknown>,
  script: string,
  environment: Record<string, string>,
  context: PostProcessContext,
): Promise<void> {
  const given = textsOf(options['execute_command']);
  const valid = textsOf(options['valid_exit_codes']).map(Number);
  const lines: string[] = [];
  const exitCode = await runLocalScript({
    script,
    executeCommand: given.length > 0 ? given : EXECUTE_LOCALLY,
    variables: environment,
    cwd: context.root,
    signal: context.scope.signal,
    onLine: line => {
      context.scope.emit({ type: 'line', source: 'provisioner', line });
      lines.push(line);
    },
  });
  if ((valid.length > 0 ? valid : [0]).includes(exitCode)) return;
  throw new GoldsmithError('build-failed', `${path.basename(script)} ended with ${exitCode} on this host.`, {
    details: { exitCode, lastLines: lines.slice(-20).map(line => context.scope.secrets.mask(line)) },
  });
}
