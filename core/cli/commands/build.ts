import path from 'node:path';
import type { Command } from 'commander';
import type { BuildOptions } from '../../model/engine.ts';
import { openLive } from '../live.ts';
import { collectList, collectVariable } from '../options.ts';
import { LiveProgress, PlainProgress, type Progress } from '../progress.ts';
import type { Session } from '../session.ts';

interface Options {
  var: Record<string, string>;
  varFile: string[];
  only: string[];
  except: string[];
  onError: BuildOptions['onError'];
  channel?: string;
  version?: string;
  cache: boolean;
  plain: boolean;
  json: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command('build <target>')
    .description('Build an image of the lab, or a Packer template: install, provision, seal, boot, test, release.')
    .option('--var <name=value>', 'set a variable of the recipe (repeatable)', collectVariable, {})
    .option('--var-file <file>', 'read variables from a file (repeatable)', collectList, [])
    .option('--only <builders>', 'run only these builders of the recipe', collectList, [])
    .option('--except <builders>', 'run all but these builders', collectList, [])
    .option('--on-error <what>', 'cleanup, keep (the machine lives on) or ask', 'cleanup')
    .option('--channel <name>', "the channel that moves to the release (default: the lab's)")
    .option('--version <name>', 'the version of the release (default: git describe, else the date)')
    .option('--no-cache', 'use nothing of earlier builds')
    .option('--plain', 'plain lines, also on a terminal', false)
    .option('--json', 'one event a line, the result last', false)
    .addHelpText(
      'after',
      '\nExamples:\n  goldsmith build tiny\n  goldsmith build debian-13 --var hostname=web --on-error=ask\n',
    )
    .action(async (target: string, options: Options) => {
      session.isJson = options.json;
      const progress = await progressFor(session, options);
      const engine = await session.engine();
      try {
        const result = await engine.build(
          target,
          buildOptions(options),
          session.watch(event => progress.event(event)),
        );
        progress.done();
        if (options.json) session.json({ ok: true, ...result });
        else session.line(`${result.release.image}@${result.release.version} is released: ${result.release.path}`);
      } catch (error) {
        progress.done();
        throw error;
      }
    });
}

function buildOptions(options: Options): BuildOptions {
  return {
    variables: options.var,
    variableFiles: options.varFile.map(file => path.resolve(file)),
    only: options.only,
    except: options.except,
    onError: options.onError,
    isCacheUsed: options.cache,
    ...(options.channel === undefined ? {} : { channel: options.channel }),
    ...(options.version === undefined ? {} : { version: options.version }),
  };
}

async function progressFor(session: Session, { json, plain }: Options): Promise<Progress> {
  if (json) return { event: event => session.json(event), done: () => {} };
  if (process.stdout.isTTY && !plain) return new LiveProgress(await openLive());
  return new PlainProgress(line => session.line(line));
}
