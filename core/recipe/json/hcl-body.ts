import type { Body } from '../hcl/ast.ts';
import type { SourceText } from '../source-text.ts';

/** HCL's JSON syntax. */
export function parseJsonBody(source: SourceText): Body {
  throw source.fail(0, 'HCL2 in JSON is not read yet.', undefined, 'unsupported');
}
