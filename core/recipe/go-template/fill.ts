import { GoldsmithError } from '../../model/failure.ts';
import { nameHint } from '../nearest.ts';
import type { GoValue } from './ast.ts';
import { renderGoTemplate } from './render.ts';

/**
 * Fills the build-time values of a string of a recipe: `{{ .HTTPIP }}`, also with pipes such as `| urlquery`.
 * Rendered again until nothing changes, as Packer does with boot commands and `qemuargs`.
 * @throws GoldsmithError `bad-recipe` for a name that has no value, without a place.
 */
export function fillTemplate(text: string, values: Record<string, GoValue>): string {
  const field = (name: string): GoValue => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return value;
    throw new GoldsmithError('bad-recipe', `{{ .${name} }} has no value here.`, {
      hint: nameHint(name, Object.keys(values), 'names'),
    });
  };
  const functions = new Map([['build', (name: GoValue | undefined) => field(String(name))]]);
  let current = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = renderGoTemplate(current, { functions, field });
    if (next === current) return next;
    current = next;
  }
  return current;
}

/** A value that holds itself would never end. */
const MOST_ROUNDS = 10;
