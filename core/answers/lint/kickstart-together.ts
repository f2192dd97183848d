import type { Arguments } from './kickstart-arguments.ts';
import type { Report } from './report.ts';
import type { Word } from './shell-words.ts';
import { isCrypted } from './words.ts';

/** Rules between two options of one command. */
export function checkTogether(report: Report, line: number, command: Word, used: Arguments): void {
  const at = { line, column: command.column };
  if (command.text === 'network' && used.value('--bootproto') === 'static' && !used.has('--ip') && !used.has('--ipv6'))
    report.error({ ...at, message: '--bootproto=static wants --ip and --netmask.', hint: 'Or --bootproto=dhcp.' });
  if (command.text === 'network' && used.has('--ip') && used.value('--bootproto') === 'dhcp')
    report.warning({
      ...at,
      message: '--ip is not looked at with --bootproto=dhcp.',
      hint: 'Write --bootproto=static.',
    });
  if (
    command.text === 'network' &&
    used.value('--bootproto') === 'static' &&
    used.has('--ip') &&
    !used.has('--netmask')
  )
    report.error({ ...at, message: '--ip wants --netmask beside it.' });
  if (command.text === 'user' && used.has('--iscrypted') && !isCrypted(used.value('--password') ?? ''))
    report.warning({ ...at, message: 'The password of this user is not crypted, though --iscrypted says so.' });
  if (
    command.text === 'bootloader' &&
    used.has('--iscrypted') &&
    !/^(\$|grub\.pbkdf2)/.test(used.value('--password') ?? '$')
  )
    report.warning({ ...at, message: 'The password of the boot loader is not crypted, though --iscrypted says so.' });
  const [size, most] = [used.value('--size'), used.value('--maxsize')].map(Number);
  if (size !== undefined && most !== undefined && most < size)
    report.error({ ...at, message: `--maxsize is less than --size.` });
}
