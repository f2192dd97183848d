import { describe, expect, it } from 'vitest';
import { GoldsmithError } from '../../core/model/failure.ts';
import { fillTemplate } from '../../core/recipe/go-template/fill.ts';
import { engineFunctions } from '../../core/recipe/go-template/packer-functions.ts';
import { renderGoTemplate } from '../../core/recipe/go-template/render.ts';
import { utcMoment } from '../../core/recipe/time/moment.ts';

const functions = engineFunctions({
  now: utcMoment(new Date('2026-01-31T12:34:56.789Z')),
  workingDirectory: '/w',
  templateDirectory: 't',
  buildName: 'name',
  buildType: 'qemu',
  user: name => `<${name}>`,
  isBuildKnown: true,
});
const render = (text: string): string => renderGoTemplate(text, { functions, field: () => undefined });

describe('what is known is rendered, what only the build knows is left in the form it was written in', () => {
  it.each([
    ['plain { text }', 'plain { text }'],
    ['{{ .HTTPIP }}:{{.HTTPPort}}', '{{ .HTTPIP }}:{{ .HTTPPort }}'],
    ['{{ .SSHPublicKey | urlquery }}', '{{ .SSHPublicKey | urlquery }}'],
    ['{{ urlquery .SSHPublicKey }}', '{{ urlquery .SSHPublicKey }}'],
    ['{{ user `a` }}', '<a>'],
    ['{{ user `a` | printf "%s-%s" .Name }}', '{{ printf "%s-%s" .Name "<a>" }}'],
    ['{{ .Name | printf "%s-%s" (user `a`) | upper }}', '{{ .Name | printf "%s-%s" "<a>" | upper }}'],
    ['{{ build `ID` }}', '{{ .ID }}'],
    ['{{ if .X }}{{ user `a` }}{{ else }}{{ timestamp }}{{ end }}', '{{ if .X }}<a>{{ else }}1769862896{{ end }}'],
    ['{{ if eq build_type "qemu" }}yes{{ end }}', 'yes'],
    ['{{ isotime }} {{ isotime "Mon Jan _2 15:04:05.000 2006" }}', '2026-01-31T12:34:56Z Sat Jan 31 12:34:56.789 2026'],
    ['{{ strftime "%Y%m%d-%H%M%S" }}', '20260131-123456'],
    ['{{ template_dir }} {{ pwd }}', '/w/t /w'],
    ['{{ range split "a,b" "," 0 }}x{{ else }}none{{ end }}', 'none'],
    ['{{ (index .Map "k").Field }}', '{{ (index .Map "k").Field }}'],
    ['{{ "a\\tb" }}{{ `c\\d` }}{{ \'x\' }}', 'a\tbc\\d120'],
  ])('%j', (text, rendered) => expect(render(text)).toBe(rendered));

  it.each([
    ['{{ nosuch }}', 'There is no template function "nosuch".'],
    ['{{ uper "x" }}', 'There is no template function "uper".'],
    ['{{', '"{{" is not closed by "}}".'],
    ['{{ }}', '"{{ }}" is empty.'],
    ['{{ if .X }}', 'A "{{ if }}", "{{ with }}" or "{{ range }}" is not closed by "{{ end }}".'],
    ['{{ end }}', '"{{ end }}" stands without its beginning.'],
    ['{{ $x }}', 'The variable $x is not set.'],
    ['{{ "a" "b" }}', 'Only a function takes arguments in "{{ }}".'],
    ['{{ define "x" }}{{ end }}', '"{{ define }}" is not supported in templates.'],
    ['{{ split "a" "," 3 }}', 'split: there is no part 3 of "a".'],
    ['{{ env `HOME` }}', '{{ env }} is allowed only in the variables of a template.'],
    ['{{ @ }}', '"@" means nothing in "{{ }}".'],
  ])('%j is refused', (text, message) =>
    expect(() => render(text)).toThrow(new GoldsmithError('bad-recipe', message).message),
  );
});

describe('the build fills in what was left', () => {
  const values = { HTTPIP: '10.0.2.2', HTTPPort: 8080, Key: 'ssh-ed25519 AA+/= x', Again: '{{ .HTTPIP }}' };
  it.each([
    ['http://{{ .HTTPIP }}:{{ .HTTPPort }}/', 'http://10.0.2.2:8080/'],
    ['{{ .Key | urlquery }} {{ urlquery .Key }}', 'ssh-ed25519+AA%2B%2F%3D+x ssh-ed25519+AA%2B%2F%3D+x'],
    ['{{ .Again }}', '10.0.2.2'],
    ['{{ build `HTTPIP` }}', '10.0.2.2'],
    ['{{ if .HTTPIP }}yes{{ end }}', 'yes'],
  ])('%j', (text, filled) => expect(fillTemplate(text, values)).toBe(filled));

  it('a name without value is an error', () => {
    expect(() => fillTemplate('{{ .HTTPPrt }}', values)).toThrow('{{ .HTTPPrt }} has no value here.');
  });
});
