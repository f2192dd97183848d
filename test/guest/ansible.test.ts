import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeKeyPair } from '../../core/guest/keys.ts';
import { provision } from '../../core/guest/provision.ts';
import { requirementsIn } from '../../core/guest/provisioners/ansible-galaxy.ts';
import { hostVariables } from '../../core/guest/provisioners/ansible-inventory.ts';
import { connectGuest } from '../../core/guest/ssh.ts';
import type { Provisioner } from '../../core/model/recipe.ts';
import { LoggedIn, never, PLAYBOOK, POLICY } from './logged-in.ts';
import { hostKey, passwordServer } from './password-server.ts';

type Ansible = typeof PLAYBOOK;

let at: LoggedIn;
const leftovers = () => readdirSync(tmpdir()).filter(name => /^goldsmith-[0-9a-f]{12}$/.test(name));

beforeAll(async () => {
  at = await LoggedIn.start();
  // Its own: in everybody's there are folders of builds that run beside this test.
  mkdirSync(at.file('tmp'));
  vi.stubEnv('TMPDIR', at.file('tmp'));
  mkdirSync(at.file('roles/greet/tasks'), { recursive: true });
  writeFileSync(
    at.file('roles/greet/tasks/main.yml'),
    '- raw: echo "greeted {{ packer_build_name }} {{ packer_http_addr }}"\n',
  );
  mkdirSync(at.file('vars/group_vars'), { recursive: true });
  writeFileSync(at.file('vars/group_vars/web.yml'), 'from_group: yes indeed\n');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await at.stop();
});
afterEach(() => {
  at.scope.events.length = 0;
  expect(at.scope.held).toEqual([]);
  expect(leftovers()).toEqual([]);
});

const ansible = (tasks: string, options: Partial<Ansible> = {}): Ansible => {
  writeFileSync(
    at.file('playbook.yml'),
    `- hosts: ${options.groups?.[0] ?? 'all'}\n  gather_facts: false\n  tasks:\n${tasks}\n`,
  );
  return { ...PLAYBOOK, ...options };
};
const run = (...provisioners: Provisioner[]): Promise<void> => provision(at.scope, at.guest, provisioners, at.context);
const output = (): string => at.scope.lines().join('\n');

const hasAnsible = spawnSync('ansible-playbook', ['--version']).status === 0;
if (!hasAnsible) console.log('skipped: ansible-playbook is not installed');

describe.skipIf(!hasAnsible)('ansible', () => {
  it('runs modules, roles and groups in the guest, knowing the build', async () => {
    const tasks = `    - copy: {content: "from ansible {{ extra }}", dest: ${at.file('copied')}, mode: "0600"}
    - import_role: {name: greet}
    - command: cat ${at.file('copied')}
      register: shown
    - debug: {msg: "{{ shown.stdout }} {{ from_group }} {{ group_names | join(',') }} {{ inventory_hostname }}"}`;
    const options = {
      groups: ['web'],
      emptyGroups: ['db'],
      hostAlias: 'box',
      inventoryDirectory: 'vars',
      extraArguments: ['-e', 'extra=it'],
    };
    await run(ansible(tasks, options));
    expect(output()).toContain('from ansible it yes indeed web box');
    expect(output()).toContain('failed=0');
  }, 40_000);

  it('reports the failed task, and masks what is called a password', async () => {
    const tasks = '    - raw: echo "tok {{ db_password }}"; exit 9';
    const options = { extraArguments: ['-v', '--extra-vars', 'db_password=swordfish99'] };
    const error = await run(ansible(tasks, options)).catch(error => error);
    expect(error).toMatchObject({ code: 'provision-failed', details: { exitCode: 2, kind: 'ansible' } });
    expect(error.message).toMatch(/the playbook ended with 2: fatal: \[default\]: FAILED! .*"rc": 9/);
    expect(error.details.lastLines.join()).toContain('failed=1');
    expect(output()).toContain('tok <secret>');
    expect(JSON.stringify([error.details, error.message, at.scope.events])).not.toContain('swordfish99');
  }, 40_000);

  it('refuses a guest with another host key, whatever the recipe says of host keys', async () => {
    at.sshd.write(makeKeyPair('swapped'));
    await at.sshd.down();
    await at.sshd.up();
    const environment = { ANSIBLE_HOST_KEY_CHECKING: 'False', ANSIBLE_SSH_ARGS: '-o StrictHostKeyChecking=no' };
    const error = await run(ansible('    - raw: "true"', { environment, continueOnError: false })).catch(
      error => error,
    );
    expect(error.code).toBe('host-key-changed');
    // ansible itself, past our own check
    const { runAnsible } = await import('../../core/guest/provisioners/ansible.ts');
    const { Job } = await import('../../core/guest/provisioners/job.ts');
    const job = new Job(at.scope, at.guest, at.context, at.scope.signal);
    await expect(runAnsible(job, ansible('    - raw: "true"', { environment }))).rejects.toMatchObject({
      code: 'provision-failed',
    });
    expect(output()).toMatch(/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/);
    at.sshd.write();
    await at.sshd.down();
    await at.sshd.up();
    await at.guest.ensureConnected({ timeoutMs: 10_000 });
  }, 40_000);

  it('goes on after a reboot inside the playbook', async () => {
    writeFileSync(at.file('go'), '');
    const tasks = `    - raw: rm ${at.file('go')}
    - wait_for_connection: {delay: 2, sleep: 1, timeout: 30}
    - raw: echo back again`;
    const playing = run(ansible(tasks));
    while (existsSync(at.file('go'))) await new Promise(resolve => setTimeout(resolve, 50));
    await at.sshd.down();
    await at.sshd.up();
    await playing;
    expect(output()).toContain('failed=0');
    await run({ ...ansible('    - raw: "true"'), keepInventoryFile: true });
    expect(output()).toContain('"ansible_host": "127.0.0.1"');
  });

  it('takes the recipe’s inventory, rendered or as a file, and its own for how to connect', async () => {
    const inventoryFileTemplate = '[tmpl]\n{{ .HostAlias }} ansible_host={{ .Host }} ansible_port={{ .Port }}\n';
    const tasks = `    - debug: {msg: "groups {{ group_names | join(',') }}"}\n    - raw: "true"`;
    await run(ansible(tasks, { inventoryFileTemplate }));
    expect(output()).toContain('groups tmpl');
    writeFileSync(at.file('hosts.ini'), '[fromfile]\ndefault\n');
    await run(ansible(tasks, { inventoryFile: 'hosts.ini' }));
    expect(output()).toContain('groups fromfile');
  });

  it('installs roles from the galaxy file where the recipe wants them', async () => {
    spawnSync('tar', ['-czf', at.file('given.tar.gz'), '-C', at.file('roles'), 'greet']);
    writeFileSync(at.file('req.yml'), `- {src: "file://${at.file('given.tar.gz')}", name: given}\n`);
    mkdirSync(at.file('roles/greet/meta'), { recursive: true });
    writeFileSync(at.file('roles/greet/meta/main.yml'), 'galaxy_info: {}\ndependencies: []\n');
    spawnSync('tar', ['-czf', at.file('given.tar.gz'), '-C', at.file('roles'), 'greet']);
    await run(ansible('    - import_role: {name: given}', { galaxyFile: 'req.yml', rolesPath: 'installed' }));
    expect(output()).toContain('given was installed successfully');
    expect(existsSync(at.file('installed/given/tasks/main.yml'))).toBe(true);
  });
});

