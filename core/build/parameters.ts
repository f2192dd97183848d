import type { Guest } from '../guest/guest.ts';
import type { ProvisionContext } from '../guest/provisioners/job.ts';
import type { SealOptions } from '../guest/seal/seal.ts';
import { guessInstaller, INSTALLERS } from '../installer/installers.ts';
import type { InstallerName } from '../model/lab.ts';
import { type BuildContext, buildFiles } from './context.ts';
import { bootTexts, type Served } from './steps/answers.ts';
import type { Target } from './target.ts';

/** What provisioners are told of the build. */
export const provisionContext = (context: BuildContext, guest: Guest, served: Served): ProvisionContext => ({
  buildName: context.target.builder.name.split('.').at(-1) ?? context.target.builder.name,
  builderType: 'qemu',
  httpAddress: served.address,
  keyFile: buildFiles(context.dir).key,
  workDir: context.workDir,
  root: context.target.recipe.root,
  guestAddress: guest.address,
  buildValues: { ID: context.id, SSHPublicKey: context.keys.clientKey.publicLine },
  ...(context.ask ? { ask: context.ask } : {}),
});

/** What sealing has to know: what to leave out, and what to stamp the image with. */
export function sealOptions(context: BuildContext): SealOptions {
  const { image } = context.target;
  const seal = image.seal === false ? undefined : image.seal;
  return {
    ...(seal?.family === undefined ? {} : { family: seal.family }),
    skip: seal?.skip ?? [],
    extra: seal?.extra ?? [],
    buildKey: context.keys.clientKey.publicLine,
    stamp: {
      image: image.name,
      version: context.version,
      build: context.id,
      builtAt: new Date().toISOString(),
    },
  };
}

/** The installer as the lab names it, or as the recipe gives it away. */
export const installerOf = (target: Pick<Target, 'image' | 'builder'>): InstallerName =>
  target.image.installer ??
  guessInstaller([...bootTexts({ target }), ...Object.keys(target.builder.source.httpContent)]);

/** Whether an installer ends by itself in a way we know. */
export const isInstallerKnown = (name: InstallerName): boolean => INSTALLERS[name].logArguments !== undefined;
