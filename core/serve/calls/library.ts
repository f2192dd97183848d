import type { HandlersOf } from './context.ts';

export const LIBRARY_CALLS: HandlersOf<
  'images' | 'release.manifest' | 'release.verify' | 'release.remove' | 'promote'
> = {
  images: async (_args, { host }) => (await host.engine()).images(),
  'release.manifest': async ({ ref }, { host }) => (await host.engine()).manifest(ref),
  'release.verify': async ({ ref }, { host, watch }) => (await host.engine()).verify(ref, watch),
  'release.remove': async ({ ref, force }, { host }) => (await host.engine()).remove(ref, { force }),
  promote: async ({ ref, channel }, { host }) => (await host.engine()).promote(ref, channel),
};
