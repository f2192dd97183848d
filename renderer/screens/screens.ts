import { type ComponentType, lazy } from 'react';
import type { Route } from '../state/route.ts';
import { Library } from './library/library.tsx';

export interface ScreenProps {
  route: Route;
}

interface ScreenEntry {
  title: string;
  Screen: ComponentType<ScreenProps>;
}

/** Every screen by the first part of its address. Those that need a terminal or an editor come when they are opened. */
export const SCREENS: Record<string, ScreenEntry> = {
  library: { title: 'Library', Screen: Library },
  new: {
    title: 'New build',
    Screen: lazy(async () => ({ default: (await import('./new-build/new-build.tsx')).NewBuild })),
  },
  builds: {
    title: 'Builds',
    Screen: lazy(async () => ({ default: (await import('./build/builds.tsx')).Builds })),
  },
  vms: {
    title: 'Test VMs',
    Screen: lazy(async () => ({ default: (await import('./machines/machines.tsx')).Machines })),
  },
  exports: {
    title: 'Exports',
    Screen: lazy(async () => ({ default: (await import('./exports/exports.tsx')).Exports })),
  },
  host: {
    title: 'Host',
    Screen: lazy(async () => ({ default: (await import('./host/host.tsx')).Host })),
  },
};

export const screenOf = ([first = 'library']: string[]): ScreenEntry =>
  SCREENS[first] ?? { title: 'Library', Screen: Library };
