import { z } from 'zod';
import { DRIVER_NAMES } from '../../core/model/lab.ts';

/** Longest text of one argument: a pasted template fits, a flood does not. */
const LONGEST = 256 * 1024;

const text = z.string().max(LONGEST);
const name = z.string().min(1).max(1024);
const count = z.number().int().nonnegative();
const port = z.number().int().min(0).max(65_535);

/** What to build: an image of the lab in `folder` (left out: where the server was started), or a template's path. */
const target = { folder: name.optional(), target: name };

/** What runs the machine; left out: what lab.yaml says. */
const driver = z.strictObject({ name: z.enum(DRIVER_NAMES), uri: name.optional() }).optional();

const recipe = { ...target, variables: z.record(name, text), only: name.optional() };

/** Arguments of every call: parsed at the border, whatever the page sends. Unknown keys are refused. */
export const ARGUMENTS = {
  about: z.strictObject({}),
  targets: z.strictObject({ folder: name.optional() }),
  browse: z.strictObject({ folder: name.optional() }),
  recipes: z.strictObject({}),
  'lab.create': z.strictObject({ recipe: name, folder: name }),
  'recipe.form': z.strictObject(target),
  plan: z.strictObject(recipe),
  'build.start': z.strictObject({
    ...recipe,
    onError: z.enum(['cleanup', 'keep', 'ask']),
    channel: name.optional(),
    version: name.optional(),
    isCacheUsed: z.boolean(),
    driver,
  }),
  'build.cancel': z.strictObject({ build: name }),
  'build.checkpoints': z.strictObject({ build: name }),
  'build.checkpoint': z.strictObject({ build: name, name }),
  'build.compare': z.strictObject({ one: name, other: name }),
  'build.rewind': z.strictObject({ build: name, checkpoint: name }),
  'build.answer': z.strictObject({ build: name, choice: name }),
  'build.show': z.strictObject({ build: name }),
  'build.origin': z.strictObject({ build: name }),
  'build.remove': z.strictObject({ build: name }),
  'build.text': z.strictObject({ build: name, file: name }),
  'build.explain': z.strictObject({ build: name }),
  'build.film-file': z.strictObject({ build: name }),
  'build.film': z.strictObject({ build: name }),
  'build.picture': z.strictObject({ build: name, file: name }),
  builds: z.strictObject({}),
  images: z.strictObject({}),
  'release.manifest': z.strictObject({ ref: name }),
  'release.verify': z.strictObject({ ref: name }),
  'release.remove': z.strictObject({ ref: name, force: z.boolean() }),
  promote: z.strictObject({ ref: name, channel: name }),
  vms: z.strictObject({}),
  'vm.start': z.strictObject({
    ref: name,
    userData: text.optional(),
    memoryMiB: z.number().int().min(64).max(1_048_576).optional(),
    cpus: z.number().int().min(1).max(255).optional(),
    driver,
    forwards: z.array(z.strictObject({ hostPort: port, guestPort: port })).max(64),
  }),
  'vm.stop': z.strictObject({ id: name }),
  'vm.snapshots': z.strictObject({
    id: name,
    work: z.enum(['list', 'save', 'load', 'delete']),
    name: z.string().max(1024),
  }),
  'export.targets': z.strictObject({}),
  'export.start': z.strictObject({ ref: name, targets: z.array(name).min(1).max(64), dir: name }),
  'export.list': z.strictObject({}),
  'export.read': z.strictObject({ dir: name }),
  'export.verify': z.strictObject({ dir: name }),
  doctor: z.strictObject({ refresh: z.boolean() }),
  storage: z.strictObject({}),
  clean: z.strictObject({
    dryRun: z.boolean(),
    what: z.enum(['leftovers', 'builds', 'stages', 'caches']),
    /** Only of `builds`. */
    olderThanMs: count.optional(),
  }),
} as const;

/** Arguments of every stream. */
export const STREAM_ARGUMENTS = {
  /** The journal's bytes as they stand in the file, and on as it grows until the build has ended. */
  journal: z.strictObject({ build: name, from: count }),
  /** RFB, both ways. */
  screen: z.strictObject({ machine: name }),
  /** The serial port: its whole log, then what comes; what is sent is typed. */
  serial: z.strictObject({ machine: name }),
  /** A shell in the guest on a terminal of its own. */
  ssh: z.strictObject({
    machine: name,
    columns: z.number().int().min(1).max(1000),
    rows: z.number().int().min(1).max(500),
  }),
} as const;

/** What a page may tell an open stream besides bytes. */
export const STREAM_CONTROL = z.strictObject({
  columns: z.number().int().min(1).max(1000),
  rows: z.number().int().min(1).max(500),
});
