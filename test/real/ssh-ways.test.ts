import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsAll } from '../extent.ts';
import { type Agent, startAgent } from '../guest/agent.ts';
import { freePort, Sshd } from '../guest/sshd.ts';
import { SLOW } from '../patience.ts';
import { putAnswersAndIso, tinySource, typedKeys } from './bare-template.ts';
import { isEvent, processesWith, resultOf, start } from './goldsmith.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-ways-'));

/** The tiny guest behind a real bastion, which lets in the keys of an agent only, with a tunnel each way. */
const template = (bastion: Sshd, web: number, local: number): string => `${tinySource('far', {
  ...typedKeys('far'),
  ssh_bastion_host: '"127.0.0.1"',
  ssh_bastion_port: String(bastion.port),
  ssh_bastion_username: `"${bastion.user}"`,
  ssh_bastion_agent_auth: 'true',
  ssh_remote_tunnels: `["9090:127.0.0.1:${web}"]`,
  ssh_local_tunnels: `["${local}:127.0.0.1:22"]`,
})}build {
  sources = ["source.qemu.far"]
  provisioner "shell" {
    inline            = ["reboot", "sleep 60"]
    expect_disconnect = true
  }
  provisioner "shell" {
    inline = ["wget -q -O - http://127.0.0.1:9090/", "echo", "echo ready"]
  }
  provisioner "sleep" { duration = "3s" }
}
`;

describe.runIf(runsAll)('a guest that is reached in a roundabout way', () => {
  let bastion: Sshd;
  let agent: Agent;
  beforeAll(async () => {
    await putAnswersAndIso(folder);
    bastion = await Sshd.start(['LogLevel DEBUG1']);
    agent = await startAgent(bastion.keys.clientKey.privateKey);
  }, SLOW);
  afterAll(async () => {
    agent.stop();
    await bastion.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is provisioned through its bastion, before and after its reboot, with tunnels both ways', {
    timeout: SLOW,
  }, async () => {
    const web = createServer((_request, response) => response.end('from this host')).listen(0, '127.0.0.1');
    const local = await freePort();
    writeFileSync(path.join(folder, 't.pkr.hcl'), template(bastion, (web.address() as AddressInfo).port, local));
    mkdirSync(path.join(folder, '.ssh'));
    const known = `[127.0.0.1]:${bastion.port} ${bastion.keys.hostKey.publicLine}\n`;
    writeFileSync(path.join(folder, '.ssh/known_hosts'), known);
    const args = ['build', 't.pkr.hcl', '--no-cache', '--json', '--version', `v${Date.now()}`];
    const running = start(args, folder, { HOME: folder, SSH_AUTH_SOCK: agent.socket });
    const ready = running.event(event => isEvent('line')(event) && event.line === 'ready');
    const greeting = ready.then(
      () =>
        new Promise<string>((resolve, reject) =>
          connect(local, 'localhost')
            .once('data', data => resolve(String(data)))
            .once('error', reject),
        ),
    );
    const ended = await running.ended;
    expect(ended.stderr + ended.stdout.split('\n').at(-2)).toContain('"ok":true');
    const told = JSON.stringify(ended.events);
    expect(told).toContain(`through the bastion 127.0.0.1:${bastion.port}, whose host key known_hosts holds`);
    expect(told).toContain('from this host');
    expect(told).toContain('has rebooted');
    expect(await greeting).toMatch(/^SSH-2.0-OpenSSH/);
    expect(bastion.log).toMatch(/server_request_direct_tcpip: .* target 127\.0\.0\.1 port/);
    expect(processesWith(String((resultOf(ended) as { build: string }).build))).toEqual([]);
    web.close();
  });
});
