import { z } from 'zod';
import { KEYBOARDS } from '../boot/keyboard.ts';
import { COMPRESSIONS, CONTROLLERS, NETWORK_CARDS, TARGET_NAMES } from '../model/export.ts';
import { DRIVER_NAMES, INSTALLER_NAMES, ISO_NAMES, QEMU_URI } from '../model/lab.ts';
import { parseDuration, parseMiB } from '../model/quantity.ts';

/**
 * The grammar of `lab.yaml`, in the words of the file. Strict everywhere: an unknown key is an error, since a
 * misspelled one that is ignored costs a whole build. What the words mean stands at `LabImage`.
 */

/** Image and channel names become file names and parts of `image@version`. */
export const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const text = z.string().min(1, 'must not be empty');
const name = z
  .string()
  .regex(NAME, 'must be lower-case letters, digits, `.`, `_` and `-`, starting with a letter or digit');
const count = z.int().min(1);

const duration = z.unknown().transform((value, context) => {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  if (ms !== undefined) return ms;
  context.issues.push({ code: 'custom', input: value, message: 'must be a duration such as 90s, 30m or 1h30m' });
  return z.NEVER;
});

const memory = z.unknown().transform((value, context) => {
  const mib = parseMiB(String(value));
  if (mib !== undefined) return mib;
  context.issues.push({ code: 'custom', input: value, message: 'must be a size such as 2G, or a number of MiB' });
  return z.NEVER;
});

const boot = z.union([
  z.literal('typed'),
  z.strictObject({ direct: z.strictObject({ kernel: text, initrd: text, append: z.string().default('') }) }),
]);

const timeouts = z.strictObject({
  install: duration.optional(),
  connect: duration.optional(),
  shutdown: duration.optional(),
  answers: duration.optional(),
  silence: duration.optional(),
});

const machine = z.strictObject({
  cpus: count.optional(),
  memory: memory.optional(),
  cpu_model: text.optional(),
  firmware: z.enum(['bios', 'efi']).optional(),
});

const seal = z.strictObject({
  family: text.optional(),
  skip: z.array(text).default([]),
  extra: z.array(text).default([]),
});

const test = z.strictObject({
  name: text,
  run: text,
  on: z.enum(['guest', 'host']).default('guest'),
  timeout: duration.default(300_000),
  format: z.enum(['exit', 'tap', 'junit']).default('exit'),
});

const bootTest = z.strictObject({
  seed: z.enum(['nocloud', 'none']).default('nocloud'),
  user: text.default('goldsmith'),
  memory: memory.optional(),
  cpus: count.optional(),
  timeout: duration.default(600_000),
  boots: count.max(10).default(2),
  clones: count.max(10).default(2),
});

const release = z.strictObject({
  format: z.enum(['qcow2', 'raw']).default('qcow2'),
  compress: z.enum(['none', 'zlib', 'zstd']).default('none'),
});

const libvirt = z.strictObject({
  uri: z.string().regex(QEMU_URI, 'must name a libvirt of QEMU, such as qemu:///system').optional(),
  xml: text.optional(),
  pool: text.optional(),
  network: text.optional(),
  accelerator: z.enum(['kvm', 'tcg']).optional(),
});

/** `virtual/azure`, `metal/host1`: what an image is for, and a machine that exists. */
const place = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)+$/, 'must look like `virtual/azure` or `metal/host1`');
const variables = z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'must be a name such as `disk`'), z.unknown());

const host = z.strictObject({
  mac: z
    .string()
    .regex(/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i, "must be a hardware address such as '52:54:00:12:34:56'")
    .optional(),
  uuid: z.uuid('must be the UUID of its firmware').optional(),
  image: text.optional(),
  templates: text.optional(),
  target: place.optional(),
  variables: variables.default({}),
  boot: z.strictObject({ kernel: text, initrd: text.optional(), append: z.string().default('') }).optional(),
});

