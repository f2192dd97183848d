import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import type { Lab, LabHost } from '../../model/lab.ts';
import { templatesOf } from '../../recipe/lab-hosts.ts';
import { ANSWER_KINDS, type AnswerKind, kindOf } from '../kinds/kinds.ts';
import { renderTemplates, type TemplateValues } from '../template/engine.ts';
import { renderFolder } from '../template/folder.ts';
import { hostValues } from '../template/variables.ts';
import type { HostBoot } from './boot-scripts.ts';

/** A machine's answers, rendered, and what it boots. */
export interface RenderedHost {
  host: LabHost;
  /** By path below the machine's secret one, with a slash at the beginning. */
  files: Map<string, Buffer>;
  boot?: HostBoot;
}

/**
 * Renders what one machine fetches.
 * @param base URL of the folder that is this machine's own
 * @param set values of the command line
 * @throws GoldsmithError `bad-answers`, `not-found` for a kernel that is not there
 */
export async function renderHost(lab: Lab, host: LabHost, base: string, set: TemplateValues): Promise<RenderedHost> {
  const image = lab.images.find(({ name }) => name === host.image);
  const values = { ...hostValues(lab, host, image, set), answers: base };
  const folder = templatesOf(host, lab.images) ?? '';
  const files = await renderFolder(folder, values);
  if (!host.boot) return { host, files };
  const { kernel, initrd } = host.boot;
  const boot: HostBoot = {
    kernel: await served(files, base, kernel),
    ...(initrd === undefined ? {} : { initrd: await served(files, base, initrd) }),
    append: await appendOf(host, files, base, values),
  };
  return { host, files, boot };
}

/** A file of the lab is served from memory, as everything is; a URL is left to the machine. */
async function served(files: Map<string, Buffer>, base: string, file: string): Promise<string> {
  if (/^https?:\/\//.test(file)) return file;
  const name = `/boot/${path.basename(file)}`;
  const content = await readFile(file).catch((cause: unknown) => {
    throw new GoldsmithError('not-found', `${file}, which is to be booted, cannot be read.`, {
      hint: 'Check `boot` in lab.yaml.',
      cause,
    });
  });
  files.set(name, content);
  return `${base}${name}`;
}

/** The lab's own arguments; and how the installer is told where its answers are, unless they say it themselves. */
async function appendOf(
  host: LabHost,
  files: ReadonlyMap<string, Buffer>,
  base: string,
  values: TemplateValues,
): Promise<string> {
  const own = host.boot?.append ?? '';
  const name = 'append.ipxe';
  const text = (await renderTemplates(new Map([[name, own]]), values)).get(name) ?? '';
  return [own.includes('answers') ? '' : toldBy(files, base), text.trim()].filter(part => part !== '').join(' ');
}

/** Of the first answer file of a kind that a kernel's line can name. */
function toldBy(files: ReadonlyMap<string, Buffer>, base: string): string {
  for (const [name, content] of files) {
    const kind = kindOf(name, content.toString('latin1'));
    const record: AnswerKind | undefined = kind === undefined ? undefined : ANSWER_KINDS[kind];
    if (record?.kernelArguments) return record.kernelArguments(base, name.slice(1));
  }
  return '';
}
