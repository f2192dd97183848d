import path from 'node:path';
import { checkBootCommand } from '../boot/check.ts';
import { parseBootCommand } from '../boot/command.ts';
import { type BuildVariables, renderBootCommand } from '../boot/variables.ts';
import { isoTarget } from '../build/iso-target.ts';
import { kernelLine } from '../build/steps/answers.ts';
import { hasOutput } from '../build/steps/artifact.ts';
import { isSynced, menuLimitMs } from '../build/steps/boot-sync.ts';
import type { Target } from '../build/target.ts';
import { USER_NETWORK } from '../drivers/driver.ts';
import { isSourceCached, missingFile } from '../media/source.ts';
import { GoldsmithError, type Place, type Problem, toFailure } from '../model/failure.ts';
import type { KeyAction } from '../model/key.ts';
import type { Plan, PlanSource } from '../model/plan.ts';
import { formatMs } from '../model/quantity.ts';
import type { Communicator, PostProcessor, Provisioner, QemuSource, Tunnel } from '../model/recipe.ts';
import { packerQemuSwitches } from '../recipe/qemu-args.ts';
import { handOffDir } from './hand-off-dir.ts';

/** The parts of a plan that come from the recipe alone. */

/** What a build would know only when it runs; the ports are the first it would try. */
export const exampleVariables = (source: QemuSource): BuildVariables => ({
  HTTPIP: USER_NETWORK.host,
  HTTPPort: String(source.httpPortMin),
  Name: source.vmName,
  SSHPublicKey: '{{ .SSHPublicKey }}',
  LogPort: '{{ .LogPort }}',
});

export async function sourceOf({ image, builder }: Target, cacheDir: string): Promise<PlanSource> {
  const { isoUrls: urls, isoChecksum: checksum, diskImage } = builder.source;
  const spec = { urls, checksum };
  const missing = await missingFile(spec);
  return {
    kind: diskImage ? 'image' : 'iso',
    urls,
    checksum,
    isCached: await isSourceCached(spec, cacheDir),
    ...(missing === undefined ? {} : { missing }),
    ...(image.iso === undefined ? {} : { fallback: image.iso }),
  };
}

/** What is typed, or what is booted instead; and what is wrong with it. */
export function bootOf(target: Target, isFull: boolean): { boot: Plan['boot']; problems: Problem[] } {
  const { image, builder } = target;
  if (image.boot.kind === 'direct') return { boot: { ...image.boot, append: kernelLine(target) }, problems: [] };
  const { source } = builder;
  const keys = [...source.bootCommand, ...source.bootSteps.map(([command]) => command)].join('');
  const keyboard = image.keyboard === undefined ? {} : { keyboard: image.keyboard };
  const problems = checkBootCommand(keys, { ...keyboard, place: builder.place });
  const actions = typedActions(keys, source, keyboard);
  if (!Array.isArray(actions)) problems.push({ ...actions, place: builder.place });
  const known = Array.isArray(actions) ? actions : [];
  const typing = { events: known.filter(({ kind }) => kind === 'key').length, ms: typingMs(known, source) };
  const boot = { kind: 'typed' as const, keys, waitMs: source.bootWaitMs, typing, ...syncOf(image, source) };
  return { boot: isFull ? { ...boot, actions: known } : boot, problems };
}

/** What is waited for on the screen. */
function syncOf(image: Target['image'], { bootWaitMs }: QemuSource): { sync?: string[] } {
  if (!isSynced(image)) return {};
  const what =
    image.waitFor === undefined ? 'a boot menu stands on the screen' : `"${image.waitFor}" stands on the screen`;
  const first = `the first key: once ${what}, after ${formatMs(menuLimitMs(bootWaitMs))} at the latest`;
  const waits = 'each wait: until the screen shows what the keys did, as long as it says at the most';
  return { sync: [first, ...(image.bootSync ? [waits] : [])] };
}

function typedActions(keys: string, source: QemuSource, keyboard: { keyboard?: string }): KeyAction[] | Problem {
  try {
    return parseBootCommand(renderBootCommand([keys], exampleVariables(source)), keyboard);
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    const { code, message, hint } = toFailure(error);
    return { code, message, severity: 'error', ...(hint ? { hint } : {}) };
  }
}

const typingMs = (actions: KeyAction[], { bootKeyIntervalMs }: QemuSource): number =>
  actions.reduce((sum, action) => sum + (action.kind === 'wait' ? action.ms : bootKeyIntervalMs), 0);

/** Packer's own command line for this recipe, with the first port of each range. */
export function switchesOf({ builder: { source } }: Target, accelerator: string): Plan['packerSwitches'] {
  const disk = path.posix.join(source.outputDirectory, source.vmName);
  const hasCd = source.cdFiles.length + Object.keys(source.cdContent).length > 0;
  const hasFloppy = source.floppyFiles.length + source.floppyDirs.length + Object.keys(source.floppyContent).length > 0;
  return packerQemuSwitches(source, {
    accelerator,
    diskPaths: [disk, ...source.additionalDiskSizesMiB.map((_, nth) => `${disk}-${nth + 1}`)],
    ...(source.diskImage
      ? {}
      : { isoPath: isoTarget(source, { sha256: '', origin: source.isoUrls[0] ?? '' }) ?? '(the ISO)' }),
    ...(hasCd ? { cdPath: '(the CD)' } : {}),
    ...(hasFloppy ? { floppyPath: '(the floppy)' } : {}),
    efiVarsPath: path.posix.join(source.outputDirectory, 'efivars.fd'),
    vtpmSocketPath: '(the TPM)',
    commHostPort: source.hostPortMin,
    vncPort: source.vncPortMin,
    httpIp: USER_NETWORK.host,
    httpPort: source.httpPortMin,
  });
}

