import { buildFiles } from '../build/context.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { BuildState } from '../model/fold.ts';
import type { VmInfo } from '../model/vm.ts';
import type { EngineDeps } from './deps.ts';
import { type JournalFolders, livingPid } from './folders.ts';

/** Whom a seed makes when nobody says otherwise. */
export const DEFAULT_USER = 'goldsmith';

/** A machine as others may use it, from its journal. */
export async function vmInfo(folders: JournalFolders, state: BuildState, kind: VmInfo['kind']): Promise<VmInfo> {
  const pid = await livingPid(state);
  const { machine } = state;
  const { key } = buildFiles(folders.dir(state.id));
  return {
    id: state.id,
    kind,
    image: state.image,
    ...(state.version === undefined ? {} : { version: state.version }),
    ...(pid === undefined ? {} : { pid }),
    startedAt: state.startedAt,
    ...(machine?.ssh
      ? { ssh: { ...machine.ssh, user: machine.ssh.user ?? state.kept?.ssh?.user ?? DEFAULT_USER, key } }
      : {}),
    ...(machine?.serial === undefined ? {} : { serialSocket: machine.serial }),
    ...(machine?.vnc === undefined ? {} : { vncSocket: machine.vnc }),
    forwards: [
      ...(machine?.ssh ? [{ host: machine.ssh.host, port: machine.ssh.port, guestPort: 22 }] : []),
      ...(machine?.forwards ?? []),
    ],
  };
}

/** Every machine that is alive: of running builds, kept by builds, started from releases. */
export async function livingVms(deps: EngineDeps): Promise<VmInfo[]> {
  const builds = (await deps.builds.states()).map(state =>
    vmInfo(deps.builds, state, state.kept ? 'kept-build' : 'build'),
  );
  const vms = (await deps.vms.states()).map(state => vmInfo(deps.vms, state, 'run'));
  return (await Promise.all([...builds, ...vms])).filter(info => info.pid !== undefined);
}

/** @throws GoldsmithError `not-found` when nothing of that name runs */
export async function livingVm(deps: EngineDeps, wanted: string): Promise<VmInfo> {
  const all = await livingVms(deps);
  const matches =
    wanted === 'latest' ? all.slice(0, 1) : all.filter(({ id, image }) => id.startsWith(wanted) || image === wanted);
  const [only, ...others] = matches;
  if (only && others.length === 0) return only;
  throw new GoldsmithError(
    'not-found',
    others.length > 0 ? `"${wanted}" fits ${matches.length} machines.` : `No machine "${wanted}" runs.`,
    {
      hint: all.length > 0 ? `Running: ${all.map(({ id }) => id).join(', ')}.` : 'goldsmith run IMAGE starts one.',
    },
  );
}
