import { readFile } from 'node:fs/promises';
import type { Scope } from '../build/scope.ts';
import { run } from '../exec.ts';
import type { Guest } from '../guest/guest.ts';
import type { LabTest } from '../model/lab.ts';
import { judge, type Verdict } from './results.ts';

/** What a test on the host is told about the guest. */
export interface HostTestContext {
  /** File with the private key, 0600. */
  keyFile: string;
  knownHostsFile: string;
  cwd: string;
}

interface Ended {
  exitCode: number | undefined;
  output: string[];
}

const RUNNERS: Record<
  LabTest['on'],
  (scope: Scope, guest: Guest, test: LabTest, host: HostTestContext) => Promise<Ended>
> = {
  guest: runInGuest,
  host: runOnHost,
};

/** Runs one test of lab.yaml against a booted guest, tells each line and the verdict. */
export async function runTest(scope: Scope, guest: Guest, test: LabTest, host: HostTestContext): Promise<Verdict> {
  const startedAt = performance.now();
  const { exitCode, output } = await RUNNERS[test.on](scope, guest, test, host);
  const verdict = judge(test.format, exitCode, output.join('\n'));
  const ms = Math.round(performance.now() - startedAt);
  scope.emit({
    type: 'test',
    name: test.name,
    ok: verdict.ok,
    ms,
    ...(verdict.ok ? {} : { reason: verdict.reason ?? output.at(-1) ?? 'no output' }),
  });
  return verdict;
}

/** A script travels on the shell's standard input, so it leaves nothing behind. */
async function runInGuest(scope: Scope, guest: Guest, test: LabTest): Promise<Ended> {
  const script = test.run.kind === 'script' ? await readFile(test.run.path, 'utf8') : `${test.run.command}\n`;
  const output: string[] = [];
  const { exitCode } = await guest.exec('sh -s', {
    stdin: script,
    timeoutMs: test.timeoutMs,
    signal: scope.signal,
    onLine: line => tell(scope, output, line),
  });
  return { exitCode, output };
}

async function runOnHost(scope: Scope, guest: Guest, test: LabTest, host: HostTestContext): Promise<Ended> {
  const output: string[] = [];
  const [program, args] = test.run.kind === 'script' ? [test.run.path, []] : ['sh', ['-c', test.run.command]];
  const { exitCode } = await run(program, args, {
    cwd: host.cwd,
    env: {
      GOLDSMITH_HOST: guest.address.host,
      GOLDSMITH_PORT: String(guest.address.port),
      GOLDSMITH_USER: guest.address.user,
      GOLDSMITH_KEY: host.keyFile,
      GOLDSMITH_KNOWN_HOSTS: host.knownHostsFile,
    },
    timeoutMs: test.timeoutMs,
    signal: scope.signal,
    okExitCodes: ANY_EXIT_CODE,
    onLine: line => tell(scope, output, line),
  });
  return { exitCode, output };
}

/** How it ended is the verdict's business. */
const ANY_EXIT_CODE = Array.from({ length: 256 }, (_, code) => code);

function tell(scope: Scope, output: string[], line: string): void {
  output.push(line);
  scope.emit({ type: 'line', source: 'test', line });
}
