import { z } from 'zod';
import { KEYBOARDS } from '../boot/keyboard.ts';
import { DRIVER_NAMES, INSTALLER_NAMES, ISO_NAMES } from '../model/lab.ts';
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
  uri: text.optional(),
  xml: text.optional(),
  pool: text.optional(),
});

const image = z.strictObject({
  description: text.optional(),
  recipe: text,
  only: text.optional(),
  variables: z.record(z.string(), z.unknown()).default({}),
  variable_files: z.array(text).default([]),
  boot: boot.default('typed'),
  keyboard: z.enum(KEYBOARDS).optional(),
  installer: z.enum(INSTALLER_NAMES).optional(),
  iso: z.enum(ISO_NAMES).optional(),
  signed_by: z.union([text, z.strictObject({ keyring: text, signature: text.optional() })]).optional(),
  answers: z.strictObject({ token: z.boolean().default(true) }).prefault({}),
  package_cache: z.boolean().default(false),
  timeouts: timeouts.default({}),
  machine: machine.default({}),
  ssh: z.strictObject({ user: text.optional() }).default({}),
  seal: z.union([z.literal(false), seal]).prefault({}),
  tests: z.array(test).default([]),
  boot_test: bootTest.prefault({}),
  channel: name.default('latest'),
  release: release.prefault({}),
  exports: z.array(z.union([text, z.looseObject({ format: text })])).default([]),
  driver: z.enum(DRIVER_NAMES).default('qemu'),
  libvirt: libvirt.default({}),
});

export const labSchema = z.strictObject({ images: z.record(name, image) });

export type RawLab = z.output<typeof labSchema>;
export type RawImage = RawLab['images'][string];

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
