import path from 'node:path';
import { makeKeyPair } from '../../guest/keys.ts';
import { toFailure } from '../../model/failure.ts';
import type { LabBootTest } from '../../model/lab.ts';
import type { Machine } from '../../model/machine.ts';
import { bootTest, type TestRecord } from '../../verify/boot-test.ts';
import type { Access } from '../../verify/throwaway.ts';
import type { BuildContext } from '../context.ts';
import type { Scope } from '../scope.ts';
import type { CandidateImage } from './candidate.ts';
import { agentSocket, readKey } from './ssh-way.ts';

/** Boots the candidate and tests it. One that fails is kept under its name, where it never resolves. */
export async function testCandidate(
  scope: Scope,
  context: BuildContext,
  machine: Machine,
  candidate: CandidateImage,
): Promise<TestRecord[]> {
  const { image, isBare } = context.target;
  if (isBare && image.tests.length === 0) return untested(scope);
  const [disk] = candidate.disks;
  const access = await accessOf(context);
  if (!disk || access.kind === 'none') {
    scope.emit({
      type: 'warning',
      message: 'The image is not booted for a test: nobody could log in to it.',
      hint: 'Give it cloud-init and `boot_test: {seed: nocloud}` in lab.yaml.',
    });
    return [];
  }
  try {
    return await bootTest(scope, context.driver, {
      image: disk,
      machine: testMachine(machine, context),
      cpusAlone: processors(machine, { ...image.bootTest, clones: 1 }, context.facts.system.cpu.count),
      access,
      ...efiTemplate(machine, context),
      tests: image.tests,
      rules: image.bootTest,
      dir: path.join(context.workDir, 'test'),
      runtimeDir: path.join(context.runtimeDir, 'test'),
      labRoot: context.target.root,
    });
  } catch (error) {
    if (!scope.signal.aborted) await keepFailed(scope, context, candidate, error);
    throw error;
  }
}

/**
 * Packer's templates often lock the very user that would have to log in, so what Packer would call done is not called
 * failed here: tests are for images a lab names.
 */
function untested(scope: Scope): TestRecord[] {
  const message = 'The image is not booted for a test: the template is not named in a lab.yaml.';
  scope.emit({ type: 'note', message });
  return [];
}

async function accessOf({ target }: BuildContext): Promise<Access> {
  const { image, builder } = target;
  if (image.bootTest.seed === 'nocloud') {
    return { kind: 'seed', user: image.bootTest.user, key: makeKeyPair(`goldsmith-test-${image.name}`) };
  }
  const { communicator } = builder.source;
  if (communicator.kind !== 'ssh') return { kind: 'none' };
  const { username, password, privateKeyFile, agentAuth } = communicator;
  if (password === undefined && privateKeyFile === undefined && !agentAuth) return { kind: 'none' };
  return {
    kind: 'own',
    user: username,
    ...(password === undefined ? {} : { password }),
    ...(privateKeyFile === undefined ? {} : { privateKey: await readKey(privateKeyFile, target) }),
    ...(agentAuth ? { agent: agentSocket('ssh_agent_auth') } : {}),
  };
}

/** What a recipe says of the processor and the board goes for the finished image, too; its disks and cards do not. */
const KEPT_SWITCHES: ReadonlySet<string> = new Set([
  '-cpu',
  '-smp',
  '-m',
  '-machine',
  '-M',
  '-global',
  '-smbios',
  '-rtc',
]);

function testMachine(machine: Machine, { target: { image }, facts }: BuildContext): Machine {
  const { hasOwnDevices: _, ...own } = machine;
  return {
    ...own,
    extraArgs: keptSwitches(machine.extraArgs),
    cpus: processors(machine, image.bootTest, facts.system.cpu.count),
    memoryMiB: image.bootTest.memoryMiB ?? machine.memoryMiB,
  };
}

/**
 * The processors of each clone, of which several run at once. Emulated ones take one of the host's each; where there are
 * more, they wait for each other's locks (two of Debian on two processors, until a login: 165 s with two each, 144 with one;
 * one alone: 112 s with two, 162 with one).
 * @param ofHost how many processors this host has
 */
export function processors({ cpus, accelerator }: Machine, rules: LabBootTest, ofHost: number): Machine['cpus'] {
  if (rules.cpus !== undefined) return { count: rules.cpus };
  const each = Math.max(1, Math.floor(ofHost / rules.clones));
  return accelerator === 'tcg' && cpus.count > each ? { count: each } : cpus;
}

/** An image is released without UEFI variables, so it must boot with those of a new machine. */
function efiTemplate({ firmware }: Machine, { facts }: BuildContext): { efiVarsTemplate?: string } {
  if (firmware.kind !== 'efi') return {};
  const known = facts.firmware.find(({ code }) => code === firmware.code);
  return known ? { efiVarsTemplate: known.varsTemplate } : {};
}

const keptSwitches = (args: string[]): string[] =>
  args.flatMap((name, at) => (KEPT_SWITCHES.has(name) ? [name, args[at + 1] ?? ''] : []));

async function keepFailed(
  scope: Scope,
  context: BuildContext,
  candidate: CandidateImage,
  error: unknown,
): Promise<void> {
  const image = context.target.image.name;
  const kept = await context.store.keepCandidate(candidate.dir, {
    image,
    version: context.version,
    reason: toFailure(error).message,
    at: new Date().toISOString(),
    build: context.id,
  });
  scope.emit({ type: 'candidate', image, version: context.version, path: kept });
}
