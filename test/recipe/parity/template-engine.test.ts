import { afterAll, describe, expect, it } from 'vitest';
import { packerQemuArgs } from '../../../core/recipe/qemu-args.ts';
import { readRecipe } from '../../../core/recipe/read.ts';
import { hasPacker, Oracle } from './oracle.ts';

/** Texts of a legacy template; what Packer makes of them is seen in the name of the machine and in `qemuargs`. */
const TEXTS = [
  'plain',
  '{{ user `a` }}',
  '{{user "a"}}-{{user `b`}}',
  '{{ upper `abc` }}',
  '{{ user `a` | upper }}',
  '{{ `x` | printf "%s-%s" "y" }}',
  '{{ printf "%05d|%x|%q|%-4s|" 42 255 "a" "b" }}',
  '{{ build_name }}/{{ build_type }}',
  '{{ split `a-b-c` `-` 1 }}',
  '{{ replace_all `-` `_` `a-b-c` }}',
  '{{ replace `-` `_` 1 `a-b-c` }}',
  '{{ if eq (user `a`) `alpha` }}yes{{ else }}no{{ end }}',
  '{{ if and (user `a`) (user `empty`) }}yes{{ else if true }}else{{ end }}',
  '{{- /* nothing */ -}}x',
  'a {{- ` b ` -}} c',
  '{{ $x := user `a` }}{{ $x }}{{ $x }}',
  '{{ with user `a` }}[{{ . }}]{{ end }}',
  '{{ with user `empty` }}x{{ else }}none{{ end }}',
  '{{ len `abc` }}',
  "{{ html `<a&b>` }}{{ urlquery `a b&c` }}{{ js `it's` }}",
  '{{ not true }}{{ or `` `x` }}',
  '{{ (user `a`) | lower | len }}',
  '{{ user `nested` }}',
  '{{ user `fromenv` }}',
  '{{ print 1 2 "a" 3 }}',
  '{{ index `abc` 1 }}',
  '{{ template_dir }}',
  '{{ pwd }}',
  '{{ user `undeclared` }}.',
];

const legacy = (): string =>
  JSON.stringify({
    variables: {
      a: 'alpha',
      b: 'beta',
      empty: '',
      nested: '{{ user `a` }}+{{ user `b` }}',
      fromenv: '{{ env `HOME` }}',
    },
    builders: [
      {
        type: 'qemu',
        name: 'my-name',
        iso_url: 'a.iso',
        iso_checksum: 'none',
        ssh_username: 'u',
        headless: 'true',
        vm_name: 'vm-{{ user `b` }}',
        qemuargs: TEXTS.map((text, index) => [`-x${index}`, `=${text}`]),
      },
    ],
  });

describe.skipIf(!hasPacker)('texts of a legacy template are rendered as Packer does', () => {
  const oracle = hasPacker ? new Oracle() : undefined;
  afterAll(() => oracle?.end());

  it(`${TEXTS.length} texts`, async () => {
    if (!oracle) return;
    const file = oracle.write('work/t.json', legacy());
    const theirs = oracle.qemuArgs('t.json');
    const recipe = await readRecipe(file, { cwd: oracle.work, env: { HOME: oracle.folder } });
    const source = recipe.builders[0]?.source;
    expect(source).toBeDefined();
    if (!source) return;
    const context = {
      accelerator: 'tcg',
      diskPaths: [],
      commHostPort: 1,
      vncPort: 5900,
      httpIp: '10.0.2.2',
      httpPort: 0,
    };
    const ours = packerQemuArgs(source, context);
    const value = (args: string[], name: string): string | undefined => args[args.indexOf(name) + 1];
    const seen = (args: string[]) => Object.fromEntries(TEXTS.map((text, index) => [text, value(args, `-x${index}`)]));
    expect(seen(ours)).toEqual(seen(theirs));
    expect(value(ours, '-name')).toBe(value(theirs, '-name'));
  });
});
