import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { provision, provisionOrCleanUp } from '../../core/guest/provision.ts';
import type { Provisioner } from '../../core/model/recipe.ts';
import { LoggedIn, POLICY, shell } from './logged-in.ts';

let at: LoggedIn;
beforeAll(async () => {
  at = await LoggedIn.start();
});
afterAll(() => at.stop());
afterEach(() => {
  at.scope.events.length = 0;
});

const run = (...provisioners: Provisioner[]): Promise<void> => provision(at.scope, at.guest, provisioners, at.context);
const failure = async (...provisioners: Provisioner[]) =>
  run(...provisioners).then(
    () => {
      throw new Error('it did not fail');
    },
    error => error,
  );

describe('shell', () => {
  it('runs the lines as one script with the build in its environment, sorted and quoted', async () => {
    await run(
      shell({
        inline: [
          'echo "$PACKER_BUILD_NAME $PACKER_BUILDER_TYPE $PACKER_HTTP_ADDR"',
          'echo "$PACKER_HTTP_IP:$PACKER_HTTP_PORT"',
          'echo "$ODD"',
          'false || echo on',
          'echo $0',
        ],
        environment: { ODD: `it's "odd" $HOME \\ {{ x }}` },
      }),
    );
    expect(at.scope.lines().slice(0, 4)).toEqual([
      'debian qemu 10.0.2.2:8100/token',
      '10.0.2.2:8100/token',
      `it's "odd" $HOME \\ {{ x }}`,
      'on',
    ]);
    expect(at.scope.lines()[4]).toMatch(/^\/tmp\/script_\d+\.sh$/);
    expect(existsSync(at.scope.lines()[4] ?? '')).toBe(false);
  });

  it('stops at a failing line and says which provisioner, where, with what exit code and last lines', async () => {
    const error = await failure(
      shell({ inline: ['true'] }),
      shell({ inline: ['echo before', 'echo why >&2; exit 3', 'echo after'] }),
    );
    expect(error).toMatchObject({
      code: 'provision-failed',
      message: 'Provisioner 2 (shell, recipe.pkr.hcl:12) failed: The inline script ended with 3.',
      details: { provisioner: 2, kind: 'shell', exitCode: 3, lastLines: ['before', 'why'], place: POLICY.place },
    });
  });

  it('takes the exit codes that the recipe calls valid, and only those', async () => {
    await run(shell({ inline: ['exit 3'], validExitCodes: [0, 3] }));
    expect((await failure(shell({ inline: ['exit 0'], validExitCodes: [3] }))).code).toBe('provision-failed');
  });

  it('tells a signal from an exit code', async () => {
    const error = await failure(shell({ inline: ['kill -KILL $$'], executeCommand: 'exec sh {{.Path}}' }));
    expect(error.message).toContain('was ended by signal KILL');
  });

  it('mends Windows line ends unless the script is binary', async () => {
    writeFileSync(at.file('win.sh'), '#!/bin/sh\r\necho mended\r\n');
    await run(shell({ scripts: ['win.sh'] }));
    expect(at.scope.lines()).toEqual(['mended']);
    expect((await failure(shell({ scripts: ['win.sh'], binary: true }))).details.exitCode).toBe(127);
  });

  it('puts the variables into a file that only the user may read, and removes it', async () => {
    await run(
      shell({
        inline: ['echo "$SECRET $FILE"; ls -l "$FILE" | cut -c1-10'],
        environment: { SECRET: "a'b" },
        useEnvVarFile: true,
        executeCommand: 'chmod +x {{.Path}}; . {{.EnvVarFile}} && FILE={{ .EnvVarFile }} {{.Path}}',
      }),
    );
    const [, file = ''] = at.scope.lines()[0]?.split(' ') ?? [];
    expect(at.scope.lines()).toEqual([`a'b ${file}`, '-rw-------']);
    expect(existsSync(file)).toBe(false);
  });

  it('masks secrets in lines and in the failure', async () => {
    at.scope.secrets.add('hunter2-hunter2');
    const error = await failure(shell({ inline: ['echo "pass hunter2-hunter2"', 'exit 1'] }));
    expect(at.scope.lines()).toEqual(['pass <secret>']);
    expect(error.details.lastLines).toEqual(['pass <secret>']);
  });

  it('says what a template field may be', async () => {
    const error = await failure(shell({ inline: ['true'], executeCommand: '{{ .Vras }} {{ .Path }}' }));
    expect(error).toMatchObject({ code: 'bad-recipe', hint: expect.stringContaining('{{ .Vars }}') });
  });

  it('fills in the values of the build, and leaves other braces alone', async () => {
    await run(shell({ inline: ["echo '{{ .User }} {{ .Port }} {{.User}} {{ item }}'"] }));
    expect(at.scope.lines()).toEqual([`${at.sshd.user} ${at.sshd.port} {{.User}} {{ item }}`]);
  });

  it('ends what still runs in the guest at the timeout', async () => {
    const error = await failure(shell({ timeoutMs: 700, inline: [`echo started; sleep 97.${process.pid}`] }));
    expect(error).toMatchObject({ code: 'timed-out', message: expect.stringContaining('its timeout of 0.7 s') });
    await run(shell({ inline: [`ps -A -o args= | grep -c "^sleep 97.${process.pid}$" || true`] }));
    expect(at.scope.lines().at(-1)).toBe('0');
  });

  it('gives the script a terminal where the recipe asks for one', async () => {
    const pty = await LoggedIn.start([], { pty: true });
    await provision(pty.scope, pty.guest, [shell({ inline: ['tty'] })], pty.context);
    expect(pty.scope.lines()[0]).toMatch(/^\/dev\/pts\//);
    await pty.stop();
  });
});

describe('policies', () => {
  it('tries again as often as max_retries says', async () => {
    const counter = at.file('counter');
    await run(shell({ maxRetries: 2, inline: [`echo x >> ${counter}`, `[ $(wc -l < ${counter}) -ge 3 ]`] }));
    expect(readFileSync(counter, 'utf8')).toBe('x\nx\nx\n');
    expect(at.scope.notes().filter(note => note.includes('tries left'))).toHaveLength(2);
    expect((await failure(shell({ maxRetries: 1, inline: ['exit 1'] }))).code).toBe('provision-failed');
  });

  it('goes on after a failure where continue_on_error says so', async () => {
    await run(shell({ continueOnError: true, inline: ['exit 1'] }), shell({ inline: ['echo next'] }));
    expect(at.scope.lines()).toEqual(['next']);
    expect(at.scope.notes().some(note => note.includes('continue_on_error'))).toBe(true);
  });

  it('waits before a provisioner, and sleeps', async () => {
    const started = performance.now();
    await run({ ...POLICY, kind: 'sleep', durationMs: 200, pauseBeforeMs: 200 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(395);
  });

  it('runs the error-cleanup-provisioner once, and tells what was wrong first', async () => {
    const recipe = { provisioners: [shell({ inline: ['exit 3'] })], errorCleanup: shell({ inline: ['echo cleaned'] }) };
    await expect(provisionOrCleanUp(at.scope, at.guest, recipe, at.context)).rejects.toMatchObject({
      details: { provisioner: 1, exitCode: 3 },
    });
    expect(at.scope.lines()).toEqual(['cleaned']);
  });

  it('needs no cleaning up when all went well', async () => {
    const recipe = { provisioners: [shell({ inline: ['true'] })], errorCleanup: shell({ inline: ['echo cleaned'] }) };
    await provisionOrCleanUp(at.scope, at.guest, recipe, at.context);
    expect(at.scope.lines()).toEqual([]);
  });
});

describe('breakpoint', () => {
  it('asks a person, and goes on with a warning where nobody is', async () => {
    const asked: string[] = [];
    const ask = async (text: string): Promise<string> => {
      asked.push(text);
      return 'c';
    };
    const breakpoint = { ...POLICY, kind: 'breakpoint', note: 'look', disable: false } as const;
    await provision(at.scope, at.guest, [breakpoint, { ...breakpoint, disable: true }], { ...at.context, ask });
    expect(asked).toEqual([`Breakpoint: look (guest: ${at.sshd.user}@127.0.0.1 port ${at.sshd.port})`]);
    await run(breakpoint);
    expect(at.scope.events.some(event => event.type === 'warning')).toBe(true);
  });
});

describe('shell-local', () => {
  const local = (options: object): Provisioner => ({
    ...POLICY,
    kind: 'shell-local',
    inline: [],
    inlineShebang: '/bin/sh -e',
    scripts: [],
    environment: {},
    executeCommand: ['/bin/sh', '-c', '{{.Vars}} {{.Script}}'],
    validExitCodes: [0],
    onlyOn: [],
    ...options,
  });

  it('runs on this host, in the folder of the recipe, and leaves nothing', async () => {
    await run(
      local({
        inline: ['pwd', `echo "$PACKER_BUILD_NAME it's $X"`, 'ls -ld "$(dirname $0)" | cut -c1-10'],
        environment: { X: `'"` },
      }),
    );
    expect(at.scope.lines()).toEqual([at.dir, `debian it's '"`, 'drwx------']);
    expect(readdirSync(at.file('work'))).toEqual([]);
    expect(at.scope.held).toEqual([]);
  });

  it('fails with the exit code, takes valid ones, and keeps to its systems', async () => {
    expect(await failure(local({ inline: ['exit 4'] }))).toMatchObject({
      code: 'provision-failed',
      details: { exitCode: 4 },
    });
    await run(local({ command: 'exit 4', validExitCodes: [4] }), local({ inline: ['exit 1'], onlyOn: ['windows'] }));
  });
});
