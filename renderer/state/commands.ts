import type { IconName } from '../parts/icons.tsx';
import { cancelBuild } from './actions.ts';
import type { LabState } from './lab.ts';
import { go } from './route.ts';
import { setTheme } from './theme.ts';

/** Something the palette can do. */
export interface Command {
  title: string;
  kind: string;
  icon: IconName;
  run(): void;
}

/** Those of every moment. */
const SCREENS: Command[] = [
  { title: 'Library', kind: 'screen', icon: 'library', run: () => go(['library']) },
  { title: 'New build', kind: 'screen', icon: 'add', run: () => go(['new']) },
  { title: 'Builds', kind: 'screen', icon: 'builds', run: () => go(['builds']) },
  { title: 'Test VMs', kind: 'screen', icon: 'vms', run: () => go(['vms']) },
  { title: 'Exports', kind: 'screen', icon: 'exports', run: () => go(['exports']) },
  { title: 'Host: doctor and storage', kind: 'screen', icon: 'host', run: () => go(['host']) },
  { title: 'Use the light theme', kind: 'setting', icon: 'sun', run: () => setTheme('light') },
  { title: 'Use the dark theme', kind: 'setting', icon: 'moon', run: () => setTheme('dark') },
  { title: 'Use the theme of the system', kind: 'setting', icon: 'screen', run: () => setTheme('system') },
];

const MOST_BUILDS = 50;

/** Everything that can be reached from the keyboard at this moment. */
export function commandsOf({ targets = [], images = [], builds = [], vms = [] }: LabState): Command[] {
  const recent = builds.slice(0, MOST_BUILDS);
  return [
    ...SCREENS,
    ...targets.map(
      (target): Command => ({
        title: `Build ${target.name}`,
        kind: 'recipe',
        icon: 'builds',
        run: () => go(['new', target.name]),
      }),
    ),
    ...recent.map(
      (build): Command => ({
        title: build.id,
        kind: `build, ${build.outcome === 'ok' ? 'released' : build.outcome}`,
        icon: 'clock',
        run: () => go(['builds', build.id]),
      }),
    ),
    ...recent
      .filter(({ outcome }) => outcome === 'running')
      .map(
        (build): Command => ({
          title: `Cancel ${build.id}`,
          kind: 'action',
          icon: 'stop',
          run: () => void cancelBuild(build.id),
        }),
      ),
    ...images.flatMap(image =>
      image.releases.slice(0, 3).flatMap(({ version }): Command[] => [
        {
          title: `Run ${image.name}@${version}`,
          kind: 'release',
          icon: 'play',
          run: () => go(['vms'], { start: `${image.name}@${version}` }),
        },
        {
          title: `Export ${image.name}@${version}`,
          kind: 'release',
          icon: 'exports',
          run: () => go(['exports'], { ref: `${image.name}@${version}` }),
        },
      ]),
    ),
    ...vms.map(
      (vm): Command => ({
        title: `Console of ${vm.id}`,
        kind: 'machine',
        icon: 'terminal',
        run: () => go(['vms', vm.id]),
      }),
    ),
  ];
}