it.skipIf(!hasAnsible)(
  'lets Ansible log in by password without sshpass',
  async () => {
    for (const method of ['password', 'keyboard-interactive'] as const) {
      const server = await passwordServer(method, 'correct horse');
      const guest = await connectGuest(at.scope, {
        host: '127.0.0.1',
        port: server.port,
        user: 'u',
        password: 'correct horse',
        hostKey: { pinned: [hostKey.publicLine] },
        timeoutMs: 10_000,
        exited: never,
      });
      await provision(at.scope, guest, [ansible('    - raw: from-ansible')], at.context);
      expect(server.commands.join()).toContain('from-ansible');
      await guest.close();
      server.stop();
    }
  },
  40_000,
);

describe('ansible’s files', () => {
  it('name the requirements of both kinds', () => {
    expect(requirementsIn('- src: a\n')).toEqual(['role']);
    expect(requirementsIn('collections: []\nroles: []\n')).toEqual(['role', 'collection']);
    expect(requirementsIn('collections: []')).toEqual(['collection']);
  });

  it('let the recipe’s SSH arguments come only after ours', () => {
    const files = { dir: '/d', knownHosts: '/d/k', controlDir: '/d/c', key: '/d/key' };
    const address = { host: 'h', port: 1, user: 'u', hostKeys: [] };
    const options = ansible('    - raw: "true"', { user: 'other', useProxy: false });
    const host = hostVariables(address, options, files, '-o ForwardAgent=yes');
    expect(host).toMatchObject({ ansible_user: 'other', ansible_ssh_private_key_file: '/d/key' });
    expect(String(host.ansible_ssh_args)).toMatch(/^-F none .*-o ForwardAgent=no.* -o ForwardAgent=yes$/);
    expect(hostVariables(address, { ...options, useProxy: true }, files)).toMatchObject({ ansible_user: 'u' });
  });
});

describe.skipIf(!hasAnsible)('ansible-local', () => {
  const local = (options: object): Provisioner => ({
    ...POLICY,
    kind: 'ansible-local',
    playbookFiles: ['playbook.yml'],
    playbookPaths: [],
    rolePaths: ['roles/greet'],
    collectionPaths: [],
    command: 'PYTHONUNBUFFERED=1 ansible-playbook',
    extraArguments: [],
    inventoryGroups: ['web', 'local'],
    galaxyCommand: 'ansible-galaxy',
    galaxyForceInstall: false,
    stagingDirectory: '/tmp/packer-provisioner-ansible-local',
    cleanStagingDirectory: true,
    groupVars: 'vars/group_vars',
    ...options,
  });

  it('runs the guest’s own Ansible and cleans up', async () => {
    ansible(`    - import_role: {name: greet}
    - raw: 'echo "{{ from_group }} {{ extra }} {{ playbook_dir }}"'
      register: said
    - debug: {var: said.stdout}`);
    await run(local({ extraArguments: ['-e', '"extra=a word"'] }));
    expect(output()).toContain('yes indeed a');
    const [staging] = output().match(/\/tmp\/packer-provisioner-ansible-local\/[0-9a-f]{12}/) ?? [];
    expect(staging && existsSync(staging)).toBe(false);
  }, 40_000);

  it('leaves a playbook beside its neighbours, and says when Ansible is missing', async () => {
    mkdirSync(at.file('book/tasks'), { recursive: true });
    writeFileSync(at.file('book/tasks/more.yml'), '- raw: "true"\n');
    writeFileSync(
      at.file('book/site.yml'),
      '- hosts: all\n  gather_facts: false\n  tasks:\n    - import_tasks: tasks/more.yml\n',
    );
    await run(local({ playbookDir: 'book', playbookFiles: ['book/site.yml'] }));
    expect(output()).toContain('failed=0');
    await expect(run(local({ command: 'no-such-ansible' }))).rejects.toMatchObject({
      code: 'provision-failed',
      hint: expect.stringContaining('install it'),
    });
  }, 40_000);
});
