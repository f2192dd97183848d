import { GoldsmithError } from '../model/failure.ts';

/** GRUB's and isolinux's ways to name a kernel and its arguments, up to the Enter that ends the line. */
const LINUX = /\blinux(?:efi|16)?\s+\S+\s+(.*?)<(?:enter|return)>/is;
/** What is typed at isolinux's prompt is the kernel itself. */
const PROMPT = /(?:^|>)\s*\/\S*vmlinuz\s+initrd=\S+\s+(.*?)<(?:enter|return)>/is;
const PAUSES = /<wait[^>]*>/gi;

/**
 * The kernel arguments that a recipe's boot command types at a boot loader, so that a kernel can be booted directly
 * without writing them twice.
 * @throws GoldsmithError `bad-lab` when the boot command types no `linux` line
 */
export function kernelArguments(bootCommand: string[]): string {
  const typed = bootCommand.join('');
  const found = (LINUX.exec(typed) ?? PROMPT.exec(typed))?.[1];
  if (found !== undefined) return found.replace(PAUSES, '').trim();
  throw new GoldsmithError(
    'bad-lab',
    "The recipe's boot command types no `linux` line to take the kernel's arguments from.",
    {
      hint: 'Give them as `append:` under `boot: {direct: ...}` in lab.yaml.',
    },
  );
}
