import { chmodSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { lateProgramProblems } from '../../core/build/late-programs.ts';
import { findTarget } from '../../core/build/target.ts';
import { build, Folder, source } from '../recipe/folder.ts';

const folder = new Folder();
afterAll(() => folder.end());
afterEach(() => void vi.unstubAllEnvs());

/** The problems of a template with these lines, on a host that has only the programs of the folder `bin`. */
async function problems(...lines: string[]) {
  folder.write({
    't.pkr.hcl': source() + build(lines.join('\n')),
    'site.yml': '',
    'galaxy.yml': '',
    'bin/xz': '#!/bin/sh\n',
  });
  chmodSync(path.join(folder.path, 'bin/xz'), 0o755);
  vi.stubEnv('PATH', path.join(folder.path, 'bin'));
  const target = await findTarget('t.pkr.hcl', folder.targetOptions());
  return lateProgramProblems(target).map(({ severity, message, place }) => [severity, message, place?.line]);
}

const ansible = (more = ''): string => `provisioner "ansible" {\n playbook_file = "site.yml"\n ${more}\n}`;
const missing = (name: string, neededBy: string) => `${name} is not on this host, and the ${neededBy} calls it.`;

describe('a program that a build calls late', () => {
  it('is told before it when it is not here, with who calls it', async () => {
    expect(await problems(ansible())).toEqual([['error', missing('ansible-playbook', 'ansible provisioner'), 9]]);
    expect(await problems('post-processor "compress" {\n output = "a.zip"\n }')).toEqual([
      ['error', missing('zip', 'compress post-processor'), 9],
    ]);
  });

  it('is looked for where the recipe has it', async () => {
    expect(await problems(ansible('command = "bin/xz"'))).toEqual([]);
    expect(await problems(ansible('command = "xz"'))).toEqual([]);
    expect(await problems(ansible('command = "xz"\n ansible_env_vars = ["PATH=/nowhere"]'))).toHaveLength(1);
    expect(await problems(ansible('command = "xz"\n galaxy_file = "galaxy.yml"'))).toEqual([
      ['error', missing('ansible-galaxy', 'ansible provisioner'), 9],
    ]);
  });

  it('is a warning where the recipe says that it is not to be looked for', async () => {
    expect(await problems(ansible('skip_version_check = true'))).toEqual([
      ['warning', missing('ansible-playbook', 'ansible provisioner'), 9],
    ]);
  });

  it('is none where our own work does, or nobody is asked to', async () => {
    const posts = [
      'post-processor "compress" {\n output = "a.tar.gz"\n }',
      'post-processor "compress" {\n output = "a.xz"\n }',
      'post-processor "manifest" {\n }',
      'post-processor "docker-import" {\n repository = "a/b"\n }', // a script for whoever has Docker
      'post-processor "compress" {\n output = "a.zip"\n only = ["qemu.other"]\n }',
      'provisioner "shell" {\n inline = ["zip"]\n }',
    ];
    expect(await problems(...posts)).toEqual([]);
  });
});
