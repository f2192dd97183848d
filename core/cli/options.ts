import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { GoldsmithError } from '../model/failure.ts';
import { DRIVER_NAMES, type DriverName } from '../model/lab.ts';
import type { DriverChoice, PlanOptions } from '../model/plan.ts';
import { parseDuration, parseMiB } from '../model/quantity.ts';
import { collect } from './cli.ts';

/** Options of every command that resolves a recipe, in Packer's words. */
export const withRecipeOptions = (command: Command): Command =>
  command
    .option('--var <name=value>', 'set a variable of the recipe (repeat it)', parseVariable)
    .option('--var-file <file>', 'read variables from a file (repeat it)', collect)
    .addOption(
      new Option('--var-json <file>', 'as --var, from a JSON file: seen by nobody in a process list').hideHelp(),
    )
    .option('--only <builder>', 'run this builder of the recipe (repeat it)', collect)
    .option('--except <builder>', 'leave this builder out (repeat it)', collect)
    .option('--lenient', 'leave out post-processors that are not known, with a warning');

/** Options of every command that starts machines. */
export const withDriverOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--driver <name>', 'what runs the machine (default: what lab.yaml says)').choices(DRIVER_NAMES),
    )
    .option('--uri <uri>', 'which libvirt: qemu:///session, qemu:///system, qemu+ssh://user@host/system');

export interface DriverFlags {
  driver?: DriverName;
  uri?: string;
}

/** A URI alone means libvirt. */
export function driverChoice({ driver, uri }: DriverFlags): { driver?: DriverChoice } {
  if (uri !== undefined && driver === 'qemu') throw new GoldsmithError('usage', '--uri goes with --driver libvirt.');
  const name = driver ?? (uri === undefined ? undefined : 'libvirt');
  return name === undefined ? {} : { driver: { name, ...(uri === undefined ? {} : { uri }) } };
}

export interface RecipeFlags {
  var?: Record<string, string>;
  varFile?: string[];
  varJson?: string;
  only?: string[];
  except?: string[];
  lenient?: boolean;
}

export const planOptions = (flags: RecipeFlags, cwd: string): PlanOptions => ({
  variables: { ...(flags.varJson === undefined ? {} : readVariables(flags.varJson)), ...flags.var },
  variableFiles: (flags.varFile ?? []).map(file => path.resolve(cwd, file)),
  only: (flags.only ?? []).flatMap(names => names.split(',')),
  except: (flags.except ?? []).flatMap(names => names.split(',')),
  ...(flags.lenient ? { isLenient: true } : {}),
});

function readVariables(file: string): Record<string, string> {
  try {
    const values = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    return Object.fromEntries(values.map(([name, value]) => [name, String(value)]));
  } catch (cause) {
    throw new GoldsmithError('usage', `${file} holds no JSON object of variables.`, { cause });
  }
}

function parseVariable(text: string, all: Record<string, string> = {}): Record<string, string> {
  const match = /^([^=]+)=([\s\S]*)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as name=value.');
  return { ...all, [match[1] ?? '']: match[2] ?? '' };
}

export function parseMemory(text: string): number {
  const mib = parseMiB(text);
  if (mib === undefined) throw new InvalidArgumentError('Write a size such as 2G, or a number of MiB.');
  return mib;
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(text);
}

export function parseTime(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Write a duration such as 12h or 7d.');
  return ms;
}

/** `8080:80`, or `80` for a free port of the host. */
export function parseForward(text: string, all: { hostPort: number; guestPort: number }[] = []) {
  const match = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(text);
  const [hostPort, guestPort] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (!match || guestPort < 1 || guestPort > 65_535 || hostPort > 65_535) {
    throw new InvalidArgumentError('Write it as HOSTPORT:GUESTPORT, or GUESTPORT for a free port of the host.');
  }
  return [...all, { hostPort, guestPort }];
}
