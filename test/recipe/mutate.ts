// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
/** A template with a bit of everything, in both languages. */
export const HCL = `packer {
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
export const LEGACY = JSON.stringify(
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
export const BITS = [
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

/** One change: at a place (0 to 1 of the text), so many characters give way to something. */
export interface Change {
  at: number;
  length: number;
  bit: string;
  times: number;
}

export function changed(text: string, changes: Change[]): string {
  return changes.reduce((done, { at, length, bit, times }) => {
    const start = Math.floor(at * done.length);
    return done.slice(0, start) + bit.repeat(times) + done.slice(start + length);
  }, text);
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A text with one to four changes. */
export function mutated(text: string, next: () => number): string {
  const count = 1 + Math.floor(next() * 4);
  const changes = Array.from(
    { length: count },
    (): Change => ({
      at: next(),
      length: Math.floor(next() * 21),
      bit: next() < 0.2 ? '' : (BITS[Math.floor(next() * BITS.length)] ?? ''),
      times: next() < 0.02 ? 500 : 1,
    }),
  );
  return changed(text, changes);
}
