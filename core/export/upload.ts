import { shellQuote } from '../guest/shell-quote.ts';
import type { TargetName } from '../model/export.ts';
import { type Upload, VENDORS } from './vendors.ts';

/** A script that uploads and registers what a target made; undefined for targets that nothing is uploaded for. */
export function uploadScript(target: TargetName, upload: Upload): string | undefined {
  const vendor = VENDORS[target];
  if (!vendor) return undefined;
  const { program, variables, needs } = vendor;
  const names = Object.keys(variables);
  const required = names.filter(name => variables[name] === '');
  return [
    '#!/bin/sh',
    `# Uploads ${upload.name} with ${program}. Nothing secret is in here: ${program} has its own login.`,
    `# Before: ${needs.join('; ')}.`,
    `# ${required.length > 0 ? `Set ${required.join(', ')} in the environment or here. ` : ''}--dry-run prints the commands only.`,
    'set -eu',
    ...Object.entries(variables).map(([name, value]) => `: "\${${name}:=${value}}"`),
    'DRY=',
    'for argument; do',
    '\tcase $argument in',
    '\t--dry-run) DRY=yes ;;',
    '\t*) echo "usage: $0 [--dry-run]" >&2; exit 2 ;;',
    '\tesac',
    'done',
    'cd "$(dirname "$0")"',
    'run() { if [ -n "$DRY" ]; then echo "$1"; else eval "$1"; fi; }',
    'if [ -n "$DRY" ]; then',
    ...names.map(name => `\techo "${name}='$${name}'"`),
    ...(names.length === 0 ? ['\t:'] : []),
    'else',
    `\tcommand -v ${program} > /dev/null || { echo "${program} is not installed." >&2; exit 4; }`,
    ...required.map(name => `\t[ -n "$${name}" ] || { echo "Set ${name}." >&2; exit 2; }`),
    'fi',
    ...vendor.commands(upload).map(command => `run ${shellQuote(command)}`),
    '',
  ].join('\n');
}
