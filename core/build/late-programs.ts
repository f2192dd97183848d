import { existsSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '../host/programs.ts';
import type { Place, Problem } from '../model/failure.ts';
import type { PostProcessor, Provisioner } from '../model/recipe.ts';
import { rowOf } from './postprocess/table.ts';
import type { Target } from './target.ts';

/** A program of this host that is first called when the machine is installed. */
interface LateProgram {
  name: string;
  neededBy: string;
  place: Place;
  /** Where it is looked for, where that is not our own PATH. */
  searchPath?: string | undefined;
  /** The recipe has it not looked for: an earlier provisioner may bring it. */
  mayCome?: boolean;
}

/**
 * The programs that provisioners and post-processors call on this host, and that are not here: a build should not end
 * with one after its installation. Packer asks `ansible-playbook` for its version, unless `skip_version_check`.
 */
export function lateProgramProblems({ builder, root }: Target): Problem[] {
  const programs = [
    ...builder.provisioners.flatMap(ofProvisioner),
    ...builder.postProcessors.flat().flatMap(ofPostProcessor),
  ];
  return programs.flatMap(program => problemsOf(program, root));
}

function ofProvisioner(provisioner: Provisioner): LateProgram[] {
  if (provisioner.kind !== 'ansible') return [];
  const { command, galaxyFile, galaxyCommand, environment, skipVersionCheck: mayCome, place } = provisioner;
  const names = galaxyFile === undefined ? [command] : [command, galaxyCommand];
  const common = { neededBy: 'the ansible provisioner', place, searchPath: environment['PATH'], mayCome };
  return names.map(name => ({ name, ...common }));
}

function ofPostProcessor(item: PostProcessor): LateProgram[] {
  const name = rowOf(item)?.program?.(item.options);
  return name === undefined ? [] : [{ name, neededBy: `the ${item.type} post-processor`, place: item.place }];
}

function problemsOf({ name, neededBy, place, searchPath, mayCome }: LateProgram, root: string): Problem[] {
  const file = name.includes('/') ? path.resolve(root, name) : undefined;
  const isHere = file === undefined ? findProgram(name, searchPath) !== undefined : existsSync(file);
  if (isHere) return [];
  const severity = mayCome ? 'warning' : 'error';
  const message = `${name} is not on this host, and ${neededBy} calls it.`;
  const hint = file === undefined ? 'Install it, then build.' : `It was looked for at ${file}.`;
  return [{ code: 'host-lacks', severity, message, hint, place }];
}
