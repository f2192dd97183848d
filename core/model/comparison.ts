/** A way that a machine has gone: from its first boot to where a build stands or ended, or to one of its checkpoints. */
export interface Branch {
  build: string;
  /** Undefined: to where the build stands. */
  checkpoint?: string;
  /** `debian-13-..., up to before sealing`. */
  title: string;
}

/** What is not the same on two ways; a side that has nothing of the name has no text. */
export interface Difference {
  /**
   * `input`: of a stage, by name; `answers`: what was served; `output`: lines of a provisioner that only one has;
   * `package`: its version; `time`: of a step.
   */
  area: 'input' | 'answers' | 'output' | 'package' | 'time';
  name: string;
  one?: string;
  other?: string;
}

export interface Comparison {
  one: Branch;
  other: Branch;
  /** The last checkpoint that both grew from. */
  common?: { id: string; name: string };
  differences: Difference[];
}

/** Areas in the order they are shown, and what people call them. */
export const AREAS: Record<Difference['area'], string> = {
  input: 'Inputs',
  answers: 'Answers served',
  output: 'Output of provisioners',
  package: 'Packages',
  time: 'Times',
};
