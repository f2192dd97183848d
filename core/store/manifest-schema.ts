import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GoldsmithError } from '../model/failure.ts';
import type { Manifest } from '../model/manifest.ts';
import { isImageName, isPlainName, isVersionName } from './names.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');
const count = z.number().int().nonnegative();
const plainFile = z.string().refine(isPlainName, 'must be a plain file name');
const file = { file: plainFile, bytes: count, sha256 };

const schema = z
  .strictObject({
    schema: z.literal(1),
    image: z.string().refine(isImageName, 'is no image name'),
    version: z.string().refine(isVersionName, 'is no version'),
    createdAt: z.iso.datetime(),
    build: z.string().optional(),
    description: z.string().optional(),
    disks: z
      .array(z.strictObject({ ...file, format: z.enum(['qcow2', 'raw']), virtualSizeBytes: count }))
      .min(1, 'a release holds at least one disk'),
    files: z.array(z.strictObject(file)),
    machine: z
      .strictObject({
        arch: z.enum(['x86_64', 'i386', 'aarch64', 'ppc64', 'riscv64', 's390x']),
        type: z.string(),
        firmware: z.enum(['bios', 'efi']),
        secureBoot: z.boolean().optional(),
        cpus: count,
        memoryMiB: count,
        diskInterface: z.enum(['virtio', 'virtio-scsi', 'scsi', 'sata', 'ide', 'sd']),
      })
      .optional(),
    inputs: z.array(
      z.strictObject({
        kind: z.enum(['iso', 'image', 'recipe', 'answers', 'script', 'playbook', 'lab', 'other']),
        name: z.string(),
        sha256,
        bytes: count.optional(),
        url: z.string().optional(),
        verifiedBy: z.array(z.string()).optional(),
      }),
    ),
    tools: z.record(z.string(), z.string()),
    timings: z.array(z.strictObject({ step: z.string(), ms: z.number() })),
    tests: z.array(
      z.strictObject({ name: z.string(), ok: z.boolean(), ms: z.number(), reason: z.string().optional() }),
    ),
    base: z.strictObject({ image: z.string(), version: z.string(), id: sha256 }).optional(),
    source: z.strictObject({ describe: z.string(), isDirty: z.boolean() }).optional(),
    system: z
      .strictObject({
        id: z.string(),
        versionId: z.string().optional(),
        name: z.string().optional(),
        manager: z.enum(['deb', 'rpm', 'apk', 'pacman', 'freebsd', 'openbsd']).optional(),
      })
      .optional(),
    packages: z
      .array(
        z.strictObject({
          name: z.string(),
          version: z.string(),
          arch: z.string().optional(),
          source: z.string().optional(),
          license: z.string().optional(),
        }),
      )
      .optional(),
  })
  .refine(hasDistinctFiles, 'names a file twice, or a name the store uses itself');

/** Files the store writes into every release. */
export const OWN_FILES = ['manifest.json', 'SHA256SUM'];

function hasDistinctFiles(manifest: { disks: { file: string }[]; files: { file: string }[] }): boolean {
  const names = [...OWN_FILES, ...manifest.disks.map(disk => disk.file), ...manifest.files.map(entry => entry.file)];
  return new Set(names).size === names.length;
}

/**
 * Checks a manifest that came from outside this process's memory.
 * @throws GoldsmithError `store-damaged` naming the field
 */
export function parseManifest(data: unknown, where: string): Manifest {
  const result = schema.safeParse(data);
  if (result.success) return result.data as Manifest;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') || 'the manifest';
  throw new GoldsmithError('store-damaged', `${where}: ${field}: ${issue?.message ?? 'is wrong'}.`, {
    details: { place: { file: where } },
  });
}

/** The bytes of `manifest.json`. The same manifest always gives the same bytes: keys are sorted. */
export const manifestText = (manifest: Manifest): string => `${JSON.stringify(sorted(manifest), undefined, 2)}\n`;

/** A release's id: the SHA-256 of its `manifest.json`. */
export const manifestId = (text: string): string => createHash('sha256').update(text).digest('hex');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}
