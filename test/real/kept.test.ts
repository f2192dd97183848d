import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SLOW } from '../patience.ts';
import {
  goldsmith,
  home,
  installedBefore,
  makeLab,
  processesWith,
  resultOf,
  shownAtConsole,
  start,
} from './goldsmith.ts';

/** The tiny guest has no Python: Ansible's raw module needs none. */
const PLAYBOOK = `- hosts: all
  gather_facts: false
  tasks:
    - name: leave a mark
      raw: echo {{ word }} > /etc/by-ansible
`;
const PROVISIONERS = `
  provisioner "ansible" {
    playbook_file   = "\${path.root}/playbook.yml"
    extra_arguments = ["--extra-vars", "word=secret-of-the-recipe"]
  }
  provisioner "shell" {
    inline = ["echo the last words", "exit 5"]
  }
}
`;

/** The tiny recipe with a playbook, and then a step that fails. */
function failingRecipe(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
  cpSync('packer/tiny', dir, { recursive: true });
  const file = path.join(dir, 'tiny.pkr.hcl');
  writeFileSync(file, readFileSync(file, 'utf8').trimEnd().replace(/\}$/, PROVISIONERS));
  writeFileSync(path.join(dir, 'playbook.yml'), PLAYBOOK);
  return file;
}

it('keeps a failed machine as Ansible left it, to be looked at and removed', { timeout: SLOW }, async () => {
  const lab = makeLab('kept', { ...installedBefore(), recipe: failingRecipe() });
  const ended = await start(['build', 'kept', '--on-error=keep', '--json'], lab).ended;
  expect(resultOf(ended)).toMatchObject({ failure: { code: 'provision-failed' } });
  expect(ended.status).toBe(6);
  const started = ended.events.find(event => event.type === 'started');
  const build = started?.type === 'started' ? started.build : '';

  const serial = (): string => readFileSync(path.join(home.builds, build, 'serial.log'), 'latin1');
  expect(serial()).not.toMatch(/http:\/\/10\.0\.2\.2:\d+\/(?!\*)/);

  const machines = await goldsmith(['run', '--json'], lab);
  expect(JSON.parse(machines.stdout)).toContainEqual(expect.objectContaining({ id: build, image: 'kept' }));
  const said = await goldsmith(['ssh', build, 'cat /etc/by-ansible'], lab);
  expect(said.stdout.trim()).toBe('secret-of-the-recipe');
  expect(await shownAtConsole(['console', build], lab, 'login:')).toMatch(/login:/);
  const removed = await goldsmith(['rm', build], lab);
  expect([removed.stderr, removed.status]).toEqual(['', 0]);
  expect(processesWith(build)).toEqual([]);
  expect((await goldsmith(['run', '--json'], lab)).stdout).not.toContain(build);
  expect(existsSync(path.join(home.runtime, build))).toBe(false);
});
