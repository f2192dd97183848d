import { randomBytes } from 'node:crypto';
import { GoldsmithError } from '../../model/failure.ts';
import type { WindowsUpdateProvisioner } from '../../model/recipe.ts';
import { powershell, psQuote } from '../winrm/powershell.ts';
import { elevatedScript } from './elevated.ts';
import type { Job } from './job.ts';

const RESTART = 'shutdown /r /f /t 0 /c "windows updates"';
/** What our script ends with when Windows wants to restart before it goes on. */
const RESTART_WANTED = 101;
/** Every round installs something; Windows is not expected to need more of them. */
const MOST_ROUNDS = 20;
const COMMAND_TIMEOUT_MS = 60_000;

/** The plugin `windows-update`: installs what the search finds and the filters let through, restarting as often as needed. */
export async function runWindowsUpdate(job: Job, update: WindowsUpdateProvisioner): Promise<void> {
  const id = randomBytes(6).toString('hex');
  const script = `c:/Windows/Temp/goldsmith-updates-${id}.ps1`;
  const wrapper = `c:/Windows/Temp/goldsmith-elevated-${id}.ps1`;
  const user = { name: update.username ?? 'SYSTEM', password: update.password ?? '' };
  const inner = `powershell -NoProfile -ExecutionPolicy Bypass -File "${script}"`;
  await job.guest.uploadText(updateScript(update), script, { signal: job.signal });
  await job.guest.uploadText(elevatedScript(inner, user, id), wrapper, { signal: job.signal });
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    if (!(await installOnce(job, wrapper))) return clean(job, [script, wrapper]);
    job.note(`Windows restarts after round ${round} of its updates.`);
    await job.guest.exec(RESTART, { signal: job.signal, timeoutMs: COMMAND_TIMEOUT_MS });
    await job.guest.afterRestart({ timeoutMs: update.restartTimeoutMs, signal: job.signal });
  }
  throw new GoldsmithError('provision-failed', `Windows still wants updates after ${MOST_ROUNDS} restarts.`, {
    hint: 'An update may fail each time: exclude it with a filter.',
  });
}

/** Whether Windows has to restart before it can go on. */
async function installOnce(job: Job, wrapper: string): Promise<boolean> {
  const command = `powershell -NoProfile -ExecutionPolicy Bypass -File "${wrapper}"`;
  const { exitCode } = await job.guest.exec(command, { onLine: line => job.line(line), signal: job.signal });
  if (exitCode === 0) return false;
  if (exitCode === RESTART_WANTED) return true;
  throw new GoldsmithError('provision-failed', `Installing Windows updates ended with ${exitCode ?? 'no status'}.`, {
    details: exitCode === undefined ? {} : { exitCode },
  });
}

async function clean(job: Job, files: string[]): Promise<void> {
  const script = `Remove-Item -Force -ErrorAction SilentlyContinue -LiteralPath ${files.map(psQuote).join(',')}`;
  await job.guest.exec(powershell(script), { signal: job.signal, timeoutMs: COMMAND_TIMEOUT_MS });
}

/** Through the Windows Update Agent (Microsoft, "wuapi"): search, filter, download, install. */
function updateScript({ searchCriteria, filters, updateLimit }: WindowsUpdateProvisioner): string {
  return [
    "$ErrorActionPreference = 'Stop'",
    '$session = New-Object -ComObject Microsoft.Update.Session',
    `$found = $session.CreateUpdateSearcher().Search(${psQuote(searchCriteria)}).Updates`,
    `$filters = @(${filters.map(filterOf).join(',')})`,
    '$wanted = New-Object -ComObject Microsoft.Update.UpdateColl',
    'foreach ($update in $found) {',
    `  if ($wanted.Count -ge ${updateLimit}) { break }`,
    '  foreach ($filter in $filters) {',
    '    if ($update | Where-Object $filter.Condition) {',
    '      if ($filter.IsIncluded) { if (-not $update.EulaAccepted) { $update.AcceptEula() }; [void]$wanted.Add($update) }',
    '      break',
    '    }',
    '  }',
    '}',
    "$pending = Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired'",
    `if ($wanted.Count -eq 0) { if ($pending) { exit ${RESTART_WANTED} }; Write-Output 'No updates left.'; exit 0 }`,
    'foreach ($update in $wanted) { Write-Output ("Update: " + $update.Title) }',
    '$downloader = $session.CreateUpdateDownloader(); $downloader.Updates = $wanted; [void]$downloader.Download()',
    '$installer = $session.CreateUpdateInstaller(); $installer.Updates = $wanted; $result = $installer.Install()',
    // 2 is succeeded, 3 succeeded with errors (OperationResultCode)
    'if ($result.ResultCode -ne 2 -and $result.ResultCode -ne 3) { Write-Output ("Result " + $result.ResultCode); exit 1 }',
    `exit ${RESTART_WANTED}`,
    '',
  ].join('\r\n');
}

function filterOf(filter: string): string {
  const at = filter.indexOf(':');
  const isIncluded = filter.slice(0, at) === 'include';
  return `@{ IsIncluded = $${isIncluded}; Condition = { ${filter.slice(at + 1)} } }`;
}
