import { describe, expect, it } from 'vitest';
import { type AnswerKindName, kindOf } from '../../core/answers/kinds/kinds.ts';
import { lintAnswer } from '../../core/answers/lint/lint.ts';

const problems = (kind: AnswerKindName, text: string, version?: string) =>
  lintAnswer('x', Buffer.from(text), { kind, ...(version === undefined ? {} : { version }) }).problems;

const KICKSTART = `url --url=http://mirror/
lang en_US.UTF-8
keyboard us
timezone Etc/UTC --utc
rootpw --lock
user --name=admin --iscrypted --password=$6$a$b
zerombr
clearpart --all --initlabel
part / --fstype=xfs --size=2048 --grow
network --bootproto=dhcp
authselect select sssd
reboot
%packages
@^minimal-environment
-iwl*-firmware
%end
%post --erroronfail
echo hello > /etc/x
%end
`;

const PRESEED = `d-i debian-installer/locale select en_US
d-i netcfg/get_hostname string box
d-i clock-setup/utc boolean true
d-i passwd/root-login boolean false
d-i passwd/user-password-crypted password $6$a$b
d-i partman-auto/method string regular
d-i partman-auto/expert_recipe string \\
  boot-root :: 500 10000 -1 ext4 $primary{ } method{ format } .
d-i partman/confirm boolean true
d-i grub-installer/only_debian boolean true
tasksel tasksel/first multiselect standard
d-i preseed/late_command string in-target true
`;

const AUTOINSTALL = `#cloud-config
autoinstall:
  version: 1
  identity:
    hostname: box
    username: me
    password: $6$a$b
  ssh:
    install-server: yes
`;

const USER_DATA = `#cloud-config
users:
  - name: me
    lock_passwd: true
power_state:
  mode: poweroff
`;

const OPENBSD = `system hostname = box
password for root = *************
`;

const RIGHT: [AnswerKindName, string][] = [
  ['kickstart', KICKSTART],
  ['preseed', PRESEED],
  ['autoinstall', AUTOINSTALL],
  ['user-data', USER_DATA],
  ['openbsd', OPENBSD],
];

/** Kind, what is right in the file above, the mistake put in its place, the line it must be found at, what is said. */
const MISTAKES: [AnswerKindName, string, string, number, RegExp][] = [
  ['kickstart', 'timezone Etc', 'timezonee Etc', 4, /no kickstart command/],
  ['kickstart', '--grow', '--groww', 9, /no option --groww/],
  ['kickstart', '--size=2048', '--size=2G', 9, /whole number/],
  ['kickstart', '--fstype=xfs ', '--fstype ', 9, /wants a value/],
  ['kickstart', '--initlabel', '--initlabel=yes', 8, /takes no value/],
  ['kickstart', 'rootpw --lock', 'rootpw secret', 5, /clear text/],
  ['kickstart', 'rootpw --lock', 'rootpw', 5, /neither a password/],
  ['kickstart', 'lang en', 'lang "en', 2, /not closed/],
  ['kickstart', '%packages', '%package', 13, /no section %package/],
  ['kickstart', '-iwl*-firmware\n%end', '-iwl*-firmware', 13, /%packages is not closed/],
  ['kickstart', '/etc/x\n%end', '/etc/x', 17, /%post is never closed/],
  ['kickstart', 'reboot', '%end', 12, /closes nothing/],
  ['kickstart', '--name=admin ', '', 6, /wants --name/],
  ['kickstart', '@^minimal-environment', 'a;b', 14, /no name of a package/],
  ['preseed', 'clock-setup/utc boolean', 'clock-setup/utc bolean', 3, /no type/],
  ['preseed', 'utc boolean true', 'utc boolean yes', 3, /true or false/],
  ['preseed', 'netcfg/get_hostname', 'netcfg/get_hostnam', 2, /no question/],
  ['preseed', 'd-i netcfg/get_hostname string box', 'hostname', 2, /no assignment/],
  ['preseed', 'string \\\n', 'string \\ \n', 7, /blank after the backslash/],
  ['preseed', ' method{ format } .', ' method{ format }', 7, /not closed by a dot/],
  ['preseed', '500 10000 -1', '500 10000 100', 7, /at least 500 and at most 100/],
  ['preseed', '500 10000 -1 ext4', '500 ext4', 7, /three sizes/],
  ['preseed', 'method{ format } .', 'method{ format } . .', 7, /is empty/],
  ['preseed', 'method{ format }', 'method { format }', 7, /blank before the brace/],
  ['preseed', '$primary{ }', '$bootable{}', 7, /no specifier/],
  ['preseed', 'd-i partman/confirm boolean true\n', 'd-i clock-setup/ntp boolean true\n', 1, /may be written/],
  ['preseed', 'utc boolean true', 'utc boolean true\r', 3, /CR LF/],
  ['autoinstall', '#cloud-config\n', '# hello\n', 1, /first line/],
  ['autoinstall', 'hostname', 'hostnme', 5, /no hostnme/],
  ['autoinstall', 'version: 1', 'version: one', 3, /whole number/],
  ['autoinstall', '  ssh:', '  shh:', 8, /no shh/],
  ['autoinstall', 'install-server: yes', 'install-server: maybe', 9, /true or false/],
  ['user-data', 'users:', 'usrs:', 2, /no usrs/],
  ['user-data', 'poweroff', 'off-power', 6, /cannot be/],
  ['user-data', '  - name: me\n    lock', '  - name: me\n   lock', 4, /no YAML/],
  ['openbsd', 'system hostname = box', 'system hostname box', 1, /no answer/],
  ['openbsd', '*************', 'secret', 2, /clear text/],
];

