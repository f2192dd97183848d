import type { Expression } from '../hcl/ast.ts';
import { toText } from '../hcl/numbers.ts';

interface Ruled {
  name: string;
  validations: { condition: Expression }[];
}

/**
 * The closed choice that the rules of a variable leave for it, when one of them says so in a way that templates do:
 * `contains(["a", "b"], var.NAME)`, or `var.NAME == "a" || var.NAME == "b"`. A form offers these instead of a free text;
 * the rules themselves stay the judges.
 */
export function offered({ name, validations }: Ruled): { choices?: string[] } {
  const choices = validations.map(({ condition }) => choicesOf(condition, name)).find(found => found !== undefined);
  return choices === undefined ? {} : { choices };
}

function choicesOf(condition: Expression, name: string): string[] | undefined {
  switch (condition.kind) {
    case 'parentheses':
      return choicesOf(condition.inner, name);
    case 'call': {
      const [list, asked] = condition.arguments;
      return condition.name === 'contains' && list?.kind === 'tuple' && isItself(asked, name)
        ? allOf(list.items.map(literalOf))
        : undefined;
    }
    case 'binary':
      return ofOperator(condition.operator, condition.left, condition.right, name);
    default:
      return undefined;
  }
}

function ofOperator(operator: string, left: Expression, right: Expression, name: string): string[] | undefined {
  if (operator === '||') return allOf([choicesOf(left, name), choicesOf(right, name)])?.flat();
  if (operator !== '==') return undefined;
  const sides: [Expression, Expression] = isItself(left, name) ? [left, right] : [right, left];
  return isItself(sides[0], name) ? allOf([literalOf(sides[1])]) : undefined;
}

/** `var.NAME`. */
const isItself = (expression: Expression | undefined, name: string): boolean =>
  expression?.kind === 'attribute' &&
  expression.name === name &&
  expression.object.kind === 'variable' &&
  expression.object.name === 'var';

/** The text of a literal. */
function literalOf(expression: Expression): string | undefined {
  if (expression.kind === 'literal') {
    const { value } = expression;
    if (value.kind === 'number') return toText(value.value);
    return value.kind === 'string' ? value.value : undefined;
  }
  if (expression.kind !== 'template') return undefined;
  return allOf(expression.parts.map(part => (part.kind === 'text' ? part.text : undefined)))?.join('');
}

const allOf = <T>(items: (T | undefined)[]): T[] | undefined =>
  items.every(item => item !== undefined) ? (items as T[]) : undefined;
