import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { shellWords } from '../../core/answers/lint/shell-words.ts';
import { renderTemplates } from '../../core/answers/template/engine.ts';
import { hostValues, imageValues } from '../../core/answers/template/variables.ts';
import { findTarget } from '../../core/build/target.ts';
import { collectTarget } from '../../core/build/target-answers.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import { readLab } from '../../core/recipe/lab.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-template-'));
});
afterAll(() => rm(dir, { recursive: true }));

const render = async (name: string, text: string, values: Record<string, unknown>): Promise<string> =>
  (await renderTemplates(new Map([[name, text]]), values)).get(name) ?? '';

const failure = async (templates: Record<string, string>, values: Record<string, unknown>) => {
  const error: unknown = await renderTemplates(new Map(Object.entries(templates)), values).catch(caught => caught);
  if (error instanceof GoldsmithError)
    return { code: error.code, message: error.message, hint: error.hint, place: error.details.place };
  throw new Error('nothing was refused');
};

describe('templates', () => {
  it('have variables, conditions, loops and partials, and serve no partial', async () => {
    const templates = new Map([
      [
        'ks.cfg',
        'lang {{ locale }}\n{% if lvm %}autopart --type=lvm\n{% endif %}{% for u in users %}{% render "_user.ks", user: u %}{% endfor %}',
      ],
      ['_user.ks', 'user --name={{ user.name }}\n'],
    ]);
    const rendered = await renderTemplates(templates, {
      locale: 'en_US.UTF-8',
      lvm: true,
      users: [{ name: 'ada' }, { name: 'bob' }],
    });
    expect([...rendered]).toEqual([
      ['ks.cfg', 'lang en_US.UTF-8\nautopart --type=lvm\nuser --name=ada\nuser --name=bob\n'],
    ]);
  });

  it("leave the build's own variables for the build", async () => {
    expect(await render('a.cfg', 'url http://{{ .HTTPIP }}:{{ .HTTPPort }}/{{ x }}', { x: 'y' })).toBe(
      'url http://{{ .HTTPIP }}:{{ .HTTPPort }}/y',
    );
  });

  it('say where a variable stands that nobody sets, and which was meant', async () => {
    expect(await failure({ 'ks.cfg': 'text\nlang {{ local }}\n' }, { locale: 'C' })).toMatchObject({
      code: 'bad-answers',
      message: 'Nothing sets the variable local.',
      hint: 'Did you mean locale?',
      place: { file: 'ks.cfg', line: 2, column: 9, source: 'lang {{ local }}' },
    });
    expect(await failure({ 'ks.cfg': '{% render "_p" %}', _p: '\n {{ nope }}' }, {})).toMatchObject({
      place: { line: 2 },
    });
    expect(await failure({ 'ks.cfg': 'a\n{{ user.nmae }}' }, { user: { name: 'x' } })).toMatchObject({
      place: { line: 2 },
    });
  });

  it.each([
    ['{% if x %}', /not closed/],
    ['{{ x | shout }}', /undefined filter/],
    ['{% render "_missing" %}', /ENOENT|Failed to lookup|_missing/],
    ['{% exec "id" %}', /tag "exec" not found/],
    ['{% for i in (1..100000000) %}x{% endfor %}', /limit/],
  ])('refuse %j', async (text, said) => {
    expect((await failure({ 'a.cfg': text }, { x: 1 })).message).toMatch(said);
  });

  it('reach nothing but what was given', async () => {
    for (const text of ['{{ x.constructor }}', '{{ __proto__ }}', '{{ x.toString }}'])
      await expect(render('a.cfg', text, { x: { a: 1 } })).rejects.toThrow(GoldsmithError);
    await writeFile(path.join(dir, 'secret'), 'secret');
    expect((await failure({ 'a.cfg': `{% include "${path.join(dir, 'secret')}" %}` }, {})).message).not.toContain(
      'secret\n',
    );
  });
});

