import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findProgram } from '../../core/host/programs.ts';

const ROLES = path.resolve('ansible/roles');
const TARGETS = ['azure', 'gcp', 'aws', 'openstack', 'vmware', 'virtualbox', 'vagrant'];
const run = promisify(execFile);

const load = async (...parts: string[]): Promise<unknown> => parse(await readFile(path.join(ROLES, ...parts), 'utf8'));

describe('the roles of targets', () => {
  it('are those that target.yml takes, each with its defaults explained', async () => {
    const roles = await readdir(ROLES);
    expect(roles).toEqual(expect.arrayContaining([...TARGETS, 'image_base', 'cloud_init', 'seal']));
    const playbook = await readFile('ansible/target.yml', 'utf8');
    expect(/in (\[.*\])/.exec(playbook)?.[1]).toBe(`[${TARGETS.map(name => `'${name}'`).join(', ')}]`);
    for (const name of TARGETS) {
      expect(await load(name, 'meta/main.yml'), name).toHaveProperty('dependencies');
      const tasks = (await load(name, 'tasks/main.yml')) as { name: string }[];
      for (const task of tasks) expect(task.name, name).toMatch(/^[A-Z]/);
    }
  });

  it.each([
    ['azure', ['hv_vmbus', 'hv_netvsc', 'hv_storvsc']],
    ['aws', ['ena', 'nvme']],
    ['gcp', ['virtio_scsi', 'nvme']],
    ['vmware', ['vmw_pvscsi', 'vmxnet3']],
  ])('%s puts the drivers of its hypervisor into the initramfs', async (name, modules) => {
    const { dependencies } = (await load(name, 'meta/main.yml')) as {
      dependencies: { role: string; vars: Record<string, string[]> }[];
    };
    const base = dependencies.find(({ role }) => role === 'image_base');
    expect(base?.vars['image_base_modules']).toEqual(expect.arrayContaining(modules));
  });

  const ansible = findProgram('ansible-playbook');
  it.skipIf(!ansible).each(['baseline', 'seal', 'target'])('%s.yml has no syntax error', async name => {
    await run('ansible-playbook', ['--syntax-check', '-i', 'localhost,', `ansible/${name}.yml`]);
  });

  it.skipIf(!ansible)(
    'have no syntax error either',
    async () => {
      const dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-roles-'));
      await writeFile(path.join(dir, 'all.yml'), JSON.stringify([{ hosts: 'all', roles: TARGETS }]));
      const env = { ...process.env, ANSIBLE_ROLES_PATH: ROLES };
      await run('ansible-playbook', ['--syntax-check', '-i', 'localhost,', path.join(dir, 'all.yml')], { env });
      await rm(dir, { recursive: true });
    },
    30_000,
  );

  it.skipIf(!findProgram('ansible-lint'))(
    'pass ansible-lint',
    async () => {
      const { stdout } = await run('ansible-lint', [
        '-p',
        '--nocolor',
        '--offline',
        ...(await readdir('ansible')).filter(file => file.endsWith('.yml')).map(file => `ansible/${file}`),
        ...(await readdir(ROLES)).map(role => `ansible/roles/${role}`),
      ]);
      expect(stdout).toBe('');
    },
    120_000,
  );
});