describe('lint', () => {
  it.each(RIGHT)('finds nothing wrong in a right %s', (kind, text) => {
    expect(problems(kind, text)).toEqual([]);
  });

  it.each(RIGHT)('knows a %s by its text or name', (kind, text) => {
    expect(kindOf(kind === 'openbsd' ? 'install.conf' : 'answers.cfg', text)).toBe(kind);
  });

  it.each(MISTAKES)('%s: %j written %j is found at line %i', (kind, right, wrong, line, said) => {
    const text = RIGHT.find(([name]) => name === kind)?.[1] ?? '';
    expect(text).toContain(right);
    const found = problems(
      kind,
      text.replace(right, () => wrong),
    );
    expect(found.filter(({ place, message }) => place?.line === line && said.test(message))).not.toEqual([]);
  });

  it('knows what a release takes', () => {
    expect(problems('kickstart', KICKSTART.replace('zerombr', 'install'))).toEqual([]);
    expect(problems('kickstart', KICKSTART.replace('zerombr', 'install'), 'RHEL9')).toMatchObject([
      { severity: 'error', place: { line: 7 } },
    ]);
    expect(() => problems('kickstart', KICKSTART, 'RHEL99')).toThrow(/No kickstart release/);
  });

  /** What public files that work have in them. */
  it.each([
    [
      'kickstart',
      'part raid.1 --size=9\npart raid.2 --size=9\nraid pv.1 --device=md0 --level=1 raid.1 raid.2\nvolgroup vg pv.1\n',
    ],
    ['kickstart', 'url --url=http://mirror/centos/5/os/\n%packages\n@core\n%post\ntrue\n%end\n'],
    ['kickstart', 'cdrom\r\nlang C\r\n'],
    ['kickstart', 'services --disabled iptables, ip6tables\n'],
    [
      'preseed',
      'd-i partman-auto/expert_recipe string a :: 512+100% 600 1024 ext4 $lvmok{} $primary{} method{ format } .\n',
    ],
    ['preseed', 'd-i partman-auto/expert_recipe string a :: 900 900 500 ext4 method{ format } .\n'],
    [
      'preseed',
      'd-i partman-auto/expert_recipe string a :: \\\n%{ for p in parts ~}\n  100 100 -1 ext4 \\\n%{ endfor ~}\n',
    ],
    ['preseed', 'd-i passwd/make-user boolean CREATE_USER\n'],
    ['autoinstall', 'autoinstall:\n  version: 1\n  codecs:\n  codecs:\n    install: true\n', 'cidata/autoinstall.yaml'],
    [
      'autoinstall',
      '#cloud-config\nautoinstall:\n  version: 1\n  storage:\n    config:\n      - {type: disk, id: d}\n      - {type: zpool, id: p, pool: rpool, vdevs: [d]}\n      - {type: zfs, id: z, pool: p, volume: /ROOT}\n      - {type: mount, id: s, device: d, path: swap}\n',
    ],
    ['freebsd', 'DISTRIBUTIONS="base.txz"\nZFSBOOT_DATASETS="\n  # DATASET = options\n  /tmp  mountpoint=/tmp\n"\n'],
  ] satisfies [AnswerKindName, string, string?][])('%s: %j is no error', (kind, text, file: string = 'x') => {
    const found = lintAnswer(file, Buffer.from(text), { kind }).problems;
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each([
    [
      'preseed',
      'd-i partman-auto/choose_recipe select mine\nd-i partman-auto/expert_recipe string mine :: 1 1 1 ext4 $bios_boot{ } method{ format } .\n',
    ],
    ['preseed', 'd-i time/zone seen true\n'],
    ['user-data', '\n#cloud-config\nhostname: box\n'],
    ['openbsd', 'Unverified sets: site68.tgz. Continue without verification = yes\n'],
    ['kickstart', 'url --url=http://mirror/\nrepo --name=a --baseurl=http://mirror/a\n'],
  ] as const)('%s: %j is worth no warning', (kind, text) => {
    expect(problems(kind, text)).toEqual([]);
  });

  it('a script of ESXi is no kickstart', () => {
    expect(
      kindOf('ks.cfg', 'vmaccepteula\ninstall --firstdisk --overwritevmfs\nreboot\n%firstboot\nls\n'),
    ).toBeUndefined();
  });

  it('does not judge scripts, binaries and what a template fills in', () => {
    expect(lintAnswer('x.sh', Buffer.from('#!/bin/sh\n%packages\nbad\n')).kind).toBeUndefined();
    expect(lintAnswer('ks.cfg', Buffer.from('%packages\0')).kind).toBeUndefined();
    expect(problems('kickstart', KICKSTART.replace('--size=2048', '--size={{ .Size }}'))).toEqual([]);
    expect(problems('preseed', PRESEED.replace('utc boolean true', `utc boolean \${utc}`))).toEqual([]);
  });
});
