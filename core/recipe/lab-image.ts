import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import type { LabBoot, LabExport, LabHandOff, LabImage, LabLibvirt, LabTest } from '../model/lab.ts';
import type { Builder } from '../model/recipe.ts';
import { labSchema, type RawImage } from './lab-schema.ts';
import type { YamlSource } from './yaml-source.ts';

/**
 * A Packer template that no lab names, as an image with every default but these: nothing promises that it holds
 * cloud-init, a recipe that was written for Packer expects its disk as its provisioners left it, and the recipe says
 * in which format. `builderName` is given when the template has several.
 */
export function imageOfTemplate(template: string, builder?: Builder, builderName = ''): LabImage {
  const file = path.basename(template).replace(/(\.pkr)?\.(hcl|json)$/, '');
  const own = builderName.replace(/^qemu\./, '');
  const name = imageName(own === '' ? file : `${file}-${own}`);
  const source = builder?.source;
  const release = source && {
    format: source.format,
    compress: source.format === 'qcow2' && source.diskCompression ? 'zlib' : 'none',
  };
  const fields = {
    recipe: template,
    seal: false,
    boot_test: { seed: 'none' },
    answers: { token: true },
    ...(release ? { release } : {}),
  };
  const value = { images: { [name]: fields } };
  const [entry] = Object.entries(labSchema.parse(value).images);
  if (!entry) throw new GoldsmithError('bad-recipe', `${template} cannot be used as a template.`);
  // Nobody wrote this: whatever is said of it is said of the template.
  const place = () => ({ file: template });
  return toImage({ value, problems: [], placeOf: place, placeOfKey: place }, path.dirname(template), ...entry);
}

/** A file name as the name of an image: lower case, other characters as dashes. */
const imageName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63) || 'image';

/** One checked image of the file, in the model's words: paths made absolute, places added. */
export function toImage(source: YamlSource, root: string, name: string, raw: RawImage): LabImage {
  const absolute = (file: string): string => path.resolve(root, file);
  const at = ['images', name];
  return {
    name,
    place: source.placeOfKey(at),
    recipe: absolute(raw.recipe),
    variables: raw.variables,
    variableFiles: raw.variable_files.map(absolute),
    boot: toBoot(raw.boot),
    bootSync: raw.boot_sync,
    answers: {
      token: raw.answers.token,
      variables: raw.answers.variables,
      ...defined({
        target: raw.answers.target,
        templates: raw.answers.templates === undefined ? undefined : absolute(raw.answers.templates),
      }),
    },
    packageCache: raw.package_cache,
    checkpoints:
      raw.checkpoints === false
        ? false
        : raw.checkpoints.map(item => ({ name: item.name, ...defined({ log: item.log, stage: item.stage }) })),
    stageCache: raw.stage_cache,
    timeouts: defined({
      installMs: raw.timeouts.install,
      connectMs: raw.timeouts.connect,
      shutdownMs: raw.timeouts.shutdown,
      answersMs: raw.timeouts.answers,
      silenceMs: raw.timeouts.silence,
    }),
    machine: defined({
      cpus: raw.machine.cpus,
      memoryMiB: raw.machine.memory,
      cpuModel: raw.machine.cpu_model,
      firmware: raw.machine.firmware,
    }),
    ssh: defined({ user: raw.ssh.user }),
    seal: raw.seal && {
      ...defined({ family: raw.seal.family }),
      skip: raw.seal.skip,
      extra: raw.seal.extra.map(absolute),
    },
    tests: raw.tests.map((test, index) => toTest(test, source.placeOf([...at, 'tests', index]), absolute)),
    bootTest: toBootTest(raw.boot_test),
    channel: raw.channel,
    release: raw.release,
    exports: raw.exports.map((item, index) => toExport(item, source.placeOf([...at, 'exports', index]))),
    handOff: toHandOff(raw.hand_off, absolute),
    driver: raw.driver,
    libvirt: toLibvirt(raw.libvirt, source, [...at, 'libvirt', 'xml']),
    ...defined({
      description: raw.description,
      only: raw.only,
      keyboard: raw.keyboard,
      waitFor: raw.wait_for,
      installer: raw.installer,
      iso: raw.iso,
      signedBy: raw.signed_by === undefined ? undefined : toSignedBy(raw.signed_by, absolute),
    }),
  };
}

const toSignedBy = (
  raw: NonNullable<RawImage['signed_by']>,
  absolute: (file: string) => string,
): NonNullable<LabImage['signedBy']> =>
  typeof raw === 'string' ? { keyring: absolute(raw) } : { ...defined(raw), keyring: absolute(raw.keyring) };

const toBoot = (boot: RawImage['boot']): LabBoot =>
  boot === 'typed' ? { kind: 'typed' } : { kind: 'direct', ...boot.direct };

function toTest(raw: RawImage['tests'][number], place: LabTest['place'], absolute: (file: string) => string): LabTest {
  const run: LabTest['run'] = isScriptPath(raw.run)
    ? { kind: 'script', path: absolute(raw.run) }
    : { kind: 'command', command: raw.run };
  return { name: raw.name, place, run, on: raw.on, timeoutMs: raw.timeout, format: raw.format };
}

/** One word that is a relative path: no command a guest could know, so it can only be a script of the lab. */
const isScriptPath = (run: string): boolean => /^[^\s/|&;<>$`"']+\/[^\s|&;<>$`"']+$|^[^\s/|&;<>$`"']+\.sh$/.test(run);

function toBootTest({ seed, user, memory, cpus, timeout, boots, clones }: RawImage['boot_test']): LabImage['bootTest'] {
  return { seed, user, timeoutMs: timeout, boots, clones, ...defined({ memoryMiB: memory, cpus }) };
}

function toExport(raw: RawImage['exports'][number], place: LabExport['place']): LabExport {
  if (typeof raw === 'string') return { format: raw, settings: {}, place };
  const settings = defined({
    hardwareVersion: raw.hardware_version,
    manifestHash: raw.manifest_hash,
    controller: raw.controller,
    network: raw.network,
    firmware: raw.firmware,
    cpus: raw.cpus,
    memoryMiB: raw.memory,
    compression: raw.compression,
    boxVersion: raw.box_version,
  });
  return { format: raw.format, settings, place };
}

function toHandOff(raw: RawImage['hand_off'], absolute: (file: string) => string): LabHandOff {
  const { vagrant_catalog: catalog, sign_key: signKey } = raw;
  return {
    dir: absolute(raw.to),
    // A path of the lab where it looks like one, else the name of a key.
    ...defined({ signKey: signKey?.includes('/') ? absolute(signKey) : signKey }),
    ...(catalog === undefined
      ? {}
      : {
          vagrantCatalog: {
            file: absolute(catalog.file),
            ...defined({ baseUrl: catalog.base_url, name: catalog.name }),
          },
        }),
  };
}

/** The same object without its undefined fields. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The XML keeps its place: what libvirt says of it is told with the line of this file. */
function toLibvirt({ xml, ...rest }: RawImage['libvirt'], source: YamlSource, at: PropertyKey[]): LabLibvirt {
  if (xml === undefined) return defined(rest);
  const { file, line = 1, column = 1, source: first = '' } = source.placeOf(at);
  const isBlock = /[|>]/.test(first[column - 1] ?? ''); // its text begins below
  return { ...defined(rest), xml: { text: xml, file, line: isBlock ? line + 1 : line } };
}
