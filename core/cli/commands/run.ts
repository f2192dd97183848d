import path from 'node:path';
import type { Command } from 'commander';
import { collectList, positiveNumber } from '../options.ts';
import { plainLine } from '../progress.ts';
import type { Session } from '../session.ts';

interface Options {
  userData?: string;
  keep: boolean;
  memory?: number;
  cpus?: number;
  forward: string[];
  wait: boolean;
  json: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command('run <ref>')
    .description('Start a machine on a throwaway overlay of a release. The release itself is never written to.')
    .option('--user-data <file>', 'cloud-init user data (default: a user "goldsmith" with a new key)')
    .option('--keep', 'let it live on after this command', false)
    .option('--memory <MiB>', 'memory', positiveNumber)
    .option('--cpus <n>', 'virtual CPUs', positiveNumber)
    .option('--forward <host:guest>', 'forward a port of 127.0.0.1 (repeatable)', collectList, [])
    .option('--no-wait', 'do not wait for SSH')
    .option('--json', 'as JSON', false)
    .addHelpText('after', '\nExamples:\n  goldsmith run tiny\n  goldsmith run debian-13 --keep --forward 8080:80\n')
    .action(async (ref: string, options: Options) => {
      session.isJson = options.json;
      const engine = await session.engine();
      const vm = await engine.run(
        ref,
        {
          keep: options.keep,
          waitForSsh: options.wait,
          forwards: options.forward.map(parseForward),
          ...(options.userData === undefined ? {} : { userData: path.resolve(options.userData) }),
          ...(options.memory === undefined ? {} : { memoryMiB: options.memory }),
          ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
        },
        session.watch(event => {
          const line = plainLine(event);
          if (line !== undefined && !options.json) session.line(line);
        }),
      );
      if (options.json) session.json(vm);
      else
        session.line(`${vm.id} runs.\n  goldsmith ssh ${vm.id}\n  goldsmith console ${vm.id}\n  goldsmith rm ${vm.id}`);
      if (options.keep) return;
      if (!options.json) session.line('Ctrl-C ends it.');
      await engine.waitForVm(vm.id, session.signal);
      session.exitStatus = 0;
    });
}

function parseForward(text: string): { hostPort: number; guestPort: number } {
  const [host = '0', guest = host] = text.split(':');
  return { hostPort: Number(host), guestPort: Number(guest) };
}
