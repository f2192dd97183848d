import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ownFile } from '../../own-files.ts';

/** Kinds of guests that are sealed alike. */
export const GUEST_FAMILIES = ['debian', 'redhat', 'alpine', 'tiny', 'openbsd', 'freebsd'] as const;
export type GuestFamily = (typeof GUEST_FAMILIES)[number];

/** One thing to remove, or to make sure of, before an image is copied to many machines. */
export interface SealItem {
  /** As `seal: {skip: [...]}` in lab.yaml names it; the names are virt-sysprep's where it has one. */
  name: string;
  title: string;
  why: string;
  families: readonly GuestFamily[];
  /**
   * POSIX sh, run as root with `set -eu` behind `lib.sh`. Every path starts with `$ROOT` (empty in a guest), so that a
   * test can run it in a folder. What it prints is shown.
   */
  script: string;
}

/** The scripts are files of the Ansible role, so that a playbook and a build seal with the same words. */
const ROLE_FILES = ownFile('ansible/roles/seal/files');

let items: readonly SealItem[] | undefined;

/** All items, in their order: that of the numbers before their names. */
export function allSealItems(): readonly SealItem[] {
  items ??= readdirSync(path.join(ROLE_FILES, 'items'))
    .filter(file => file.endsWith('.sh'))
    .sort()
    .map(file => readItem(file, readFileSync(path.join(ROLE_FILES, 'items', file), 'utf8')));
  return items;
}

/** What every item may call. */
export const sealLibrary = (): string => readFileSync(path.join(ROLE_FILES, 'lib.sh'), 'utf8');

/** The head of each file is data: `# title:`, `# families:` (`all` or names), `# why:`. */
export function readItem(file: string, text: string): SealItem {
  const field = (name: string): string => {
    const value = text.match(new RegExp(`^# ${name}: (.+)$`, 'm'))?.[1];
    if (value === undefined) throw new Error(`${file} has no "# ${name}:"`);
    return value;
  };
  const words = field('families').split(' ');
  const families = GUEST_FAMILIES.filter(family => words[0] === 'all' || words.includes(family));
  const isKnown = words[0] === 'all' ? words.length === 1 : families.length === words.length;
  if (!isKnown) throw new Error(`${file} names an unknown family in "${words.join(' ')}"`);
  const name = file.replace(/^\d+-|\.sh$/g, '');
  return { name, title: field('title'), why: field('why'), families, script: text };
}
