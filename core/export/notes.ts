import type { TargetName } from '../model/export.ts';
import { formatBytes } from '../model/quantity.ts';
import { fileSize } from './extents.ts';
import { TARGETS } from './targets.ts';
import { VENDORS } from './vendors.ts';
import type { ExportWork } from './work.ts';

type Made = { target: TargetName; files: string[] }[];

/** HANDOFF.md: what somebody has to know who has never seen Goldsmith. */
export async function handOffNotes(work: ExportWork, made: Made, firmware: 'bios' | 'efi'): Promise<string> {
  const { manifest, release } = work;
  return [
    `# ${release.image} ${release.version}`,
    '',
    ...(manifest.description ? [manifest.description, ''] : []),
    ...(await facts(work, firmware)),
    '',
    ...tested(work),
    '',
    '## What is here',
    '',
    '| for | file | size | what it is |',
    '|---|---|---|---|',
    ...(await rows(work, made)),
    `| everybody | ${work.name}.cdx.json, ${work.name}.spdx.json | | what is installed in it: CycloneDX 1.6, SPDX 2.3 |`,
    '| everybody | provenance.json | | what it was made of, by which tools: in-toto, SLSA 1.0 |',
    '',
    '## How to check it',
    '',
    ...checking(work),
    '',
    '## How to bring it in',
    '',
    ...made.flatMap(importing),
  ].join('\n');
}

async function facts(work: ExportWork, firmware: 'bios' | 'efi'): Promise<string[]> {
  const { manifest, release } = work;
  const disks = await work.eachDisk(async nth => formatBytes((await work.raw(nth)).bytes));
  const packages = manifest.packages?.length ?? 0;
  return [
    `* Release \`${release.id}\`, made ${manifest.createdAt}.`,
    ...(manifest.system
      ? [
          `* System: ${manifest.system.name ?? manifest.system.id}, ${packages} ${packages === 1 ? 'package' : 'packages'}.`,
        ]
      : []),
    `* Architecture: ${manifest.machine?.arch ?? 'x86_64'}. Disk: ${disks.join(' and ')}.`,
    `* Firmware: ${firmware === 'efi' ? 'UEFI' : 'BIOS'}${manifest.machine?.secureBoot ? ' with Secure Boot' : ''}.`,
    '* Its user comes at the first boot, from cloud-init or the like, unless its description says otherwise.',
  ];
}

function tested({ manifest }: ExportWork): string[] {
  const { tests } = manifest;
  if (tests.length === 0) return ['**Nobody has booted this image before it was handed on.**'];
  const passed = tests.filter(({ ok }) => ok).length;
  const names = tests.map(({ name, ok }) => `${name}${ok ? '' : ' (failed)'}`).join(', ');
  return [`It was booted and tested before it was released; ${passed} of ${tests.length} tests passed: ${names}.`];
}

const rows = (work: ExportWork, made: Made): Promise<string[]> =>
  Promise.all(
    made.flatMap(({ target, files }) =>
      files.map(async file => {
        const size = formatBytes(await fileSize(work.file(file)));
        return `| ${target} | ${file} | ${size} | ${file.endsWith('.json') ? 'what its import asks for' : TARGETS[target].summary} |`;
      }),
    ),
  );

function checking(work: ExportWork): string[] {
  const { signKey } = work.root.job.options;
  const isFile = signKey?.includes('/') ?? false;
  return [
    '```',
    'sha256sum -c SHA256SUM',
    ...(signKey && isFile ? ['minisign -V -p PUBLIC-KEY -m SHA256SUM'] : []),
    ...(signKey && !isFile ? ['gpg --verify SHA256SUM.asc SHA256SUM'] : []),
    `goldsmith verify ./${signKey ? ' --key PUBLIC-KEY' : ''}`,
    '```',
    '',
    'Both in this folder. The last one reads every format by its own rules, offline.',
  ];
}

function importing({ target }: Made[number]): string[] {
  const vendor = VENDORS[target];
  const lines = [
    ...(vendor
      ? [`* \`./upload-${target}.sh --dry-run\` prints the commands of ${vendor.program}; without it they run.`]
      : []),
    ...(vendor ? [`* Needed before: ${vendor.needs.join('; ')}.`] : []),
    ...TARGETS[target].notes.map(note => `* ${note}`),
  ];
  return lines.length === 0 ? [] : [`### ${target}`, '', ...lines, ''];
}
