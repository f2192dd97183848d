// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { GoldsmithError } from '../../core/model/failure.ts';
import { Folder } from './folder.ts';

/** A template with a bit of everything, in both languages. */
const HCL = `packer {
  required_version = ">= 1.7.0"
}
variable "mem" {
  type    = number
  default = 1024
  validation {
    condition     = var.mem > 10
    error_message = "Too little."
  }
}
variable "conf" {
  type    = object({ a = string, b = optional(list(number), [1]) })
  default = { a = "x" }
}
locals {
  names = [for i, x in ["a", "b"] : "\${upper(x)}-\${i}" if x != "c"]
  all   = { for k, v in { one = 1, two = 2 } : k => v * 2 }
  text  = <<-EOT
    hello \${local.names[0]}
      %{ if var.mem > 5 ~}
      yes
      %{ else ~}
      no
      %{ endif ~}
  EOT
}
source "qemu" "t" {
  iso_url          = "http://x/\${join("/", local.names)}.iso"
  iso_checksum     = "sha256:\${sha256("x")}"
  ssh_username     = "root"
  memory           = var.mem
  boot_command     = ["<esc><wait5>", "auto url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/p<enter>"]
  boot_wait        = "5s"
  disk_size        = "10G"
  http_content     = { "/a" = local.text, "/b" = jsonencode(local.all) }
  qemuargs         = [["-cpu", "host"], ["-m", "{{ .Name }}"]]
  shutdown_command = format("%s -h %d", "shutdown", 0)
  qemu_img_args {
    convert = ["-o", "x"]
  }
}
build {
  sources = ["source.qemu.t"]
  dynamic "provisioner" {
    for_each = local.names
    labels   = ["shell"]
    content {
      inline = ["echo \${provisioner.value} \${build.ID}"]
    }
  }
  provisioner "shell" {
    inline       = ["true"]
    pause_before = "1s"
    override     = { t = { inline = ["false"] } }
  }
  post-processors {
    post-processor "checksum" {
      checksum_types = ["sha256"]
    }
  }
}
`;
const LEGACY = JSON.stringify(
  {
    __comment: 'x',
    variables: { a: '{{ env `HOME` }}', b: '{{ user `a` }}/{{ isotime "2006-01-02" }}' },
    'sensitive-variables': ['a'],
    builders: [
      {
        type: 'qemu',
        name: 'one',
        iso_url: '{{user `a`}}.iso',
        iso_checksum: 'none',
        iso_checksum_type: 'none',
        ssh_username: 'u',
        ssh_wait_timeout: '30m',
        disk_size: 4000,
        boot_command: ['<esc>{{ .HTTPIP | urlquery }}{{ if .Name }}x{{ else }}y{{ end }}'],
        qemuargs: [['-m', '{{ user `b` | upper }}']],
      },
      { type: 'docker' },
    ],
    provisioners: [
      { type: 'shell', inline: ['{{ build `ID` }}'], only: ['one'], override: { one: { inline: ['x'] } } },
    ],
    'post-processors': ['manifest', [{ type: 'compress', output: '{{ .BuildName }}' }]],
  },
  null,
  2,
);
const BITS = [
  '"',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '${',
  '%{',
  '~}',
  '<<EOT\n',
  'EOT\n',
  '{{',
  '}}',
  '`',
  '\\',
  '\n',
  '=',
  ',',
  ':',
  '.',
  'null',
  '-',
  '1e999',
  '9'.repeat(50),
  'for',
  '*',
  '...',
  '?',
  '!',
  '\0',
  '\u{1F600}',
  '\uD800',
  '/*',
  '#',
  'local.x',
  '{{ end }}',
];

const folder = new Folder();
afterAll(() => folder.end());

/** One change: at a place (0 to 1 of the text), so many characters give way to something. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(20),
  bit: fc.oneof(fc.constantFrom(...BITS), fc.string({ maxLength: 3 }), fc.constant('')),
  times: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(500, 5000) }),
});

function changed(text: string, changes: { at: number; length: number; bit: string; times: number }[]): string {
  return changes.reduce((done, { at, length, bit, times }) => {
    const start = Math.floor(at * done.length);
    return done.slice(0, start) + bit.repeat(times) + done.slice(start + length);
  }, text);
}

describe('a mutated template is read, or refused with a message and a place', () => {
  it.each([
    ['HCL2', 'm.pkr.hcl', HCL],
    ['JSON', 'm.json', LEGACY],
  ])('%s', async (_, name, text) => {
    folder.write({ [name]: text });
    expect((await folder.read(name)).builders).toHaveLength(1);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async changes => {
        folder.write({ [name]: changed(text, changes) });
        const error: unknown = await folder.read(name).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error === undefined) return;
        expect(error).toBeInstanceOf(GoldsmithError);
        if (!(error instanceof GoldsmithError)) return;
        expect(['bad-recipe', 'unsupported']).toContain(error.code);
        expect(error.message).not.toBe('');
        expect(error.details.place?.file).toContain(name);
      }),
      { numRuns: 700 },
    );
  });
});