/** What Packer would leave in the output directory, before its post-processors. */
export function outputsOf(target: Target): string[] {
  if (!hasOutput(target)) return [];
  const { source } = target.builder;
  const names = [source.vmName, ...source.additionalDiskSizesMiB.map((_, nth) => `${source.vmName}-${nth + 1}`)];
  const vars = source.efiBoot && !source.efiDropEfivars ? ['efivars.fd'] : [];
  return [...names, ...vars].map(name => path.posix.join(source.outputDirectory, name));
}

/** What lies between this host and the guest's SSH port, and what goes along. */
export function wayOf(communicator: Communicator): { way?: string } {
  if (communicator.kind !== 'ssh') return {};
  const { bastion, proxy, localTunnels, remoteTunnels } = communicator;
  const tunnel = ({ port, toHost, toPort }: Tunnel): string => `${port} to ${toHost}:${toPort}`;
  const parts = [
    bastion && `through the bastion ${bastion.host}:${bastion.port}`,
    proxy && `through the SOCKS proxy ${proxy.host}:${proxy.port}`,
    ...localTunnels.map(one => `tunnel from this host's port ${tunnel(one)}`),
    ...remoteTunnels.map(one => `tunnel from the guest's port ${tunnel(one)}`),
  ].filter(Boolean);
  return parts.length === 0 ? {} : { way: parts.join('; ') };
}

/** The folder that a release's exports go to. */
export const handOffsOf = ({ image, root }: Target, version: string): string[] =>
  image.exports.length === 0 ? [] : [path.relative(root, handOffDir(image, version))];

export const placeText = ({ file, line }: Place): string => (line === undefined ? file : `${file}:${line}`);

export const provisionerOf = (item: Provisioner): Plan['provisioners'][number] => ({
  kind: item.kind,
  summary: [summaryOf(item), ...policyOf(item)].filter(text => text !== '').join('; '),
  place: placeText(item.place),
});

function policyOf(item: Provisioner): string[] {
  const parts: [boolean, string][] = [
    [item.pauseBeforeMs > 0, `pause_before ${item.pauseBeforeMs / 1000} s`],
    [item.timeoutMs !== undefined, `timeout ${(item.timeoutMs ?? 0) / 1000} s`],
    [item.maxRetries > 0, `max_retries ${item.maxRetries}`],
    [item.continueOnError, 'continue_on_error'],
  ];
  return parts.flatMap(([isSet, text]) => (isSet ? [text] : []));
}

type Summaries = { [K in Provisioner['kind']]: (item: Extract<Provisioner, { kind: K }>) => string };

const scriptSummary = ({ inline, scripts }: { inline: string[]; scripts: string[] }): string =>
  inline.length > 0 ? `${inline.length} inline line${inline.length === 1 ? '' : 's'}` : scripts.join(', ');

/** What a person would want to know of a provisioner, in one line. */
const SUMMARIES: Summaries = {
  shell: scriptSummary,
  'shell-local': item => item.command ?? scriptSummary(item),
  powershell: scriptSummary,
  'windows-shell': scriptSummary,
  file: ({ direction, sources, destination }) => `${direction} ${sources.join(', ') || 'text'} -> ${destination}`,
  ansible: ({ playbookFile }) => playbookFile,
  'ansible-local': ({ playbookFiles }) => playbookFiles.join(', '),
  'windows-restart': ({ restartCommand }) => restartCommand,
  'windows-update': ({ searchCriteria }) => searchCriteria,
  breakpoint: ({ note, disable }) => (disable ? 'disabled' : note),
  sleep: ({ durationMs }) => `${durationMs / 1000} s`,
};

const summaryOf = (item: Provisioner): string => (SUMMARIES[item.kind] as (item: Provisioner) => string)(item);

/** Options that say most of what a post-processor does, in the order they are looked for. */
const TELLING = ['output', 'files', 'checksum_types', 'repository', 'inline', 'command', 'script', 'scripts', 'path'];

export function postProcessorOf(item: PostProcessor): Plan['postProcessors'][number][number] {
  const shown = TELLING.filter(name => item.options[name] !== undefined).map(
    name => `${name} ${[item.options[name]].flat().join(', ')}`,
  );
  const keep = item.keepInputArtifact === undefined ? [] : [`keep_input_artifact ${item.keepInputArtifact}`];
  return {
    type: item.type,
    summary: [...shown, ...keep].join('; '),
    place: placeText(item.place),
    isHandOff: item.isHandOff,
  };
}
