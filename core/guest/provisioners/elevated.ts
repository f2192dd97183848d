import { psQuote } from '../winrm/powershell.ts';

/**
 * A script that runs a command as a scheduled task of another user, since a network login as WinRM's may not do what an
 * elevated one may (Windows Update, for one). It shows what the task writes and ends with the task's status.
 */
export function elevatedScript(command: string, user: { name: string; password: string }, id: string): string {
  const log = `c:\\Windows\\Temp\\packer-elevated-${id}.out`;
  const isService = /^(NT AUTHORITY\\)?(SYSTEM|LOCAL SERVICE|NETWORK SERVICE)$/i.test(user.name);
  const login = isService || user.password === '' ? '' : ` -Password ${psQuote(user.password)}`;
  return [
    "$ErrorActionPreference = 'Stop'",
    `$name = 'packer-${id}'`,
    `$log = ${psQuote(log)}`,
    `$command = ${psQuote(`${command} > "${log}" 2>&1`)}`,
    "$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument ('/c ' + $command)",
    '$settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit ([TimeSpan]::Zero)',
    `[void](Register-ScheduledTask -TaskName $name -Action $action -Settings $settings -RunLevel Highest -Force -User ${psQuote(user.name)}${login})`,
    'Start-ScheduledTask -TaskName $name',
    '$shown = 0',
    'do {',
    '  Start-Sleep -Seconds 1',
    '  $state = (Get-ScheduledTask -TaskName $name).State',
    '  if (Test-Path $log) { $lines = @(Get-Content $log); $lines | Select-Object -Skip $shown; $shown = $lines.Count }',
    "} while ($state -eq 'Running' -or $state -eq 'Queued')",
    '$status = (Get-ScheduledTaskInfo -TaskName $name).LastTaskResult',
    'Unregister-ScheduledTask -TaskName $name -Confirm:$false',
    'Remove-Item -Force -ErrorAction SilentlyContinue $log',
    'exit $status',
    '',
  ].join('\r\n');
}
