import type { Scope } from '../build/scope.ts';
import { type FailureCode, type FailureDetails, GoldsmithError } from '../model/failure.ts';
import type { Provisioner } from '../model/recipe.ts';
import { fillBuildValues } from './fill-template.ts';
import type { Guest } from './guest.ts';
import { pause } from './pause.ts';
import { Job, type ProvisionContext, splitAddress } from './provisioners/job.ts';
import { needsGuest, runProvisioner } from './provisioners/table.ts';
import { publicLineOf } from './public-line.ts';

export type { ProvisionContext };

/** A guest that rebooted in the provisioner before may take this long to let us in again. */
const RECONNECT_MS = 600_000;
/** After these nothing more can be done in this guest, whatever `continue_on_error` says. */
const FINAL = new Set<FailureCode>(['qemu-failed', 'cancelled', 'guest-panicked', 'host-key-changed', 'disk-full']);

/**
 * Runs a recipe's provisioners in order, each with its policy: pause_before, timeout, max_retries, continue_on_error.
 * @throws GoldsmithError `provision-failed` or `timed-out` with the
 *   provisioner's number, kind, place, exit code and last lines; the codes of `connectGuest`
 */
export async function provision(
  scope: Scope,
  guest: Guest,
  provisioners: Provisioner[],
  context: ProvisionContext,
): Promise<void> {
  for (const [index, provisioner] of provisioners.entries()) {
    await provisionOne(scope, guest, provisioner, context, { number: index + 1, of: provisioners.length });
  }
}

/** One of them, with its policy. @throws as `provision` does */
export async function provisionOne(
  scope: Scope,
  guest: Guest,
  provisioner: Provisioner,
  context: ProvisionContext,
  which: Which,
): Promise<void> {
  await runWithPolicy(scope, guest, provisioner, context, which).catch(error => {
    const isFinal = scope.signal.aborted || (error instanceof GoldsmithError && FINAL.has(error.code));
    if (isFinal || !provisioner.continueOnError) throw error;
    scope.emit({ type: 'warning', message: `${error.message} Going on, as continue_on_error says.` });
  });
}

/** Runs the recipe's `error-cleanup-provisioner` after a failure; what fails there is only told. */
export async function cleanUpAfterError(
  scope: Scope,
  guest: Guest,
  errorCleanup: Provisioner,
  context: ProvisionContext,
): Promise<void> {
  scope.emit({ type: 'note', message: 'A provisioner failed; the error-cleanup-provisioner runs.' });
  await provision(scope, guest, [errorCleanup], context).catch((failure: unknown) => {
    const reason = failure instanceof Error ? failure.message : String(failure);
    scope.emit({ type: 'warning', message: `The error-cleanup-provisioner failed, too: ${reason}` });
  });
}

/**
 * The same, and once something has failed, the recipe's `error-cleanup-provisioner`; what was wrong first is thrown.
 * A build that is cancelled ends at once.
 */
export async function provisionOrCleanUp(
  scope: Scope,
  guest: Guest,
  { provisioners, errorCleanup }: { provisioners: Provisioner[]; errorCleanup?: Provisioner },
  context: ProvisionContext,
): Promise<void> {
  try {
    await provision(scope, guest, provisioners, context);
  } catch (error) {
    if (errorCleanup !== undefined && !scope.signal.aborted) {
      await cleanUpAfterError(scope, guest, errorCleanup, context);
    }
    throw error;
  }
}

/** The number of a provisioner, from 1, and of how many. */
export interface Which {
  number: number;
  of: number;
}

async function runWithPolicy(
  scope: Scope,
  guest: Guest,
  provisioner: Provisioner,
  context: ProvisionContext,
  which: Which,
): Promise<void> {
  scope.emit({
    type: 'note',
    message: `Provisioner ${which.number}/${which.of}: ${provisioner.kind}${at(provisioner)}`,
  });
  for (let triesLeft = provisioner.maxRetries; ; triesLeft--) {
    try {
      if (provisioner.pauseBeforeMs > 0) await pause(provisioner.pauseBeforeMs, scope.signal);
      return await runOnce(scope, guest, provisioner, context, which);
    } catch (error) {
      scope.signal.throwIfAborted();
      if (triesLeft <= 0 || (error instanceof GoldsmithError && FINAL.has(error.code))) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      scope.emit({ type: 'warning', message: `${reason} Trying again; ${triesLeft} tries left.` });
    }
  }
}

async function runOnce(
  scope: Scope,
  guest: Guest,
  provisioner: Provisioner,
  context: ProvisionContext,
  which: Which,
): Promise<void> {
  const limit = provisioner.timeoutMs === undefined ? undefined : AbortSignal.timeout(provisioner.timeoutMs);
  const job = new Job(scope, guest, context, AbortSignal.any([scope.signal, limit].filter(one => one !== undefined)));
  try {
    if (needsGuest(provisioner.kind)) await guest.ensureConnected({ timeoutMs: RECONNECT_MS, signal: job.signal });
    await runProvisioner(job, fillBuildValues(provisioner, buildValues(guest, context)));
  } catch (error) {
    scope.signal.throwIfAborted();
    throw explain(limit?.aborted ? tooLong(provisioner) : error, job, provisioner, which);
  }
}

const tooLong = ({ timeoutMs = 0 }: Provisioner): GoldsmithError =>
  new GoldsmithError('timed-out', `It took longer than its timeout of ${timeoutMs / 1000} s.`);

/** The failure with what a reader needs to find the provisioner and its reason. */
function explain(error: unknown, job: Job, provisioner: Provisioner, which: Which): unknown {
  if (!(error instanceof GoldsmithError)) return error;
  const code = error.code === 'program-failed' ? 'provision-failed' : error.code;
  const details: FailureDetails = {
    place: provisioner.place,
    provisioner: which.number,
    kind: provisioner.kind,
    lastLines: job.lastLines,
    ...error.details,
  };
  const message = `Provisioner ${which.number} (${provisioner.kind}${at(provisioner)}) failed: ${error.message}`;
  return new GoldsmithError(code, job.scope.secrets.mask(message), {
    hint: error.hint,
    details: job.scope.secrets.maskDeep(details),
    cause: error,
  });
}

function at({ place }: Provisioner): string {
  return place.line === undefined ? `, ${place.file}` : `, ${place.file}:${place.line}`;
}

/** What Packer's `build` knows while provisioners run. */
function buildValues(guest: Guest, context: ProvisionContext): Record<string, string> {
  const { host, port, user, password, privateKey } = guest.address;
  const http = splitAddress(context.httpAddress);
  return {
    Host: host,
    Port: String(port),
    User: user,
    Password: password ?? '',
    ConnType: guest.address.hostKeys.length > 0 ? 'ssh' : 'winrm',
    WinRMPassword: guest.address.hostKeys.length > 0 ? '' : (password ?? ''),
    PackerHTTPAddr: context.httpAddress,
    PackerHTTPIP: http.ip,
    PackerHTTPPort: http.port,
    SSHPrivateKey: privateKey ?? '',
    SSHPublicKey: privateKey === undefined ? '' : publicLineOf(privateKey),
    ...context.buildValues,
  };
}