describe('a value cannot become more than a value', () => {
  const words = fc.string({
    unit: fc.constantFrom(...'ab -"\'\\$`#;%=\n\r\t:{}[]@&|<>é'.split(''), '\uE000', '\uE001'),
    maxLength: 12,
  });
  /** What was written, or undefined where the value was refused. */
  const tried = (name: string, text: string, v: string) => render(name, text, { v }).catch(() => undefined);
  const plain = (v: string): string => v.replace(/[\uE000\uE001]/g, '');

  it.each([
    ['network --hostname={{ v }} --device=eth0\ncdrom\n'],
    ['network --hostname="{{ v }}" --device=eth0\ncdrom\n'],
    ["network --hostname='{{ v }}' --device=eth0\ncdrom\n"],
  ])('in a kickstart: %j', text =>
    fc.assert(
      fc.asyncProperty(words, async v => {
        const out = await tried('ks.cfg', text, v);
        if (out === undefined) return;
        expect(out.split('\n')).toHaveLength(3);
        expect(shellWords(out.split('\n')[0] ?? '')?.map(word => word.text)).toEqual([
          'network',
          `--hostname=${plain(v)}`,
          '--device=eth0',
        ]);
      }),
      { numRuns: 200 },
    ),
  );

  it('in a script of a kickstart', async () => {
    await fc.assert(
      fc.asyncProperty(words, fc.constantFrom('{{ v }}', '"{{ v }}"', "'{{ v }}'"), async (v, spot) => {
        const out = await tried('ks.cfg', `%packages\n%end\n%post\nprintf '%s' ${spot}\n%end\n`, v);
        if (out === undefined) return;
        const script = /%post\n([\s\S]*)\n%end\n$/.exec(out)?.[1] ?? '';
        expect(execFileSync('sh', ['-c', script]).toString()).toBe(plain(v));
      }),
      { numRuns: 40 },
    );
  });

  it('at the beginning of a line of a section', async () => {
    expect(await render('ks.cfg', '%packages\n%end\n%post\n{{ v }}\n%end\n', { v: '%end' })).toContain("\n'%end'\n");
    await expect(render('ks.cfg', '%packages\n{{ v }}\n%end\n', { v: '%end' })).rejects.toMatchObject({
      code: 'bad-answers',
    });
    expect(await render('ks.cfg', '%packages\n{{ v }}\n%end\n', { v: ['vim', '@core'] })).toBe(
      '%packages\nvim\n@core\n%end\n',
    );
    await expect(render('ks.cfg', '%packages\n%end\nrootpw {{ v }}\n', { v: '--lock' })).rejects.toThrow(
      'cannot stand',
    );
  });

  it('in a preseed and in install.conf', () =>
    fc.assert(
      fc.asyncProperty(words, async v => {
        for (const [name, text] of [
          ['p.cfg', 'd-i a/b string {{ v }}\nd-i c/d boolean true\n'],
          ['install.conf', 'System hostname = {{ v }}\nSetup a user = no\n'],
        ] as const) {
          const out = await tried(name, text, v);
          if (out === undefined) continue;
          expect(out.split('\n')).toHaveLength(3);
          expect(out.split('\n')[0]).toBe(text.split('\n')[0]?.replace('{{ v }}', () => plain(v)));
          expect(out.split('\n')[0]).not.toMatch(/\\$/);
        }
      }),
      { numRuns: 200 },
    ));

  it.each(['{{ v }}', '"{{ v }}"', "'{{ v }}'"])('in YAML: hostname: %s', spot =>
    fc.assert(
      fc.asyncProperty(words, async v => {
        const out = await tried('user-data', `#cloud-config\nhostname: ${spot}\nlist: [${spot}, b]\nlast: 1\n`, v);
        if (out === undefined) return;
        const read = parse(out, { version: '1.1' }) as Record<string, unknown>;
        const expected = spot === '{{ v }}' && plain(v) === '' ? null : plain(v);
        expect(Object.keys(read)).toEqual(['hostname', 'list', 'last']);
        expect(String(read['hostname'] ?? '')).toBe(expected ?? '');
      }),
      { numRuns: 200 },
    ),
  );

  it('in a script inside YAML, in JSON and in XML', async () => {
    const text = '#cloud-config\nruncmd:\n  - |\n    echo {{ v }}\n';
    expect(await render('user-data', text, { v: 'a; id' })).toContain("echo 'a; id'\n");
    expect(JSON.parse(await render('a.json', '{"a": "{{ v }}", "b": {{ v }}}', { v: '"\n}' }))).toEqual({
      a: '"\n}',
      b: '"\n}',
    });
    expect(await render('autoinst.xml', '<a>{{ v }}</a>', { v: '</a><b>&' })).toBe('<a>&lt;/a&gt;&lt;b&gt;&amp;</a>');
  });

  it('says which value cannot stand where', async () => {
    expect(
      await failure(
        { 'p.cfg': 'd-i x/y boolean true\nd-i a/b string {{ v }}\n' },
        { v: 'x\nd-i preseed/late_command string id' },
      ),
    ).toMatchObject({
      hint: 'It has a line end, which would begin another line.',
      place: { file: 'p.cfg', line: 2 },
    });
  });
});

