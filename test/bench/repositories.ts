import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { GoldsmithError } from '../../core/model/failure.ts';
import { readRecipe } from '../../core/recipe/read.ts';

/**
 * `npm run bench:templates -- FOLDER`: reads every Packer template below a folder of checked out repositories, each by
 * itself and, where several HCL files belong together, as a folder, with the variable files that lie beside it. Tells
 * how many have a qemu builder, how many of those are resolved, and every reason of a refusal.
 */

const LARGEST_BYTES = 1e6;
const folder = path.resolve(process.argv[2] ?? '.');
/** First without: a file of variables that is there is better than a made-up value. */
let isGiving = false;

type Outcome = 'planned' | 'refused' | 'other';

interface Result {
  template: string;
  outcome: Outcome;
  builders: number;
  reason?: string;
  /** Variables without a default, given any value. */
  values: string[];
}

interface Repository {
  templates: string[];
  /** `*.pkrvars.hcl`, and JSON of plain values. */
  variableFiles: string[];
}

/** Each JSON template, each folder of HCL files as one, and the files of variables. */
function findBelow(dir: string, found: Repository = { templates: [], variableFiles: [] }): Repository {
  const entries = readdirSync(dir, { withFileTypes: true }).filter(({ name }) => name !== '.git');
  if (entries.some(({ name }) => /\.pkr\.(hcl|json)$/.test(name))) found.templates.push(dir);
  for (const entry of entries) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) findBelow(file, found);
    else if (entry.name.endsWith('.pkrvars.hcl')) found.variableFiles.push(file);
    else if (entry.isFile() && /(?<!\.pkr)\.json$/.test(entry.name)) sortJson(file, found);
  }
  return found;
}

function sortJson(file: string, found: Repository): void {
  if (statSync(file).size > LARGEST_BYTES) return;
  const text = readFileSync(file, 'utf8');
  if (/"builders"\s*:/.test(text)) found.templates.push(file);
  else if (/^\s*\{(?:\s*"[\w-]+"\s*:\s*(?:"[^"]*"|[\d.]+|true|false)\s*,?)+\s*\}\s*$/.test(text))
    found.variableFiles.push(file);
}

/**
 * HCL files of one folder are sometimes a collection: then each is a template of its own. A template that cannot do
 * without a file of variables is read with each that its repository has.
 */
async function read(template: string, { variableFiles }: Repository): Promise<Result[]> {
  const whole = await readOne(template);
  if (whole.outcome !== 'refused') return [whole];
  const isFolder = statSync(template).isDirectory();
  const files = isFolder ? readdirSync(template).filter(name => /\.pkr\.(hcl|json)$/.test(name)) : [];
  const alone = await Promise.all(files.map(name => readOne(path.join(template, name))));
  if (alone.some(({ outcome }) => outcome === 'planned')) return alone.filter(({ outcome }) => outcome !== 'other');
  if (![whole, ...alone].some(({ reason = '' }) => reason.includes('has no value'))) return [whole];
  const given = await Promise.all(variableFiles.map(file => readOne(template, file)));
  return given.some(({ outcome }) => outcome === 'planned')
    ? given
    : readWithValues(isFolder ? [template, ...files.map(name => path.join(template, name))] : [template]);
}

/** With any value for each variable that the template asks its user for. */
async function readWithValues(templates: string[]): Promise<Result[]> {
  isGiving = true;
  const all = await Promise.all(templates.map(template => readOne(template)));
  isGiving = false;
  const planned = all.filter(({ outcome }) => outcome === 'planned');
  return planned.length > 0 ? planned : all.slice(0, 1);
}

const anyValue = (name: string): string => (/checksum|sha\d+/i.test(name) ? 'none' : '1');

/** Values that the template's own readers are asked for, as in `-var version=1`. */
const MOST_VALUES = 40;

async function readOne(template: string, file?: string, given: Record<string, string> = {}): Promise<Result> {
  const cwd = statSync(template).isDirectory() ? template : path.dirname(template);
  const name = [template, ...(file ? [file] : [])].map(one => path.relative(folder, one)).join(' with ');
  const variableFiles = file === undefined ? [] : [file];
  try {
    const { builders } = await readRecipe(template, { cwd, env: {}, lenient: true, variableFiles, variables: given });
    return { template: name, outcome: 'planned', builders: builders.length, values: Object.keys(given) };
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    const [, missing] = /^The variable "(.*)" has no value/.exec(error.message) ?? [];
    const isAsked = missing !== undefined && isGiving && Object.keys(given).length < MOST_VALUES;
    if (isAsked) return readOne(template, file, { ...given, [missing]: anyValue(missing) });
    const { place } = error.details ?? {};
    const reason = `${error.message}${place ? ` (${path.relative(folder, place.file)}:${place.line ?? 1})` : ''}`;
    return { template: name, outcome: isOther(error) ? 'other' : 'refused', builders: 1, reason, values: [] };
  }
}

/** Builders of other types only. */
const isOther = ({ message }: GoldsmithError): boolean => /no qemu|no builder/i.test(message);

const results: Result[] = [];
for (const name of readdirSync(folder)) {
  const repository = findBelow(path.join(folder, name));
  for (const template of repository.templates) results.push(...(await read(template, repository)));
}
const count = (outcome: Outcome): number =>
  results.filter(result => result.outcome === outcome).reduce((sum, { builders }) => sum + builders, 0);
for (const { template, outcome, reason, values } of results) {
  if (values.length > 0) console.log(`planned  ${template}\n         with a value for each of ${values.join(', ')}`);
  if (outcome !== 'planned') console.log(`${outcome.padEnd(8)} ${template}\n         ${reason}`);
}
const [planned, refused] = [count('planned'), count('refused')];
console.log(
  `${planned + refused} qemu builders: ${planned} planned, ${refused} refused (${((planned * 100) / (planned + refused)).toFixed(1)} % planned); ${results.filter(({ outcome }) => outcome === 'other').length} files are no qemu templates.`,
);
