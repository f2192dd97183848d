import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../exec.ts';
import { GoldsmithError } from '../model/failure.ts';

const FLOPPY_BYTES = 1_474_560;

export interface FloppyContent {
  /** Copied into the root folder, as Packer does. */
  files: string[];
  /** Copied with their structure; a trailing slash copies what is inside. */
  dirs: string[];
  content: Record<string, string>;
  /** At most 11 characters. */
  label: string;
}

/** A 1.44 MB FAT12 floppy image (mtools). @throws GoldsmithError `bad-recipe` when the content does not fit */
export async function makeFloppy(
  out: string,
  floppy: FloppyContent,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  await rm(out, { force: true });
  const image = await open(out, 'w', 0o600);
  await image.truncate(FLOPPY_BYTES);
  await image.close();
  await run('mformat', ['-i', out, '-f', '1440', '-v', floppy.label || 'packer', '::'], options);
  for (const file of [...floppy.files, ...floppy.dirs]) await copyIn(out, file, options);
  const scratch = await mkdtemp(`${out}.`);
  try {
    for (const [name, text] of Object.entries(floppy.content)) {
      const file = path.join(scratch, path.basename(name));
      await writeFile(file, text);
      await copyIn(out, file, options);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function copyIn(image: string, file: string, options: { signal?: AbortSignal }): Promise<void> {
  await stat(file).catch(cause => {
    throw new GoldsmithError('bad-recipe', `The floppy file ${file} cannot be read.`, { cause });
  });
  const { exitCode, stderr } = await run('mcopy', ['-i', image, '-s', '-o', '-n', file, '::'], {
    ...options,
    okExitCodes: [0, 1],
  });
  if (exitCode === 0) return;
  throw new GoldsmithError(
    'bad-recipe',
    `${path.basename(file)} does not fit on the floppy: ${stderr.split('\n')[0]}`,
    {
      hint: 'A floppy holds 1.44 MB in all; cd_files has no such limit.',
    },
  );
}
