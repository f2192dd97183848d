import { InvalidArgumentError } from 'commander';

/** `-var name=value`, repeatable. */
export function collectVariable(value: string, all: Record<string, string>): Record<string, string> {
  const at = value.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write name=value');
  return { ...all, [value.slice(0, at)]: value.slice(at + 1) };
}

/** A repeatable option, each value possibly a comma-separated list. */
export const collectList = (value: string, all: string[]): string[] => [...all, ...value.split(',').filter(Boolean)];

export function positiveNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('write a whole number from 1');
  return number;
}

/** Packer's single-dash long options (`-var`, `-only=...`) as commander wants them. */
export const packerStyle = (argv: string[]): string[] =>
  argv.map(word => word.replace(/^-(var|var-file|only|except|on-error)(?==|$)/, '--$1'));
