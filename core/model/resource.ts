/**
 * Everything a build holds outside its own memory: plain data, so that it can be given back after a crash.
 * Names are chosen before the thing exists.
 */
export type Resource =
  /** A folder and all below it. */
  | { kind: 'dir'; path: string }
  /** A layer of a machine's disks: it is removed with its build unless it was frozen as a checkpoint. */
  | { kind: 'layer'; path: string }
  /** A single file or socket. */
  | { kind: 'file'; path: string }
  /** A child process: its pid is in `pidFile`; `mark` stands in its command line and proves it is still ours. */
  | { kind: 'process'; pidFile: string; mark: string }
  /** A machine of a libvirt. It is given back only if its metadata says that it is ours. */
  | { kind: 'domain'; uri: string; uuid: string; name: string }
  /** A volume of a libvirt's pool, under a name that nobody else can have chosen. */
  | { kind: 'volume'; uri: string; pool: string; name: string };

export type ResourceKind = Resource['kind'];
export type ResourceOf<K extends ResourceKind> = Extract<Resource, { kind: K }>;

/** A resource in a few words. */
export function resourceName(resource: Resource): string {
  if (resource.kind === 'process') return resource.mark;
  return 'uri' in resource ? `${resource.name} (${resource.uri})` : resource.path;
}
