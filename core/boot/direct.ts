import { GoldsmithError } from '../model/failure.ts';

/** GRUB's and isolinux's ways to name a kernel and its arguments, up to the Enter that ends the line. */
const LINUX = /\blinux(?:efi|16)?\s+\S+\s+(.*?)<(?:enter|return)>/is;
/** What is typed at isolinux's prompt is the kernel itself. */
const PROMPT = /(?:^|>)\s*\/\S*vmlinuz\s+initrd=\S+\s+(.*?)<(?:enter|return)>/is;
/** What is typed behind the line of a menu's entry: in GRUB's editor up to what boots, at isolinux after Tab. */
const EDITED = /<(?:end|tab)>(?:<wait[^>]*>)*\s*([^<]*\S[^<]*)(?:<wait[^>]*>)*<(?:leftCtrlOn|f10|enter|return)>/is;
const PAUSES = /<wait[^>]*>/gi;

/**
 * The kernel arguments that a recipe's boot command types at a boot loader, so that a kernel can be booted directly
 * without writing them twice. Those of a menu's entry itself are not known, and not needed: the installers find the medium
 * they came from.
 * @throws GoldsmithError `bad-lab` when the boot command types no arguments
 */
export function kernelArguments(bootCommand: string[]): string {
  const typed = bootCommand.join('');
  const atGrub = LINUX.exec(typed)?.[1];
  if (atGrub !== undefined) return asGrubReads(atGrub.replace(PAUSES, '').trim());
  const found = PROMPT.exec(typed)?.[1] ?? EDITED.exec(typed)?.[1];
  if (found !== undefined) return found.replace(PAUSES, '').trim();
  throw new GoldsmithError(
    'bad-lab',
    "The recipe's boot command types no `linux` line to take the kernel's arguments from.",
    {
      hint: 'Give them as `append:` under `boot: {direct: ...}` in lab.yaml.',
    },
  );
}

/** GRUB's shell takes backslashes and double quotes away, outside of what the build fills in. */
const asGrubReads = (line: string): string =>
  line.replace(/\{\{.*?\}\}|\\(.)|"/gs, (all, escaped: string | undefined) =>
    all.startsWith('{{') ? all : (escaped ?? ''),
  );
