import type { SourceText, Span } from '../source-text.ts';
import type { Value } from './value.ts';

/** The content of a file or block. */
export interface Body {
  source: SourceText;
  attributes: Map<string, Attribute>;
  blocks: Block[];
  /** The offset where the body ends: where something missing would stand. */
  end: number;
}

export interface Attribute {
  name: string;
  nameSpan: Span;
  value: Expression;
}

export interface Block {
  type: string;
  typeSpan: Span;
  labels: { text: string; span: Span }[];
  body: Body;
  source: SourceText;
}

interface Located extends Span {
  source: SourceText;
}

/** One step of `a.b[0]`. */
export type Step = ({ kind: 'attribute'; name: string } | { kind: 'index'; key: Expression }) & Span;

export type Expression = Located &
  (
    | { kind: 'literal'; value: Value }
    | { kind: 'template'; parts: TemplatePart[] }
    /** `"${x}"`: the value itself, not its text. */
    | { kind: 'wrapped'; inner: Expression }
    | { kind: 'variable'; name: string }
    | { kind: 'attribute'; object: Expression; name: string; nameSpan: Span }
    | { kind: 'index'; collection: Expression; key: Expression }
    | { kind: 'splat'; collection: Expression; steps: Step[] }
    | { kind: 'call'; name: string; nameSpan: Span; arguments: Expression[]; isExpanded: boolean }
    | { kind: 'conditional'; condition: Expression; whenTrue: Expression; whenFalse: Expression }
    | { kind: 'binary'; operator: string; left: Expression; right: Expression }
    | { kind: 'unary'; operator: '-' | '!'; operand: Expression }
    | { kind: 'parentheses'; inner: Expression }
    | { kind: 'tuple'; items: Expression[] }
    | { kind: 'object'; items: { key: Expression; value: Expression }[] }
    | ForExpression
  );

export interface ForExpression {
  kind: 'for';
  keyName: string | undefined;
  valueName: string;
  collection: Expression;
  /** Of an object `for`. */
  key: Expression | undefined;
  value: Expression;
  condition: Expression | undefined;
  isGrouping: boolean;
}

export type ExpressionKind = Expression['kind'];
export type ExpressionOf<K extends ExpressionKind> = Extract<Expression, { kind: K }>;

export type TemplatePart =
  | { kind: 'text'; text: string }
  | { kind: 'value'; value: Expression }
  | { kind: 'if'; condition: Expression; whenTrue: TemplatePart[]; whenFalse: TemplatePart[] }
  | { kind: 'for'; keyName: string | undefined; valueName: string; collection: Expression; parts: TemplatePart[] };
