import path from 'node:path';
import type { Problem } from '../model/failure.ts';
import type { Lab, LabHost, LabImage } from '../model/lab.ts';
import { nearest } from '../model/nearest.ts';
import type { RawHost, RawLab } from './lab-schema.ts';
import type { YamlSource } from './yaml-source.ts';

/** The machines of a lab in the model's words. */
export const toHosts = (source: YamlSource, root: string, raw: RawLab): LabHost[] =>
  Object.entries(raw.hosts).map(([name, host]) => toHost(source, root, name, host));

function toHost(source: YamlSource, root: string, name: string, raw: RawHost): LabHost {
  const { mac, uuid, image, templates, target, variables, boot } = raw;
  const isUrl = (file: string): boolean => /^https?:\/\//.test(file);
  const ofLab = (file: string): string => (isUrl(file) ? file : path.resolve(root, file));
  return {
    name,
    place: source.placeOfKey(['hosts', name]),
    variables,
    ...(mac === undefined ? {} : { mac: mac.toLowerCase().replaceAll('-', ':') }),
    ...(uuid === undefined ? {} : { uuid: uuid.toLowerCase() }),
    ...(image === undefined ? {} : { image }),
    ...(templates === undefined ? {} : { templates: path.resolve(root, templates) }),
    ...(target === undefined ? {} : { target }),
    ...(boot === undefined
      ? {}
      : {
          boot: {
            kernel: ofLab(boot.kernel),
            append: boot.append,
            ...(boot.initrd === undefined ? {} : { initrd: ofLab(boot.initrd) }),
          },
        }),
  };
}

/** What the machines and the images' answers refer to, and is not there. */
export function hostProblems(source: YamlSource, lab: Pick<Lab, 'images' | 'targets' | 'hosts'>): Problem[] {
  const targets = Object.keys(lab.targets);
  const images = lab.images.map(image => image.name);
  return [
    ...lab.images.flatMap(image =>
      unknownTarget(source, ['images', image.name, 'answers', 'target'], image.answers.target, targets),
    ),
    ...lab.hosts.flatMap(host => [
      ...unknownTarget(source, ['hosts', host.name, 'target'], host.target, targets),
      ...(host.image === undefined || images.includes(host.image)
        ? []
        : [refers(source, ['hosts', host.name, 'image'], 'image', host.image, images)]),
      ...(templatesOf(host, lab.images) === undefined ? [lacks(host)] : []),
    ]),
    ...twins(lab.hosts),
  ];
}

/** The folder of templates of a machine: its own, or that of its image. */
export const templatesOf = (host: LabHost, images: readonly LabImage[]): string | undefined =>
  host.templates ?? images.find(({ name }) => name === host.image)?.answers.templates;

const unknownTarget = (source: YamlSource, at: string[], target: string | undefined, known: string[]): Problem[] =>
  target === undefined || known.includes(target) ? [] : [refers(source, at, 'target', target, known)];

function refers(source: YamlSource, at: string[], what: string, name: string, known: string[]): Problem {
  const near = nearest(name, known);
  return {
    code: 'bad-lab',
    severity: 'error',
    message: `There is no ${what} \`${name}\`.`,
    place: source.placeOf(at),
    ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
  };
}

const lacks = (host: LabHost): Problem => ({
  code: 'bad-lab',
  severity: 'error',
  message: `${host.name} has no templates, and no image that has some.`,
  place: host.place,
  hint: 'Write `templates: FOLDER`, or `image:` with an image whose `answers` have templates.',
});

/** Two machines with one hardware address would get each other's answers. */
function twins(hosts: readonly LabHost[]): Problem[] {
  const seen = new Map<string, string>();
  return hosts.flatMap(({ name, mac, uuid, place }) =>
    [mac, uuid].flatMap((id): Problem[] => {
      if (id === undefined) return [];
      const other = seen.get(id);
      seen.set(id, name);
      return other === undefined
        ? []
        : [{ code: 'bad-lab', severity: 'error', message: `${name} and ${other} have the same ${id}.`, place }];
    }),
  );
}