const exportItem = z.strictObject({
  format: z.enum(TARGET_NAMES),
  hardware_version: z.int().min(4).max(30).optional(),
  manifest_hash: z.enum(['sha256', 'sha1']).optional(),
  controller: z.enum(CONTROLLERS).optional(),
  network: z.enum(NETWORK_CARDS).optional(),
  firmware: z.enum(['bios', 'efi']).optional(),
  cpus: count.optional(),
  memory: memory.optional(),
  compression: z.enum(COMPRESSIONS).optional(),
  box_version: z.union([z.literal(1), z.literal(2)]).optional(),
});

/** One hand-off has each target once: two would have the same file names. */
const exportList = z.array(z.union([exportItem, z.enum(TARGET_NAMES)])).superRefine((items, context) => {
  const names = items.map(item => (typeof item === 'string' ? item : item.format));
  for (const [nth, name] of names.entries()) {
    if (names.indexOf(name) < nth) context.addIssue({ code: 'custom', path: [nth], message: `names ${name} twice` });
  }
});

const handOff = z.strictObject({
  to: text.default('handoffs'),
  sign_key: text.optional(),
  vagrant_catalog: z.strictObject({ file: text, base_url: z.url().optional(), name: text.optional() }).optional(),
});

const checkpoint = z
  .strictObject({ name: text, log: text.optional(), stage: text.optional() })
  .refine(({ log, stage }) => (log === undefined) !== (stage === undefined), {
    error: 'must have either `log` (a text in the log) or `stage` (a stage of the installer)',
  });

const image = z.strictObject({
  description: text.optional(),
  recipe: text,
  only: text.optional(),
  variables: z.record(z.string(), z.unknown()).default({}),
  variable_files: z.array(text).default([]),
  boot: boot.default('typed'),
  boot_sync: z.boolean().default(false),
  wait_for: text.optional(),
  keyboard: z.enum(KEYBOARDS).optional(),
  installer: z.enum(INSTALLER_NAMES).optional(),
  iso: z.enum(ISO_NAMES).optional(),
  signed_by: z.union([text, z.strictObject({ keyring: text, signature: text.optional() })]).optional(),
  answers: z
    .strictObject({
      token: z.boolean().default(true),
      templates: text.optional(),
      variables: variables.default({}),
      target: place.optional(),
    })
    .prefault({}),
  package_cache: z.boolean().default(false),
  checkpoints: z.union([z.literal(false), z.array(checkpoint)]).default([]),
  stage_cache: z.boolean().default(true),
  timeouts: timeouts.default({}),
  machine: machine.default({}),
  ssh: z.strictObject({ user: text.optional() }).default({}),
  seal: z.union([z.literal(false), seal]).prefault({}),
  tests: z.array(test).default([]),
  boot_test: bootTest.prefault({}),
  channel: name.default('latest'),
  release: release.prefault({}),
  exports: exportList.default([]),
  hand_off: handOff.prefault({}),
  driver: z.enum(DRIVER_NAMES).default('qemu'),
  libvirt: libvirt.default({}),
});

export const labSchema = z.strictObject({
  images: z.record(name, image),
  variables: variables.default({}),
  targets: z.record(place, z.strictObject({ variables: variables.default({}) })).default({}),
  hosts: z.record(place, host).default({}),
});

export type RawLab = z.output<typeof labSchema>;
export type RawImage = RawLab['images'][string];
export type RawHost = RawLab['hosts'][string];

/** The keys the schema knows at a path of the file; empty where it takes any key. */
export function knownKeys(path: PropertyKey[], schema: z.core.$ZodType = labSchema): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap(option => knownKeys(path, option));
  const [head, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    if (head === undefined) return Object.keys(inner.shape);
    const next = inner.shape[String(head)];
    return next ? knownKeys(rest, next) : [];
  }
  if (inner instanceof z.ZodRecord && head !== undefined) return knownKeys(rest, inner.valueType);
  if (inner instanceof z.ZodArray && head !== undefined) return knownKeys(rest, inner.element);
  return [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? unwrap(schema.unwrap()) : schema;
}
