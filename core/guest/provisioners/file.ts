import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { FileProvisioner } from '../../model/recipe.ts';
import type { Guest } from '../guest.ts';
import type { ProvisionContext } from '../provision.ts';

/** Packer's file provisioner: up or down, a file, a text or a folder. */
export async function file(
  scope: Scope,
  guest: Guest,
  options: FileProvisioner,
  context: ProvisionContext,
): Promise<void> {
  if (options.content !== undefined) {
    await guest.uploadText(options.content, options.destination, { signal: scope.signal });
    return;
  }
  const copy = options.direction === 'upload' ? upload : download;
  for (const source of options.sources) {
    scope.emit({ type: 'line', source: 'provisioner', line: `${source} -> ${options.destination}` });
    await copy(scope, guest, source, options.destination, context);
  }
}

/**
 * Packer's rule for folders: `dir/` puts what is in it into the destination, `dir` puts the folder itself there. A
 * file goes under its own name into a destination that ends in a slash.
 */
async function upload(
  scope: Scope,
  guest: Guest,
  source: string,
  destination: string,
  { root }: ProvisionContext,
): Promise<void> {
  const local = path.resolve(root, source);
  const entry = await stat(local).catch(cause => {
    throw new GoldsmithError('provision-failed', `${source} cannot be read.`, {
      hint: `It is looked for at ${local}.`,
      cause,
    });
  });
  const options = { signal: scope.signal };
  if (!entry.isDirectory()) {
    const remote = destination.endsWith('/') ? destination + path.basename(local) : destination;
    return guest.upload(local, remote, options);
  }
  const remote = source.endsWith('/') ? destination : path.posix.join(destination, path.basename(local));
  return guest.uploadDir(local, remote, options);
}

async function download(
  scope: Scope,
  guest: Guest,
  source: string,
  destination: string,
  { root }: ProvisionContext,
): Promise<void> {
  const local = path.resolve(root, destination);
  const options = { signal: scope.signal };
  if (source.endsWith('/')) return guest.downloadDir(source, local, options);
  const isInto = destination.endsWith('/');
  return guest.download(source, isInto ? path.join(local, path.posix.basename(source)) : local, options);
}
