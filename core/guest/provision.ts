import { within } from '../build/guard.ts';
import type { Scope } from '../build/scope.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Provisioner } from '../model/recipe.ts';
import type { Guest, GuestAddress } from './guest.ts';
import { pause } from './pause.ts';
import { ansible } from './provisioners/ansible.ts';
import { ansibleLocal } from './provisioners/ansible-local.ts';
import { file } from './provisioners/file.ts';
import { shell } from './provisioners/shell.ts';
import { shellLocal } from './provisioners/shell-local.ts';

/** What a provisioner is told of the build it runs in. */
export interface ProvisionContext {
  /** PACKER_BUILD_NAME and PACKER_BUILDER_TYPE. */
  buildName: string;
  builderType: string;
  /** PACKER_HTTP_ADDR: `IP:PORT[/TOKEN]` as the guest sees it. */
  httpAddress: string;
  /** Private key file for programs on the host, 0600. */
  keyFile: string;
  /** Private scratch folder of the build. */
  workDir: string;
  /** Relative paths of the recipe start here. */
  root: string;
  guestAddress: GuestAddress;
  ask?: (text: string, choices: { key: string; label: string }[]) => Promise<string>;
}

/** How one kind of provisioner runs once. */
export type Runner<K extends Provisioner['kind']> = (
  scope: Scope,
  guest: Guest,
  provisioner: Extract<Provisioner, { kind: K }>,
  context: ProvisionContext,
) => Promise<void>;

const windowsOnly = async (): Promise<never> => {
  throw new GoldsmithError(
    'unsupported',
    'This provisioner is for Windows guests, which cannot be reached over SSH yet.',
  );
};

const RUNNERS: { [K in Provisioner['kind']]: Runner<K> } = {
  shell,
  file,
  'shell-local': shellLocal,
  ansible,
  'ansible-local': ansibleLocal,
  sleep: (scope, _guest, { durationMs }) => pause(durationMs, scope.signal),
  breakpoint: askToGoOn,
  powershell: windowsOnly,
  'windows-shell': windowsOnly,
  'windows-restart': windowsOnly,
};

/** Runs a recipe's provisioners in order. @throws GoldsmithError `provision-failed` naming the one that failed */
export async function provision(
  scope: Scope,
  guest: Guest,
  provisioners: Provisioner[],
  context: ProvisionContext,
): Promise<void> {
  for (const [nth, provisioner] of provisioners.entries()) {
    const name = `${nth + 1}/${provisioners.length} ${provisioner.kind}`;
    scope.emit({ type: 'note', message: `Provisioner ${name}` });
    await runWithPolicy(scope, guest, provisioner, context, name);
  }
}

/** Packer's common options: pause_before, max_retries, timeout, continue_on_error. */
async function runWithPolicy(
  scope: Scope,
  guest: Guest,
  provisioner: Provisioner,
  context: ProvisionContext,
  name: string,
): Promise<void> {
  await pause(provisioner.pauseBeforeMs, scope.signal);
  for (let attempt = 0; ; attempt++) {
    try {
      return await within(provisioner.timeoutMs, `Provisioner ${name}`, runOnce(scope, guest, provisioner, context));
    } catch (error) {
      scope.signal.throwIfAborted();
      const failure = explain(error, provisioner, name);
      if (attempt < provisioner.maxRetries) {
        scope.emit({
          type: 'warning',
          message: `${failure.message} Trying again (${attempt + 1} of ${provisioner.maxRetries}).`,
        });
        continue;
      }
      if (!provisioner.continueOnError) throw failure;
      scope.emit({ type: 'warning', message: `${failure.message} The recipe says to go on.` });
      return;
    }
  }
}

const runOnce = (scope: Scope, guest: Guest, provisioner: Provisioner, context: ProvisionContext): Promise<void> =>
  (RUNNERS[provisioner.kind] as Runner<Provisioner['kind']>)(scope, guest, provisioner as never, context);

/** The same failure with the provisioner's name and place. A lost machine keeps its own code. */
function explain(error: unknown, { place }: Provisioner, name: string): GoldsmithError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const known = cause instanceof GoldsmithError ? cause : undefined;
  return new GoldsmithError(
    known && known.code !== 'program-failed' ? known.code : 'provision-failed',
    `Provisioner ${name}: ${cause.message}`,
    {
      hint: known?.hint,
      details: { ...known?.details, place },
      cause,
    },
  );
}

async function askToGoOn(
  scope: Scope,
  _guest: Guest,
  { note, disable }: Extract<Provisioner, { kind: 'breakpoint' }>,
  context: ProvisionContext,
): Promise<void> {
  if (disable) return;
  if (!context.ask) {
    scope.emit({ type: 'note', message: `Breakpoint${note ? ` (${note})` : ''}: nobody to ask, going on.` });
    return;
  }
  await context.ask(`Breakpoint${note ? `: ${note}` : ''}`, [{ key: 'c', label: 'continue' }]);
}
