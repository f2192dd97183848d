/** A PowerShell script as one command line, whatever it holds (`powershell -EncodedCommand`, UTF-16LE in base64). */
export const powershell = (script: string): string =>
  `powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand ${encode(script)}`;

const encode = (script: string): string =>
  Buffer.from(`$ProgressPreference='SilentlyContinue';${script}`, 'utf16le').toString('base64');

/** A text of PowerShell in single quotes, in which only a quote means anything. */
export const psQuote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A path of the guest in which %TEMP% and $env:TEMP may stand. */
const expanded = (path: string): string =>
  `[Environment]::ExpandEnvironmentVariables($ExecutionContext.InvokeCommand.ExpandString(${psQuote(path)}))`;

/** Writes the lines of standard input, each base64, into a file whose folder is made if missing. */
export const writeFileScript = (path: string): string =>
  [
    "$ErrorActionPreference='Stop'",
    `$path=${expanded(path)}`,
    '$dir=[IO.Path]::GetDirectoryName($path)',
    'if ($dir -and -not (Test-Path -LiteralPath $dir)) { [void](New-Item -ItemType Directory -Force -Path $dir) }',
    '$file=[IO.File]::Create($path)',
    'try { foreach ($line in $input) { if ($line) { $bytes=[Convert]::FromBase64String($line); $file.Write($bytes,0,$bytes.Length) } } }',
    'finally { $file.Close() }',
  ].join(';');

/** Writes a file to standard output in lines of base64. */
export const readFileScript = (path: string): string =>
  [
    "$ErrorActionPreference='Stop'",
    `$file=[IO.File]::OpenRead(${expanded(path)})`,
    'try { $buffer=New-Object byte[] 49152; while (($count=$file.Read($buffer,0,$buffer.Length)) -gt 0) { [Convert]::ToBase64String($buffer,0,$count) } }',
    'finally { $file.Close() }',
  ].join(';');

/** The files below a folder, one a line, by their paths from it, with slashes. */
export const listFilesScript = (path: string): string =>
  [
    "$ErrorActionPreference='Stop'",
    `$root=(Get-Item -LiteralPath (${expanded(path)})).FullName.TrimEnd('\\')`,
    "Get-ChildItem -LiteralPath $root -Recurse -File -Force | ForEach-Object { $_.FullName.Substring($root.Length+1).Replace('\\','/') }",
  ].join(';');

export const makeFolderScript = (path: string): string =>
  `[void](New-Item -ItemType Directory -Force -Path (${expanded(path)}))`;

/** One boot has one such time. */
export const BOOT_TIME_SCRIPT =
  '(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString("o")';
