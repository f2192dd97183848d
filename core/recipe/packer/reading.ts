import type { Problem } from '../../model/failure.ts';
import type { EngineContext } from '../go-template/packer-functions.ts';
import type { FunctionTable } from '../hcl/function-call.ts';
import type { FileReference } from '../options/references.ts';
import type { HttpAnswers, HttpData } from './http-data.ts';

/** How a recipe is read: what comes from outside it. */
export interface ReadOptions {
  /** As `-var name=value`. */
  variables?: Record<string, string>;
  /** As `-var-file`, in their order. */
  variableFiles?: string[];
  /** `PKR_VAR_*`, what `env()` sees, and `PACKER_KEY_INTERVAL`. */
  env?: Record<string, string | undefined>;
  /** Names or globs of builders, as `-only` and `-except`. */
  only?: string[];
  except?: string[];
  /** Unsupported post-processors are left out with a warning. */
  lenient?: boolean;
  /** The moment of `timestamp()` and `isotime`. */
  now?: Date;
  /** The working directory. */
  cwd?: string;
  /** Of `data "http"`, by earlier readings; this one adds its own. */
  httpAnswers?: HttpAnswers;
}

/** One reading of one template: everything its parts share. */
export interface Reading {
  /** The file or folder as it was named. */
  path: string;
  /** The template's folder, as Packer names it: possibly relative to the working directory. */
  directory: string;
  workingDirectory: string;
  env: Record<string, string | undefined>;
  only: string[];
  except: string[];
  isLenient: boolean;
  engine: EngineContext;
  functions: FunctionTable;
  problems: Problem[];
  references: FileReference[];
  http: HttpData;
}
