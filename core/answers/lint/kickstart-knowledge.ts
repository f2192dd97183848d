import { KICKSTART_TABLE } from './kickstart-table.ts';

export interface OptionSpec {
  takesValue: boolean;
  /** `?`: several values or none. */
  isOpen: boolean;
  isNumber: boolean;
  choices: readonly string[];
  isRequired: boolean;
  isDeprecated: boolean;
  isRemoved: boolean;
}

export interface CommandSpec {
  releases: ReadonlySet<string>;
  state: 'deprecated' | 'removed' | '-';
  options: ReadonlyMap<string, OptionSpec>;
}

/** Each command's forms, one for every group of releases that takes the same options. */
export const COMMANDS: ReadonlyMap<string, readonly CommandSpec[]> = readTable();

/** Every release that is known, as `--version` takes them. */
export const RELEASES: readonly string[] = [
  ...new Set([...COMMANDS.values()].flat().flatMap(one => [...one.releases])),
];

function readTable(): Map<string, CommandSpec[]> {
  const commands = new Map<string, CommandSpec[]>();
  for (const line of KICKSTART_TABLE.trim().split('\n')) {
    const [name = '', releases = '', state = '-', ...options] = line.split(' ');
    const spec: CommandSpec = {
      releases: new Set(releases.split(',').flatMap(expandReleases)),
      state: state === 'deprecated' || state === 'removed' ? state : '-',
      options: new Map(options.map(readOption)),
    };
    commands.set(name, [...(commands.get(name) ?? []), spec]);
  }
  return commands;
}

/** `F23-28` is six releases. */
function expandReleases(text: string): string[] {
  const [, first, last] = /^F(\d+)-(\d+)$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return [text];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, nth) => `F${Number(first) + nth}`);
}

function readOption(text: string): [string, OptionSpec] {
  const [, name = text, value, marks = ''] = /^(-{1,2}[^=?!~]+?)(=[^?!~]*?)?([?!~-]*)$/.exec(text) ?? [];
  const form = value?.slice(1) ?? '';
  return [
    name,
    {
      takesValue: value !== undefined,
      isOpen: marks.includes('?'),
      isNumber: form === 'int',
      choices: form === '' || form === 'int' ? [] : form.split('|'),
      isRequired: marks.includes('!'),
      isDeprecated: marks.includes('~'),
      isRemoved: marks.includes('-'),
    },
  ];
}

/** The forms that count for one release, or all when it is not known. */
export const formsOf = (name: string, release: string | undefined): readonly CommandSpec[] =>
  (COMMANDS.get(name) ?? []).filter(({ releases }) => release === undefined || releases.has(release));
