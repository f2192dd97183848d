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
  | { kind: 'process'; pidFile: string; mark: string };

export type ResourceKind = Resource['kind'];
export type ResourceOf<K extends ResourceKind> = Extract<Resource, { kind: K }>;
