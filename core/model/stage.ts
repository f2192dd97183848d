/** A stage of a build, as a plan sees it. */
export interface PlanStage {
  /** `boot`, `install`, `provisioner 2: shell`, `release`. */
  stage: string;
  /**
   * `cached`: an earlier build did it with the same inputs. `changed`: its inputs, or those of a stage before it, are
   * others than in the newest build that did it. `old`, `damaged`: they are the same, but what that build left is not
   * begun from. `new`: nothing is left of a build that did it. `after`: one before it has to be done.
   */
  state: 'cached' | 'changed' | 'old' | 'damaged' | 'new' | 'after';
  /** The inputs that are others now; those of a stage before it with its name. */
  changed: string[];
}

/** What a build left at one of its checkpoints, for later builds and for going back. */
export interface CachedLayer {
  /** The checkpoint's id. */
  id: string;
  build: string;
  image: string;
  /** The checkpoint's name. */
  name: string;
  /** The last stage that is in it; missing where no other build begins from it. */
  stage?: string;
  /** Another one that it stands on. */
  parent?: string;
  /** When it was made, and when it was gone on from last; ISO 8601 UTC. */
  at: string;
  usedAt: string;
  /** On the host's disk, beside what it stands on. */
  bytes: number;
  /** A build runs on it now. */
  isInUse: boolean;
}

export interface CacheInfo {
  /** Newest first. */
  layers: CachedLayer[];
  /** What all of them may take. */
  budgetBytes: number;
}
