import type { Guest } from '../../guest/guest.ts';
import { keyBody } from '../../guest/keys.ts';
import { type ProvisionContext, provisionOrCleanUp } from '../../guest/provision.ts';
import { shellQuote } from '../../guest/shell-quote.ts';
import type { BuildContext } from '../context.ts';
import type { Scope } from '../scope.ts';

const CLEAR_TIMEOUT_MS = 60_000;

/** Runs the recipe's provisioners; then takes the build's key away if `ssh_clear_authorized_keys` asks for it. */
export async function provisionGuest(
  scope: Scope,
  context: BuildContext,
  guest: Guest,
  provisionContext: ProvisionContext,
): Promise<void> {
  const { builder } = context.target;
  await provisionOrCleanUp(scope, guest, builder, provisionContext);
  const { communicator } = builder.source;
  if (communicator.kind === 'ssh' && communicator.clearAuthorizedKeys) await clearKeys(scope, context, guest);
}

/** The lines with the build's own key, in the files of the user and of root. What cannot be written is left as it is. */
async function clearKeys(scope: Scope, { keys }: BuildContext, guest: Guest): Promise<void> {
  const body = shellQuote(keyBody(keys.clientKey.publicLine));
  const script = [
    'for file in "$HOME/.ssh/authorized_keys" /root/.ssh/authorized_keys; do',
    `[ -w "$file" ] && { grep -Fv ${body} "$file" > "$file.new" || :; } && cat "$file.new" > "$file" && rm -f "$file.new";`,
    'done; true',
  ].join(' ');
  await guest.exec(`sh -c ${shellQuote(script)}`, { timeoutMs: CLEAR_TIMEOUT_MS, signal: scope.signal });
}
