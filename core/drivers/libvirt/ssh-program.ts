import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { goldsmithHome } from '../../store/paths.ts';

/** A host that does not answer is given up after so many seconds. */
const CONNECT_TIMEOUT_S = 10;

/**
 * OpenSSH that gives up a host which does not answer, as a program of its own: libvirt hands nothing on to ssh that
 * could say so, but starts what its URI names. What a person's own configuration says of it counts (`ssh -G`).
 * @param command what the URI names, or `ssh`
 * @returns the program's path; it may be deleted at any time, and is made again
 */
export async function sshProgram(command: string): Promise<string> {
  const text = scriptOf(command);
  const name = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = path.join(goldsmithHome().cache, 'ssh', name);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before !== text) await writeProgram(file, text);
  return file;
}

/** The same URI for libvirt, with that program where it would start ssh. */
export async function withSshProgram(uri: string): Promise<string> {
  if (!uri.startsWith('qemu+ssh://')) return uri;
  const [place = '', query = ''] = uri.split('?');
  const own = new URLSearchParams(query.replaceAll('+', '%2B')).get('command'); // for libvirt a plus is a plus
  const program = await sshProgram(own ?? 'ssh');
  const others = query.split('&').filter(one => one !== '' && !one.startsWith('command='));
  return `${place}?${[...others, `command=${encodeURIComponent(program)}`].join('&')}`;
}

const scriptOf = (command: string): string => {
  const ssh = `'${command.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh
# Goldsmith's, for libvirt: a host that does not answer is given up, as your ssh_config says or after a while.
case $(${ssh} -G "$@" </dev/null 2>/dev/null) in
*'connecttimeout none'*) set -- -o ConnectTimeout=${CONNECT_TIMEOUT_S} "$@" ;;
esac
exec ${ssh} "$@"
`;
};

/** Under its name it is whole, also for another process that makes it at the same time. */
async function writeProgram(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const made = `${file}.${randomUUID()}`;
  await writeFile(made, text);
  await chmod(made, 0o700);
  await rename(made, file);
}
