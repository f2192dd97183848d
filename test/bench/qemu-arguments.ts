import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { GoldsmithError } from '../../core/model/failure.ts';
import { packerQemuArgs } from '../../core/recipe/qemu-args.ts';
import { readRecipe } from '../../core/recipe/read.ts';
import { contextOf, Oracle, sortedSwitches } from '../recipe/parity/oracle.ts';
import { type Found, foundBelow } from './found-templates.ts';
import { prepared } from './prepared-template.ts';

/**
 * `node out/test/bench/qemu-arguments.js FOLDER`: asks the installed Packer what it would run for every qemu builder of
 * the templates below a folder of checked out repositories, and compares it with what we say. Both read the same copy, in
 * which the ISO, the output and the ports are fixed, provisioners are left out, and so are options that this old Packer
 * does not know.
 */

const HTTP_PORT = 8123;
const MOST_ROUNDS = 20;
const folder = path.resolve(process.argv[2] ?? '.');
const oracle = new Oracle();
const tally = { equal: 0, different: 0, unasked: 0 };

/** What Packer says of an option that came after its time. */
const UNKNOWN_OPTION =
  /An argument named "(\w+)" is not|unknown configuration key: '"(\w+)"'|Unsupported argument.*"(\w+)"/;

function unknownOption(output: string): string | undefined {
  if (output.includes('Failed creating Qemu driver')) return 'qemu_binary'; // it is not installed here
  return UNKNOWN_OPTION.exec(output)
    ?.slice(1)
    .find(one => one !== undefined);
}

async function compare(found: Found): Promise<void> {
  if (found.result instanceof GoldsmithError) return;
  for (const { name } of found.result.builders) {
    const { outcome, said } = await compareBuilder(found, name);
    tally[outcome] += 1;
    if (outcome !== 'equal') console.log(`${outcome} ${found.name} ${name}\n  ${said}`);
  }
}

interface Comparison {
  outcome: keyof typeof tally;
  said: string;
}

/** Of a copy of the whole repository, from the folder of the template or, when files are not found there, the root. */
async function compareBuilder(found: Found, name: string): Promise<Comparison> {
  const copy = path.join(oracle.folder, 'copy');
  const template = path.join(copy, path.relative(found.root, found.template));
  const left: string[] = [];
  let cwd = path.join(copy, path.relative(found.root, found.cwd));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(found.root, copy, { recursive: true });
    prepared(template, { iso: path.join(oracle.work, 'a.iso'), httpPort: HTTP_PORT, left });
    const variables = Object.entries(found.variables).map(([key, value]) => `-var=${key}=${value}`);
    const files = found.variableFiles.map(file => `-var-file=${file}`);
    const { args, output } = oracle.ask(cwd, [`-only=${name}`, ...variables, ...files, template]);
    if (args) return differences(found, { name, template, cwd, theirs: args });
    const unknown = unknownOption(output);
    if (unknown !== undefined && !left.includes(unknown)) left.push(unknown);
    else if (/no such file|not exist/i.test(output) && cwd !== copy) cwd = copy;
    else return { outcome: 'unasked', said: firstError(output) };
  }
  return { outcome: 'unasked', said: 'too many options that this Packer does not know' };
}

const firstError = (output: string): string =>
  output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.includes('output will be in this color'))
    .slice(0, 4)
    .join(' | ')
    .slice(0, 300);

interface Asked {
  name: string;
  template: string;
  cwd: string;
  theirs: string[];
}

async function differences(found: Found, { name, template, cwd, theirs }: Asked): Promise<Comparison> {
  const { variableFiles, variables } = found;
  const recipe = await readRecipe(template, { cwd, env: {}, lenient: true, variableFiles, variables }).catch(refusal);
  if (recipe instanceof GoldsmithError) return { outcome: 'different', said: `we refuse: ${recipe.message}` };
  const source = recipe.builders.find(one => one.name === name)?.source;
  if (!source) return { outcome: 'different', said: 'we have no builder of that name' };
  const context = { ...contextOf(theirs, source.diskImage), httpPort: HTTP_PORT };
  const [ours = [], packers = []] = [packerQemuArgs(source, context), theirs].map(args =>
    sortedSwitches(args).map(asToday),
  );
  const only = (args: string[], others: string[]): string[] => args.filter(one => !others.includes(one));
  const [own, other] = [only(ours, packers).filter(one => one !== '-smp 1'), only(packers, ours)];
  if (own.length === 0 && other.length === 0) return { outcome: 'equal', said: '' };
  return { outcome: 'different', said: `ours   ${own.join('  ')}\n  packer ${other.join('  ')}` };
}

function refusal(error: unknown): GoldsmithError {
  if (error instanceof GoldsmithError) return error;
  throw error;
}

/** Differences between the versions of Packer, which docs/packer-parity.md lists. */
const asToday = (one: string): string => one.replace(/^-smp cpus=(\d+),sockets=\1$/, '-smp $1');

for await (const found of foundBelow(folder)) await compare(found);
oracle.end();
console.log(
  `${tally.equal + tally.different} qemu builders compared: ${tally.equal} have the same arguments as Packer's, ${tally.different} do not; ${tally.unasked} could not be asked of this Packer.`,
);
