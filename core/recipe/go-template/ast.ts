/** A piece of a Go text/template, as far as Packer's templates use the language. */
export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'action'; pipeline: Pipeline }
  | { kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: Node[]; otherwise: Node[] };

export interface Pipeline {
  /** `$x := ...` or `$x = ...`. */
  variable?: { name: string; isDeclared: boolean };
  /** Joined by `|`: each gets the result of the one before it as its last argument. */
  commands: Operand[][];
}

export type Operand =
  | { kind: 'constant'; value: GoValue }
  /** `.A.B`; without names the dot itself. */
  | { kind: 'field'; names: string[] }
  | { kind: 'variable'; name: string; names: string[] }
  | { kind: 'function'; name: string }
  | { kind: 'group'; pipeline: Pipeline; names: string[] };

export type GoValue = string | number | boolean | null | GoValue[] | { [key: string]: GoValue };

/** A function of templates; `undefined` means: known only in the build, so the call is left standing. */
export type GoFunction = (...values: GoValue[]) => GoValue | undefined;
