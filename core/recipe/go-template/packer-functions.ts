import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import { goLayout, strftime } from '../time/layouts.ts';
import { type Moment, rfc3339 } from '../time/moment.ts';
import type { GoFunction, GoValue } from './ast.ts';
import { goText } from './values.ts';

/** The version of Packer whose rules are followed, where a template asks for it. */
export const PACKER_VERSION = '1.14.2';

/** What Packer's template engine knows where a text is rendered (packer-plugin-sdk `interpolate`). */
export interface EngineContext {
  now: Moment;
  workingDirectory: string;
  /** Folder of a JSON template; HCL2 templates have none. */
  templateDirectory?: string | undefined;
  buildName?: string | undefined;
  buildType?: string | undefined;
  /** User variables of a JSON template. Undefined in HCL2. Throws or warns itself about unknown names. */
  user?: ((name: string) => string) | undefined;
  /** Only in the `variables` section. */
  env?: Record<string, string | undefined> | undefined;
  /** Values only the build knows may be asked for by `build`. */
  isBuildKnown?: boolean;
}

const bad = (message: string, hint?: string): GoldsmithError => new GoldsmithError('bad-recipe', message, { hint });

/** Packer's functions in `{{ }}`: https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates/engine */
export function engineFunctions(context: EngineContext): ReadonlyMap<string, GoFunction> {
  return new Map<string, GoFunction>([
    ['user', name => userValue(context, goText(name ?? ''))],
    ['env', name => environmentValue(context, goText(name ?? ''))],
    ['isotime', (...layouts) => isotime(context.now, layouts)],
    ['strftime', layout => strftime(goText(layout ?? ''), context.now)],
    ['timestamp', () => String(Math.floor(context.now.epochMs / 1000))],
    ['uuid', () => randomUUID()],
    ['pwd', () => context.workingDirectory],
    [
      'template_dir',
      () =>
        required(
          context.templateDirectory && resolve(context.workingDirectory, context.templateDirectory),
          'template_dir',
          'path.root has it in HCL2.',
        ),
    ],
    ['build_name', () => required(context.buildName, 'build_name')],
    ['build_type', () => required(context.buildType, 'build_type')],
    ['build', name => buildValue(context, goText(name ?? ''))],
    ['packer_version', () => PACKER_VERSION],
    ['split', split],
    [
      'replace',
      (old, replacement, count, text) =>
        replaceSome(goText(text ?? ''), goText(old ?? ''), goText(replacement ?? ''), Number(count)),
    ],
    [
      'replace_all',
      (old, replacement, text) =>
        goText(text ?? '')
          .split(goText(old ?? ''))
          .join(goText(replacement ?? '')),
    ],
    ['clean_resource_name', text => goText(text ?? '').replace(/[^a-zA-Z0-9-]/g, '-')],
    ['upper', text => goText(text ?? '').toUpperCase()],
    ['lower', text => goText(text ?? '').toLowerCase()],
    ['sed', sed],
    ...REMOTE.map((name): [string, GoFunction] => [name, () => asksNetwork(name)]),
  ]);
}

const REMOTE = ['consul_key', 'vault', 'aws_secretsmanager', 'aws_secretsmanager_raw'];

function asksNetwork(name: string): never {
  throw new GoldsmithError('unsupported', `${name} asks a service over the network, which Goldsmith does not do.`, {
    hint: 'Give the value as a sensitive variable.',
  });
}

function userValue(context: EngineContext, name: string): string {
  if (context.user) return context.user(name);
  throw bad(`{{ user \`${name}\` }} belongs to JSON templates.`, `Write \${var.${name}} in HCL2.`);
}

function environmentValue(context: EngineContext, name: string): string {
  if (context.env) return context.env[name] ?? '';
  throw bad(
    '{{ env }} is allowed only in the variables of a template.',
    'Set a variable from it, and use the variable here.',
  );
}

function isotime(now: Moment, layouts: GoValue[]): string {
  if (layouts.length > 1) throw bad('isotime takes one format at most.');
  return layouts[0] === undefined ? rfc3339(now) : goLayout(goText(layouts[0]), now);
}

function required(value: string | undefined, name: string, hint?: string): string {
  if (value) return value;
  throw bad(`{{ ${name} }} has no value here.`, hint);
}

/** Left standing as `{{ .ID }}`, as Packer itself does while it validates. */
function buildValue(context: EngineContext, name: string): undefined {
  if (context.isBuildKnown) return undefined;
  throw bad(
    `{{ build \`${name}\` }} has no value before the machine runs.`,
    'It can be used in provisioners and post-processors.',
  );
}

function split(text: GoValue | undefined, separator: GoValue | undefined, index: GoValue | undefined): string {
  const parts = goText(text ?? '').split(goText(separator ?? ''));
  const part = parts[Number(index)];
  if (part === undefined)
    throw bad(`split: there is no part ${goText(index ?? null)} of ${JSON.stringify(goText(text ?? ''))}.`);
  return part;
}

function replaceSome(text: string, old: string, replacement: string, count: number): string {
  const parts = text.split(old);
  if (count < 0 || count >= parts.length) return parts.join(replacement);
  return (
    parts.slice(0, count + 1).join(replacement) +
    parts
      .slice(count + 1)
      .map(part => old + part)
      .join('')
  );
}

/** Gone from Packer since 1.7; the simple form `s/a/b/` is still understood here. */
function sed(expression: GoValue | undefined, text: GoValue | undefined): string {
  const match = /^s(.)((?:(?!\1).)*)\1((?:(?!\1).)*)\1(g?)$/s.exec(goText(expression ?? ''));
  const plain = match && !/[.*+?^${}()|[\]\\]/.test(match[2] ?? '');
  if (!match || !plain) throw bad('The template function sed is gone from Packer.', 'Use replace or replace_all.');
  return replaceSome(goText(text ?? ''), match[2] ?? '', match[3] ?? '', match[4] === 'g' ? -1 : 1);
}
