import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runsAll } from '../../extent.ts';
import { WinRmServer } from '../../guest/winrm-server.ts';
import { hasPacker } from './oracle.ts';

const FAKE_QEMU = `#!/bin/sh
case "$1" in -version|--version) echo "QEMU emulator version 5.0.0"; exit 0;; esac
exec sleep 60
`;
const FAKE_QEMU_IMG = `#!/bin/sh
for a in "$@"; do case "$a" in */*) mkdir -p "$(dirname "$a")"; [ -e "$a" ] || : > "$a";; esac; done
`;

const template = (server: WinRmServer, useNtlm: boolean): string => `source "qemu" "win" {
  iso_url        = "a.iso"
  iso_checksum   = "none"
  headless       = true
  disable_vnc    = true
  boot_wait      = "1ms"
  communicator   = "winrm"
  winrm_host     = "127.0.0.1"
  winrm_port     = ${server.port}
  winrm_username = "${server.user}"
  winrm_password = ${JSON.stringify(server.password)}
  winrm_timeout  = "20s"
  skip_nat_mapping = true
  winrm_use_ntlm = ${useNtlm}
}
build {
  sources = ["source.qemu.win"]
  provisioner "windows-shell" {
    inline           = ["echo hi"]
    environment_vars = ["A=1"]
  }
}
`;

/** Runs the real Packer against the stand-in Windows of the tests, and says how it ended. */
async function packerBuild(server: WinRmServer, useNtlm: boolean): Promise<{ status: number; output: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-winrm-'));
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, text] of [
    ['qemu-system-x86_64', FAKE_QEMU],
    ['qemu-img', FAKE_QEMU_IMG],
  ] as const) {
    writeFileSync(path.join(bin, name), text);
    chmodSync(path.join(bin, name), 0o755);
  }
  writeFileSync(path.join(folder, 'a.iso'), 'x');
  writeFileSync(path.join(folder, 't.pkr.hcl'), template(server, useNtlm));
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: folder, CHECKPOINT_DISABLE: '1', PACKER_CACHE_DIR: folder };
  try {
    return await new Promise(resolve => {
      const child = spawn('packer', ['build', '-color=false', 't.pkr.hcl'], { cwd: folder, env });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
      child.once('close', status => resolve({ status: status ?? -1, output }));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The stand-in Windows is worth testing against because the real Packer takes it for Windows. */
describe.skipIf(!hasPacker)("Packer's own WinRM client works with the stand-in Windows", () => {
  // Basic authentication alone is the lesser part.
  it.each(runsAll ? [false, true] : [true])('connects, uploads and runs (NTLM: %s)', async useNtlm => {
    const server = await WinRmServer.start();
    server.answers.push([/WinRM connected/, { stdout: 'WinRM connected.\r\n' }]);
    server.answers.push([/script\.bat"$/, { stdout: 'hello from the batch file\r\n' }]);
    const { status, output } = await packerBuild(server, useNtlm);
    await server.stop();
    expect(output).toContain('hello from the batch file');
    expect(status).toBe(0);
    // What our own windows-shell gives (guest/provision-windows.test.ts), but for the address of the answers.
    const ours =
      'set "A=1" && set "PACKER_BUILDER_TYPE=qemu" && set "PACKER_BUILD_NAME=win" && "c:/Windows/Temp/script.bat"';
    expect(server.commands.map(command => command.replace(/set "PACKER_HTTP_\w+=[^"]*" && /g, ''))).toContain(ours);
  });
});
