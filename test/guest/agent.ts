import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep } from './sshd.ts';

export interface Agent {
  socket: string;
  stop(): void;
}

/** A real ssh-agent that holds one key, which is nowhere else. */
export async function startAgent(privateKey: string): Promise<Agent> {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-agent-'));
  const socket = path.join(dir, 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  while (!existsSync(socket)) await sleep(10);
  const key = path.join(dir, 'key');
  writeFileSync(key, privateKey, { mode: 0o600 });
  const added = spawnSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, encoding: 'utf8' });
  rmSync(key);
  if (added.status !== 0) throw new Error(`ssh-add: ${added.stderr}`);
  return {
    socket,
    stop: () => {
      child.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
