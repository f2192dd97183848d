import { GoldsmithError } from '../../model/failure.ts';
import type { Span } from '../source-text.ts';
import type { Expression } from './ast.ts';

/** Gives an error that knows no place the place of a part of the expression. */
export function placed<T>(expression: Expression, span: Span, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GoldsmithError) || error.details.place) throw error;
    const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    throw expression.source.fail(span.start, /[.!?]$/.test(message) ? message : `${message}.`, error.hint, error.code);
  }
}
