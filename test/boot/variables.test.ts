import { describe, expect, test } from 'vitest';
import { type BuildVariables, renderBootCommand, renderServedText } from '../../core/boot/variables.ts';

const VARIABLES: BuildVariables = {
  HTTPIP: '10.0.2.2',
  HTTPPort: '8123/abc',
  Name: 'debian-13',
  SSHPublicKey: "ssh-ed25519 AAAA+/= it's (me)",
  LogPort: '5514',
};

describe('a boot command', () => {
  test.each([
    ['http://{{ .HTTPIP }}:{{.HTTPPort}}/ks', 'http://10.0.2.2:8123/abc/ks'],
    ['{{   .Name}} {{ .LogPort   }}', 'debian-13 5514'],
    ['{{ .SSHPublicKey | urlquery }}', 'ssh-ed25519+AAAA%2B%2F%3D+it%27s+%28me%29'],
    ['{{.SSHPublicKey|urlquery}}', 'ssh-ed25519+AAAA%2B%2F%3D+it%27s+%28me%29'],
    ['{{ urlquery .SSHPublicKey }}', 'ssh-ed25519+AAAA%2B%2F%3D+it%27s+%28me%29'],
    ['a  {{- .Name -}}  b', 'adebian-13b'],
    ['{{ foo }} {{ isotime }} {{ . }} {% x %} {{ $x }}', '{{ foo }} {{ isotime }} {{ . }} {% x %} {{ $x }}'],
  ])('%s is %s', (text, rendered) => expect(renderBootCommand([text], VARIABLES)).toBe(rendered));

  test('is joined without separators, so that a variable may be written over two parts', () => {
    expect(renderBootCommand(['a{{ .Na', 'me }}', 'b'], VARIABLES)).toBe('adebian-13b');
  });

  test('values are not rendered again', () => {
    expect(renderBootCommand(['{{ .Name }}'], { ...VARIABLES, Name: '{{ .HTTPIP }}$&' })).toBe('{{ .HTTPIP }}$&');
  });

  test.each(['HTTPIp', 'constructor', 'Vars'])('%s is an error with its position', name => {
    expect(() => renderBootCommand(['abc', `{{ .${name} }}`], VARIABLES)).toThrow(
      expect.objectContaining({
        code: 'bad-boot-command',
        details: { position: 4, variable: name },
        hint: expect.stringContaining('{{ .HTTPIP }}'),
      }),
    );
  });
});

test('in served text exactly our names are filled in and every other template stays', () => {
  const jinja = "{{ user }} {{ .Values.Name }} {{ .Other }} {{- .Name -}} {{ .Name | upper }} {% if x %} {{'{{'}}";
  expect(renderServedText(jinja, VARIABLES)).toBe(jinja);
  expect(renderServedText('{{.Name}}:{{  .LogPort }}', VARIABLES)).toBe('debian-13:5514');
});
