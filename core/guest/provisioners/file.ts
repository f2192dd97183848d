import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import type { FileProvisioner } from '../../model/recipe.ts';
import type { Job } from './job.ts';

/** Packer's `file`: copies files and folders into the guest, or out of it. */
export async function runFile(job: Job, file: FileProvisioner): Promise<void> {
  if (file.content !== undefined) return writeContent(job, file.content, file.destination);
  for (const source of file.sources) {
    job.line(`${source} => ${file.destination}`);
    if (file.direction === 'upload') await upload(job, source, file.destination);
    else await download(job, source, file.destination);
  }
}

async function writeContent(job: Job, content: string, destination: string): Promise<void> {
  if (destination.endsWith('/')) {
    throw new GoldsmithError('provision-failed', `The destination ${destination} of the content is a folder.`, {
      hint: 'Name the file.',
    });
  }
  job.line(`content => ${destination}`);
  await job.guest.uploadText(content, destination, { signal: job.signal });
}

/**
 * Packer's rules: a folder without a trailing slash is copied itself, with one only what is in it; a file goes into a
 * destination with a trailing slash under its own name.
 */
async function upload(job: Job, source: string, destination: string): Promise<void> {
  const { guest, signal } = job;
  const local = job.path(source);
  const info = await stat(local).catch(cause => {
    throw new GoldsmithError('provision-failed', `Cannot read ${source}: ${cause.message}`, { cause });
  });
  const name = path.basename(local);
  if (!info.isDirectory()) {
    const remote = destination.endsWith('/') ? destination + name : destination;
    return guest.upload(local, remote, { signal });
  }
  const folder = destination.replace(/(.)\/+$/, '$1');
  return guest.uploadDir(local, source.endsWith('/') ? folder : path.posix.join(folder, name), { signal });
}

/**
 * Packer's rules: folders on the way are made; into a destination with a trailing slash a file goes under its own
 * name; a source with a trailing slash is a folder and is copied itself.
 */
async function download(job: Job, source: string, destination: string): Promise<void> {
  const { guest, signal } = job;
  const local = job.path(destination);
  const name = path.posix.basename(source);
  if (name === '..' || name === '') {
    throw new GoldsmithError('provision-failed', `The source ${source} names nothing that can be copied.`);
  }
  if (source.endsWith('/'))
    return guest.downloadDir(source.replace(/(.)\/+$/, '$1'), path.join(local, name), { signal });
  const file = destination.endsWith('/') ? path.join(local, name) : local;
  await mkdir(path.dirname(file), { recursive: true });
  await guest.download(source, file, { signal });
}
