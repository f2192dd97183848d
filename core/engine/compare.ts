import { type Way, wayTo } from '../build/branch.ts';
import { Layers } from '../build/checkpoint-layers.ts';
import { readJournal } from '../build/journal.ts';
import type { Branch, Comparison, Difference } from '../model/comparison.ts';
import { STEPS, type Stamped } from '../model/event.ts';
import { formatBytes, formatMs } from '../model/quantity.ts';
import type { EngineDeps } from './deps.ts';

/** Times of a busy host differ by themselves: so much is no difference. */
const LEAST_MS = 1000;
const LEAST_SHARE = 0.2;
const MOST_LINES = 20;

type Side = { branch: Branch; way: Way };
/** By name, in words. */
type Facts = Map<string, string>;

/**
 * What is not the same on two ways: inputs of stages, answers served, output of provisioners, packages of releases,
 * times of steps.
 * @param one a build, or the id of a checkpoint of one. @throws GoldsmithError `not-found`
 */
export async function compareBranches(deps: EngineDeps, one: string, other: string): Promise<Comparison> {
  const [a, b] = [await sideOf(deps, one), await sideOf(deps, other)];
  const inputs = await inputsByKey(deps);
  const differences = [
    ...differing('input', stageInputs(a, inputs), stageInputs(b, inputs)),
    ...differing('answers', answers(a), answers(b)),
    ...outputs(provisioned(a), provisioned(b)),
    ...differing('package', await packages(deps, a), await packages(deps, b)),
    ...times(durations(a), durations(b)),
  ];
  const common = a.way.checkpoints.findLast(({ id }) => b.way.checkpoints.some(own => own.id === id));
  return {
    one: a.branch,
    other: b.branch,
    ...(common ? { common: { id: common.id, name: common.name } } : {}),
    differences,
  };
}

async function sideOf(deps: EngineDeps, wanted: string): Promise<Side> {
  const states = await deps.builds.states();
  const taken = states.find(({ checkpoints }) => checkpoints.some(({ id, by }) => id === wanted && by !== 'cache'));
  const build = taken?.id ?? (await deps.builds.find(wanted, 'build or checkpoint'));
  const tip = taken && wanted;
  const way = await wholeWay(deps, build, tip);
  const name = way.checkpoints.at(-1)?.name;
  const branch = { build, title: tip === undefined ? build : `${build}, up to ${name}` };
  return { branch: tip === undefined ? branch : { ...branch, checkpoint: tip }, way };
}

/** With what earlier builds did, where this one went on from a checkpoint of theirs. */
async function wholeWay(deps: EngineDeps, build: string, tip: string | undefined): Promise<Way> {
  const way = wayTo(readJournal(deps.builds.journal(build)), tip);
  const inherited = way.checkpoints.findLast(({ by }) => by === 'cache');
  if (!inherited) return way;
  const states = await deps.builds.states();
  const maker = states.find(({ checkpoints }) =>
    checkpoints.some(one => one.id === inherited.id && one.by !== 'cache'),
  );
  const before = maker ? (await wholeWay(deps, maker.id, inherited.id)).events : [];
  return { events: [...before, ...way.events], checkpoints: way.checkpoints };
}

/** What went into each stage that was kept, by the stage's key. */
async function inputsByKey({ home }: EngineDeps): Promise<Map<string, Record<string, string>>> {
  const records = await new Layers(home.stages).frozen();
  return new Map(records.flatMap(({ stage }) => (stage ? [[stage.key, stage.inputs] as const] : [])));
}

function stageInputs({ way }: Side, byKey: Awaited<ReturnType<typeof inputsByKey>>): Facts {
  const facts: Facts = new Map();
  for (const event of way.events) {
    if (event.type !== 'stage') continue;
    for (const [name, hash] of Object.entries(byKey.get(event.key) ?? {})) {
      facts.set(`${event.stage}: ${name}`, hash.slice(0, 12));
    }
  }
  return facts;
}

const answers = ({ way }: Side): Facts =>
  new Map(
    way.events.flatMap(event =>
      event.type === 'request' ? [[event.path, `${event.status}, ${formatBytes(event.bytes)}`] as const] : [],
    ),
  );

/** Lines by provisioner, as its note calls it. */
function provisioned({ way }: Side): Map<string, string[]> {
  const all = new Map<string, string[]>();
  let lines: string[] = [];
  for (const event of way.events) {
    const begun = event.type === 'note' ? /^Provisioner (\d+)\/\d+: ([\w-]+)/.exec(event.message) : undefined;
    if (begun) {
      lines = [];
      all.set(`Provisioner ${begun[1]}: ${begun[2]}`, lines);
    } else if (event.type === 'line' && event.source === 'provisioner') lines.push(event.line);
  }
  return all;
}

function outputs(one: Map<string, string[]>, other: Map<string, string[]>): Difference[] {
  return [...new Set([...one.keys(), ...other.keys()])].flatMap(name => {
    const [a, b] = [one.get(name) ?? [], other.get(name) ?? []];
    return difference('output', name, without(a, b), without(b, a));
  });
}

/** The lines that the other side lacks; undefined: none. */
function without(lines: string[], others: string[]): string | undefined {
  const rest = new Map<string, number>();
  for (const line of others) rest.set(line, (rest.get(line) ?? 0) + 1);
  const own = lines.filter(line => {
    const left = rest.get(line) ?? 0;
    rest.set(line, left - 1);
    return left <= 0;
  });
  if (own.length === 0) return undefined;
  const more = own.length > MOST_LINES ? [`... and ${own.length - MOST_LINES} more`] : [];
  return [...own.slice(0, MOST_LINES), ...more].join('\n');
}

async function packages(deps: EngineDeps, { way }: Side): Promise<Facts> {
  const release = way.events.findLast(event => event.type === 'release');
  if (!release) return new Map();
  const store = await deps.store();
  const manifest = await store.manifest(`${release.image}@${release.version}`).catch(() => undefined);
  return new Map(manifest?.packages?.map(({ name, version }) => [name, version]));
}

function durations({ way }: Side): Map<string, number> {
  const finished = (event: Stamped) => (event.type === 'step-finished' ? [[STEPS[event.step], event.ms] as const] : []);
  return new Map(way.events.flatMap(finished));
}

/** Of steps that both have done. */
function times(one: Map<string, number>, other: Map<string, number>): Difference[] {
  return [...one].flatMap(([name, ms]) => {
    const its = other.get(name) ?? ms;
    const isSame = Math.abs(ms - its) < Math.max(LEAST_MS, LEAST_SHARE * Math.max(ms, its));
    return isSame ? [] : difference('time', name, formatMs(ms), formatMs(its));
  });
}

const differing = (area: Difference['area'], one: Facts, other: Facts): Difference[] =>
  // Of what only one side knows nothing, there is nothing to compare.
  one.size === 0 || other.size === 0
    ? []
    : [...new Set([...one.keys(), ...other.keys()])].flatMap(name =>
        difference(area, name, one.get(name), other.get(name)),
      );

function difference(
  area: Difference['area'],
  name: string,
  one: string | undefined,
  other: string | undefined,
): Difference[] {
  if (one === other) return [];
  return [{ area, name, ...(one === undefined ? {} : { one }), ...(other === undefined ? {} : { other }) }];
}
