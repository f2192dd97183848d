import { GoldsmithError } from '../../../model/failure.ts';
import { SourceText } from '../../source-text.ts';
import type { Expression, ExpressionOf } from '../ast.ts';
import { convert } from '../convert.ts';
import { evaluate } from '../evaluate.ts';
import type { FunctionTable, HclFunction, SpecialForm } from '../function-call.ts';
import { parseTemplateText } from '../parse-body.ts';
import { placed } from '../placed.ts';
import { parseType } from '../type-constraint.ts';
import { boolValue, FALSE, isWhollyKnown, TRUE, type Value } from '../value.ts';
import { any, asEntries, asText, bad, define, type FunctionContext, text } from './define.ts';
import { locatedFile, readText } from './filesystem.ts';

/** `env` is known in the defaults of variables, by `environmentFunction`. */
function onlyInDefaults(call: ExpressionOf<'call'>): Value {
  const hint = 'Set a variable from it: variable "x" { default = env("X") }.';
  throw call.source.fail(call.start, 'env() has a value only in the default of a variable.', hint);
}

type Evaluate = (argument: Expression) => Value;

/** Functions that see expressions instead of values. */
export const SPECIAL_FORMS: Record<string, SpecialForm> = {
  try: { special: firstThatWorks },
  can: { special: doesItWork },
  convert: { special: convertTo },
  env: { special: onlyInDefaults },
};

function attempt(argument: Expression, evaluateOne: Evaluate): { value: Value } | { error: GoldsmithError } {
  try {
    return { value: evaluateOne(argument) };
  } catch (error) {
    if (error instanceof GoldsmithError) return { error };
    throw error;
  }
}

function firstThatWorks(call: ExpressionOf<'call'>, evaluateOne: Evaluate): Value {
  let last: GoldsmithError | undefined;
  for (const argument of call.arguments) {
    const result = attempt(argument, evaluateOne);
    if ('value' in result) return result.value;
    last = result.error;
  }
  throw call.source.fail(
    call.start,
    `try(): none of the expressions has a value.${last ? ` The last one: ${last.message}` : ''}`,
  );
}

function doesItWork(call: ExpressionOf<'call'>, evaluateOne: Evaluate): Value {
  const [argument] = call.arguments;
  if (!argument || call.arguments.length > 1) throw call.source.fail(call.start, 'can() takes one expression.');
  const result = attempt(argument, evaluateOne);
  if ('error' in result) return FALSE;
  return isWhollyKnown(result.value) ? TRUE : boolValue(true);
}

function convertTo(call: ExpressionOf<'call'>, evaluateOne: Evaluate): Value {
  const [argument, type] = call.arguments;
  if (!argument || !type || call.arguments.length > 2)
    throw call.source.fail(call.start, 'convert() takes a value and a type.');
  return placed(argument, argument, () => convert(evaluateOne(argument), parseType(type).type));
}

/** `templatefile(path, variables)`: the file's text as a template that sees only these variables. */
export function templateFile(context: FunctionContext, functions: () => FunctionTable): HclFunction {
  const parsed = new Map<string, Expression>();
  return define([text('path'), any('vars')], ([path, variables]) => {
    const located = locatedFile(asText(path), context);
    const template = parsed.get(located) ?? parseTemplateText(new SourceText(located, readText(located, asText(path))));
    parsed.set(located, template);
    return evaluate(template, { variables: asEntries(variables), functions: withoutTemplates(functions()) });
  });
}

/** A template cannot bring in another one, as in Packer: it could bring in itself. */
function withoutTemplates(functions: FunctionTable): FunctionTable {
  const refuse = (): never => {
    throw bad('templatefile() cannot be called from a template');
  };
  return new Map([...functions, ['templatefile', define([], refuse, any('arguments'))]]);
}

/** Functions that ask a service: Goldsmith never does that while it reads. */
export const REMOTE_FUNCTIONS = ['aws_secretsmanager', 'aws_secretsmanager_raw', 'consul_key', 'vault'];

export const remoteFunction = (name: string): SpecialForm => ({
  special: call => {
    throw call.source.fail(
      call.start,
      `${name}() asks a service over the network, which Goldsmith does not do.`,
      'Give the value as a sensitive variable.',
      'unsupported',
    );
  },
});
