import type { Guest } from '../../guest/guest.ts';
import { keyBody } from '../../guest/keys.ts';
import { provisionOne } from '../../guest/provision.ts';
import { shellQuote } from '../../guest/shell-quote.ts';
import type { BuildContext } from '../context.ts';
import { provisionContext } from '../parameters.ts';
import type { Scope } from '../scope.ts';
import type { Session } from '../session.ts';

const CLEAR_TIMEOUT_MS = 60_000;

/** Runs one of the recipe's provisioners. */
export async function provisionGuest(scope: Scope, session: Session, index: number): Promise<void> {
  const { context, loggedIn, served } = session;
  const { provisioners } = context.target.builder;
  const provisioner = provisioners[index];
  if (!provisioner) return;
  const which = { number: index + 1, of: provisioners.length };
  await provisionOne(scope, loggedIn, provisioner, provisionContext(context, loggedIn, served), which);
}

/** For `ssh_clear_authorized_keys`: the lines with the build's own key, in the files of the user and of root. What cannot be written is left as it is. */
export async function clearKeys(scope: Scope, { keys }: BuildContext, guest: Guest): Promise<void> {
  const body = shellQuote(keyBody(keys.clientKey.publicLine));
  const script = [
    'for file in "$HOME/.ssh/authorized_keys" /root/.ssh/authorized_keys; do',
    `[ -w "$file" ] && { grep -Fv ${body} "$file" > "$file.new" || :; } && cat "$file.new" > "$file" && rm -f "$file.new";`,
    'done; true',
  ].join(' ');
  await guest.exec(`sh -c ${shellQuote(script)}`, { timeoutMs: CLEAR_TIMEOUT_MS, signal: scope.signal });
}
