import type { FunctionTable } from '../function-call.ts';
import { textValue } from '../value.ts';
import { COLLECTION_FUNCTIONS } from './collections.ts';
import { CRYPTO_FUNCTIONS } from './crypto.ts';
import { asText, define, type FunctionContext, text } from './define.ts';
import { ENCODING_FUNCTIONS } from './encoding.ts';
import { filesystemFunctions } from './filesystem.ts';
import { FORMAT_FUNCTIONS } from './format.ts';
import { NETWORK_FUNCTIONS } from './network.ts';
import { NUMERIC_FUNCTIONS } from './numeric.ts';
import { REGEX_FUNCTIONS } from './regular-expressions.ts';
import { SET_FUNCTIONS } from './sets.ts';
import { REMOTE_FUNCTIONS, remoteFunction, SPECIAL_FORMS, templateFile } from './special.ts';
import { STRING_FUNCTIONS } from './strings.ts';
import { timeFunctions } from './time.ts';

/** All functions of Packer's HCL2 templates. */
export function packerFunctions(context: FunctionContext): FunctionTable {
  const table: FunctionTable = new Map(
    Object.entries({
      ...STRING_FUNCTIONS,
      ...REGEX_FUNCTIONS,
      ...FORMAT_FUNCTIONS,
      ...NUMERIC_FUNCTIONS,
      ...COLLECTION_FUNCTIONS,
      ...SET_FUNCTIONS,
      ...ENCODING_FUNCTIONS,
      ...CRYPTO_FUNCTIONS,
      ...NETWORK_FUNCTIONS,
      ...timeFunctions(context),
      ...filesystemFunctions(context),
      ...SPECIAL_FORMS,
      ...Object.fromEntries(REMOTE_FUNCTIONS.map(name => [name, remoteFunction(name)])),
      templatefile: templateFile(context, () => table),
    }),
  );
  return table;
}

/** The only function in the default of a variable: `env("NAME")`, empty when it is not set. */
export const environmentFunction = (env: Record<string, string | undefined>): FunctionTable =>
  new Map([['env', define([text('key')], ([key]) => textValue(env[asText(key)] ?? ''))]]);
