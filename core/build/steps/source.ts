import { constants, copyFile, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { requireImage, requireIso } from '../../media/inspect.ts';
import { makeIso } from '../../media/makers.ts';
import { type FetchedSource, fetchSource } from '../../media/source.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { ImageFormat } from '../../model/machine.ts';
import type { BuildContext } from '../context.ts';
import { isoTarget } from '../iso-target.ts';
import { describesDevices } from '../recipe-arguments.ts';
import type { Scope } from '../scope.ts';

/** What the build starts from, verified and inspected. */
export type Source = { sha256: string; path: string; origin: string; verifiedBy: string[] } & (
  | { kind: 'iso' }
  | { kind: 'image'; format: ImageFormat }
);

/** Fetches the recipe's ISO or base image; where it cannot be had, makes our own ISO if the lab names one. */
export async function obtainSource(scope: Scope, context: BuildContext): Promise<Source> {
  const recipe = context.target.builder.source;
  const fetched = await fetchOrMake(scope, context);
  await keepWhereAsked(context, fetched);
  const common = { sha256: fetched.sha256, path: fetched.path, origin: fetched.origin, verifiedBy: fetched.verifiedBy };
  if (!recipe.diskImage) {
    // A recipe that attaches its medium itself may use one that is no CD: a stick's or a floppy's image.
    await requireIso(fetched.path, { isRawTaken: describesDevices(recipe) });
    return { kind: 'iso', ...common };
  }
  const { format } = await requireImage(fetched.path);
  return { kind: 'image', format, ...common };
}

type Obtained = Pick<FetchedSource, 'path' | 'sha256' | 'verifiedBy'> & { origin: string };

async function fetchOrMake(scope: Scope, context: BuildContext): Promise<Obtained> {
  const { image, builder } = context.target;
  const urls = builder.source.isoUrls.filter(url => url !== '');
  try {
    if (urls.length === 0) throw new GoldsmithError('source-unreachable', 'The recipe names no ISO.');
    const fetched = await fetchSource(
      scope,
      {
        urls,
        checksum: builder.source.isoChecksum,
        kind: builder.source.diskImage ? 'image' : 'iso',
        ...(image.signedBy ? { signedBy: image.signedBy } : {}),
      },
      context.home.cache,
    );
    return { ...fetched, origin: fetched.url ?? fetched.path };
  } catch (error) {
    const isUnreachable = error instanceof GoldsmithError && error.code === 'source-unreachable';
    if (!isUnreachable || image.iso === undefined) throw error;
    const why = urls.length === 0 ? 'the recipe names no other' : 'the official one cannot be reached';
    scope.emit({ type: 'note', message: `Using our own netboot ISO of ${image.iso}: ${why}.` });
    const made = await makeIso(scope, image.iso, context.home.cache);
    return { ...made, origin: `goldsmith iso ${image.iso}`, verifiedBy: ['packages signed by Debian'] };
  }
}

/** `iso_target_path`: the file is wanted there, too; a recipe may name it in `qemuargs`. */
async function keepWhereAsked({ target: { builder, recipe } }: BuildContext, fetched: Obtained): Promise<void> {
  const target = isoTarget(builder.source, fetched);
  if (target === undefined) return;
  const file = fetched.path;
  const wanted = path.resolve(recipe.root, target);
  if (wanted === path.resolve(file)) return;
  const [have, is] = await Promise.all([stat(file), stat(wanted).catch(() => undefined)]);
  if (is?.size === have.size) return;
  await mkdir(path.dirname(wanted), { recursive: true });
  await copyFile(file, wanted, constants.COPYFILE_FICLONE);
}