describe('the variables of a template', () => {
  const lab = {
    variables: { a: 'lab', b: 'lab', c: 'lab', d: 'lab' },
    targets: { 'virtual/azure': { b: 'target', c: 'target' } },
  };
  const image = { name: 'web', answers: { token: true, variables: { c: 'image' }, target: 'virtual/azure' } };

  it('come from the recipe, the lab, the target and the image, and the nearest wins', () => {
    const recipe = [{ name: 'd', type: 'string', hasDefault: true, value: 'recipe', sensitive: false }];
    expect(imageValues(lab, image, recipe)).toMatchObject({
      a: 'lab',
      b: 'target',
      c: 'image',
      d: 'lab',
      image: 'web',
      target: 'virtual/azure',
    });
  });

  it('of a machine are its own, and the command line has the last word', () => {
    const place = { file: 'lab.yaml' };
    const host = { name: 'metal/host1', place, mac: '52:54:00:12:34:56', variables: { b: 'host', d: 'host' } };
    expect(hostValues(lab, host, undefined, { d: 'line' })).toMatchObject({
      a: 'lab',
      b: 'host',
      d: 'line',
      host: 'host1',
      mac: '52:54:00:12:34:56',
    });
  });
});

describe("a lab's templates", () => {
  const LAB = `
images:
  web:
    recipe: web.pkr.hcl
    answers: {templates: answers, target: virtual/azure, variables: {who: ada}}
targets:
  virtual/azure: {variables: {console: ttyS0}}
`;
  const RECIPE = `variable "hostname" {
  default = "box"
}
source "qemu" "web" {
  iso_url = "a.iso"
  iso_checksum = "none"
  ssh_username = "root"
  http_content = { "/plain.cfg" = "hello" }
}
build { sources = ["source.qemu.web"] }
`;

  it('are served beside what the recipe serves, with what -var gave', async () => {
    await mkdir(path.join(dir, 'answers'));
    await writeFile(path.join(dir, 'lab.yaml'), LAB);
    await writeFile(path.join(dir, 'web.pkr.hcl'), RECIPE);
    await writeFile(
      path.join(dir, 'answers/ks.cfg'),
      'network --hostname={{ hostname }}\nbootloader --append="console={{ console }}"\nuser --name={{ who }}\n',
    );
    const target = await findTarget('web', {
      cwd: dir,
      variables: { hostname: 'web1' },
      variableFiles: [],
      only: [],
      except: [],
      mirror: async () => ({}),
    });
    const files = await collectTarget(target);
    expect(files.get('/ks.cfg')?.toString()).toBe(
      'network --hostname=web1\nbootloader --append="console=ttyS0"\nuser --name=ada\n',
    );
    expect(files.get('/plain.cfg')?.toString()).toBe('hello');
  });

  it.each([
    ['target: virtual/azure,', 'target: virtual/azur,', /no target `virtual\/azur`/],
    ['templates: answers', 'templates: answer', /There is no answer/],
    ['targets:\n', 'hosts:\n  metal/one: {mac: x}\ntargets:\n', /hardware address/],
    ['targets:\n', 'hosts:\n  one: {}\ntargets:\n', /metal\/host1/],
    ['targets:\n', 'hosts:\n  metal/one: {}\ntargets:\n', /no templates/],
    ['targets:\n', 'hosts:\n  metal/one: {image: wbe}\ntargets:\n', /no image `wbe`/],
    [
      'targets:\n',
      "hosts:\n  metal/a: {image: web, mac: '52:54:00:12:34:56'}\n  metal/b: {image: web, mac: '52-54-00-12-34-56'}\ntargets:\n",
      /the same/,
    ],
  ])('are checked with the lab: %j written %j', async (right, wrong, said) => {
    await writeFile(
      path.join(dir, 'lab.yaml'),
      LAB.replace(right, () => wrong),
    );
    const error: unknown = await readLab(dir).catch(caught => caught);
    expect(error).toBeInstanceOf(GoldsmithError);
    const problems = (error as GoldsmithError).details['problems'] as { message: string }[];
    expect(problems.some(({ message }) => said.test(message))).toBe(true);
  });
});
