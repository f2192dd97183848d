import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdtempSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection, withConnection } from '../../../core/drivers/libvirt/connection.ts';
import { carryDatagrams } from '../../../core/drivers/libvirt/datagrams.ts';
import { endsOf } from '../../../core/drivers/libvirt/ends.ts';
import { LibvirtDriver } from '../../../core/drivers/libvirt/libvirt.ts';
import { sshProgram, withSshProgram } from '../../../core/drivers/libvirt/ssh-program.ts';
import { downloadVolume, openPool, uploadFile, volumeXml } from '../../../core/drivers/libvirt/storage.ts';
import { Tunnel } from '../../../core/drivers/libvirt/tunnel.ts';
import {
  networkHostOf,
  requireQemu,
  type SshTarget,
  sshTargetOf,
  warningOf,
} from '../../../core/drivers/libvirt/uri.ts';
import { sha256File } from '../../../core/media/checksum.ts';
import { runsTogether } from '../../extent.ts';
import { mountSmallDisk } from '../../store/small-disk.ts';
import { type Remote, sshFiles, startRemote } from './remote.ts';

/** A libvirt that only SSH leads to, and what may happen on the way. */

const MIB = 1024 * 1024;
const SLOW = 60_000;

let remote: Remote;
beforeAll(async () => {
  remote = await startRemote();
}, SLOW);
afterAll(() => remote.stop());

const target = (): SshTarget => {
  const found = sshTargetOf(remote.uri);
  if (!found) throw new Error(`No SSH in ${remote.uri}`);
  return found;
};

function fileOf(mib: number): string {
  const file = path.join(remote.libvirt.dir, `${mib}.raw`);
  const fd = openSync(file, 'w');
  for (let nth = 0; nth < mib; nth++) writeSync(fd, Buffer.alloc(MIB, 1 + (nth % 255)));
  ftruncateSync(fd, (mib + 8) * MIB);
  closeSync(fd);
  return file;
}

/** A server of this side, and what it is asked for through the tunnel. */
async function withServer<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createHttpServer((_request, response) => response.end('an answer')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function fetched(tunnel: Tunnel, port: number): Promise<string> {
  const stream = await tunnel.dial('127.0.0.1', port);
  stream.write('GET / HTTP/1.0\r\n\r\n');
  return text(stream);
}

describe('the address of a libvirt on another host', () => {
  it('says to OpenSSH what it says to libvirt', () => {
    expect(sshTargetOf('qemu+ssh://me%40there@[fd00::1]:2222/system?keyfile=/k&no_verify=1')).toEqual({
      command: 'ssh',
      args: ['-p', '2222', '-l', 'me@there', '-i', '/k', '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=no'],
      host: 'fd00::1',
    });
    expect(sshTargetOf('qemu+libssh://host/system?known_hosts=/h')?.args).toEqual(['-o', 'UserKnownHostsFile=/h']);
    for (const uri of ['qemu:///system', 'qemu+tcp://host/system', 'not a uri'])
      expect(sshTargetOf(uri)).toBeUndefined();
  });

  it('works through libvirt’s own SSH, too, whose known hosts the address names', { timeout: SLOW }, async () => {
    const other = await startRemote('libssh');
    const versions = await withConnection(other.uri, connection => connection.call('connectVersions'));
    expect(versions.hypervisor).toBeGreaterThan(0);
    await other.stop();
  });

  it('leads libvirt to an ssh that gives up a host, and says all else as it was', async () => {
    const uri = 'qemu+ssh://me@[fd00::1]:2222/session?keyfile=/k%20e&command=/my%20ssh+%&no_verify=1';
    const program = await sshProgram('/my ssh+%');
    const others = 'qemu+ssh://me@[fd00::1]:2222/session?keyfile=/k%20e&no_verify=1';
    expect(await withSshProgram(uri)).toBe(`${others}&command=${encodeURIComponent(program)}`);
    expect(await withSshProgram('qemu+ssh://host/system')).toContain(encodeURIComponent(await sshProgram('ssh')));
    for (const other of ['qemu:///system', 'qemu+libssh://host/system', 'qemu+tcp://host/system'])
      expect(await withSshProgram(other)).toBe(other);
  });

  it('leaves what a person’s own configuration says of that', async () => {
    const timeoutIn = async (options: string[]): Promise<string | undefined> => {
      const { command } = sshFiles(mkdtempSync(path.join(remote.libvirt.dir, 'ssh-')), remote.sshd, options);
      const told = execFileSync(await sshProgram(command), ['-G', 'host'], { encoding: 'utf8' });
      return /^connecttimeout (.*)$/m.exec(told)?.[1];
    };
    expect(await timeoutIn([])).toBe('10');
    expect(await timeoutIn(['ConnectTimeout 37'])).toBe('37');
  });

  it.runIf(runsTogether)('is given up where the host says nothing', { timeout: SLOW }, async () => {
    const silent = createServer(one => one.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const reached = {
      code: 'host-lacks',
      message: expect.stringContaining('timed out'),
      hint: expect.stringMatching(/ssh/),
    };
    await expect(Connection.open(`qemu+ssh://127.0.0.1:${port}/system`)).rejects.toMatchObject(reached);
    await expect(Tunnel.open({ command: 'ssh', args: ['-p', `${port}`], host: '127.0.0.1' })).rejects.toMatchObject(
      reached,
    );
    silent.close();
  });

  it('is told from one that only a command leads to', async () => {
    const owner = { kind: 'run', id: 'x' } as const;
    const driver = new LibvirtDriver({ uri: 'qemu+ext://host/system?command=nc', owner, diesWithUs: true });
    await expect(driver.way(undefined)).rejects.toMatchObject({ hint: expect.stringContaining('qemu+ssh') });
  });
});

describe('an address that is none of QEMU', () => {
  it.each(['qemu:///sesion', 'xen:///system', 'test:///default', 'foo', 'http://host/system', 'qemu+ssh://a b/system'])(
    '%s is refused before anything is asked',
    uri => {
      const make = () => new LibvirtDriver({ uri, owner: { kind: 'run', id: 'x' }, diesWithUs: true });
      const refusal = { code: 'usage', hint: expect.stringContaining('qemu+ssh') };
      expect(make).toThrow(expect.objectContaining(refusal));
    },
  );

  it('is no address that libvirt documents', () => {
    const query = 'qemu+ssh://me@[fd00::1]:22/session?keyfile=/k&command=/s';
    for (const uri of ['qemu:///system', 'qemu+unix:///session?socket=/s', 'qemu+tcp://h:1/system', query])
      expect(() => requireQemu(uri)).not.toThrow();
  });
});

describe('the address of a libvirt on the network itself', () => {
  it('tells its host, and a person that it is not encrypted', () => {
    expect(networkHostOf('qemu+tcp://me@host:16500/system')).toEqual({ host: 'host', isEncrypted: false });
    expect(networkHostOf('qemu+tls://[fd00::1]/system')).toEqual({ host: 'fd00::1', isEncrypted: true });
    expect(networkHostOf('qemu://host/system')).toEqual({ host: 'host', isEncrypted: true });
    for (const uri of ['qemu:///system', 'qemu+ssh://host/system', 'qemu+unix:///system', 'not a uri']) {
      expect(networkHostOf(uri)).toBeUndefined();
      expect(warningOf(uri)).toBeUndefined();
    }
    expect(warningOf('qemu+tls://host/system')).toBeUndefined();
    expect(warningOf('qemu+tcp://host/system')?.message).toContain('qemu+tcp://host/system is not encrypted');
  });

  it('has two ends', async () => {
    expect(await endsOf('qemu+tcp://127.0.0.1/system')).toEqual({ here: '127.0.0.1', there: '127.0.0.1' });
    expect(await endsOf('qemu+ssh://127.0.0.1/system')).toBeUndefined();
    await expect(endsOf('qemu+tcp://no-such-host.invalid/system')).rejects.toMatchObject({ code: 'host-lacks' });
  });
});

describe('the tunnel', () => {
  it('leads both ways, and is made again when the host was gone', { timeout: SLOW }, async () => {
    await withServer(async port => {
      const tunnel = await Tunnel.open(target());
      const there = await tunnel.carry('127.0.0.1', port);
      expect(there).not.toBe(port);
      expect(await fetched(tunnel, there)).toContain('an answer');
      expect(await tunnel.ask('echo "$SHLVL"')).not.toBe('');
      await remote.sshd.down();
      await remote.sshd.up();
      expect(await fetched(tunnel, there)).toContain('an answer'); // at the same port: guests know it
      const other = await Tunnel.open(target());
      await expect(other.carry('127.0.0.1', port, there)).rejects.toMatchObject({ code: 'busy' });
      await tunnel.close();
      expect(await other.carry('127.0.0.1', port, there)).toBe(there);
      expect(await fetched(other, there)).toContain('an answer');
      await other.close();
      await tunnel.close();
    });
  });

  it('carries datagrams, and says when it cannot', { timeout: SLOW }, async () => {
    const receiver = createSocket('udp4').bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const received = once(receiver, 'message');
    const tunnel = await Tunnel.open(target());
    const there = await tunnel.carry('127.0.0.1', receiver.address().port);
    expect(await carryDatagrams(tunnel, '127.0.0.1', there, receiver.address().port)).toBe(true);
    const sender = createSocket('udp4');
    sender.send('<30>a line\n\0with anything', there, '127.0.0.1');
    expect(String((await received)[0])).toBe('<30>a line\n\0with anything');
    sender.close();
    expect(await carryDatagrams(tunnel, '127.0.0.1', there, receiver.address().port)).toBe(false); // it is taken
    await tunnel.close();
    receiver.close();
  });

  it('says why there is none', { timeout: SLOW }, async () => {
    const nobody = { ...target(), args: ['-p', '1', ...target().args.slice(2)] };
    await expect(Tunnel.open(nobody)).rejects.toMatchObject({
      code: 'host-lacks',
      message: expect.stringMatching(/refused/),
    });
    await expect(Tunnel.open({ ...target(), command: '/nowhere/ssh' })).rejects.toMatchObject({ code: 'host-lacks' });
    const wrong = path.join(remote.libvirt.dir, 'wrong-key');
    writeFileSync(wrong, remote.sshd.keys.hostKey.privateKey, { mode: 0o600 });
    const stranger = { ...target(), args: target().args.map(arg => (arg.endsWith('/id') ? wrong : arg)) };
    await expect(Tunnel.open(stranger)).rejects.toMatchObject({ message: expect.stringMatching(/Permission denied/) });
  });

  it('says when guests cannot be led to us', { timeout: SLOW }, async () => {
    const shut = await startRemote('ssh', ['AllowTcpForwarding no']);
    const tunnel = await Tunnel.open(sshTargetOf(shut.uri) ?? target());
    await expect(tunnel.carry('127.0.0.1', 1)).rejects.toMatchObject({
      hint: expect.stringMatching(/AllowTcpForwarding/),
    });
    await tunnel.close();
    await shut.stop();
  });
});

describe('volumes on another host', () => {
  const open = async () => {
    const connection = await Connection.open(remote.uri);
    return { connection, pool: await openPool(connection, undefined, path.join(remote.libvirt.dir, 'pool')) };
  };
  const names = async (connection: Connection, pool: string) =>
    (await connection.call('volumeList', pool)).map(({ name }) => name);

  it('come and go through SSH as they are', { timeout: SLOW }, async () => {
    const { connection, pool } = await open();
    const file = fileOf(20);
    await uploadFile(connection, pool, 'goldsmith-there', file);
    await downloadVolume(connection, pool, 'goldsmith-there', `${file}.back`);
    expect(await sha256File(`${file}.back`)).toBe(await sha256File(file));
    await connection.call('volumeDelete', pool, 'goldsmith-there');
    await connection.close();
  });

  it('leave nothing of an upload whose connection was cut', { timeout: SLOW }, async () => {
    const { connection, pool } = await open();
    let isCut = false;
    const cut = uploadFile(connection, pool, 'goldsmith-cut', fileOf(600), {
      onProgress: () => {
        if (isCut) return;
        isCut = true;
        void remote.sshd.down().then(() => remote.sshd.up());
      },
    });
    await expect(cut).rejects.toMatchObject({ name: 'GoldsmithError' });
    expect(isCut).toBe(true);
    expect(await names(connection, pool)).toEqual([]);
    await connection.close();
  });

  it('say that the pool is full, before and in the middle', { timeout: SLOW }, async context => {
    const dir = path.join(remote.libvirt.dir, 'full');
    const small = await mountSmallDisk(dir, 64 * MIB);
    if (!small) return context.skip();
    const { connection } = await open();
    const xml = `<pool type="dir"><name>full</name><target><path>${dir}</path></target></pool>`;
    await connection.call('poolMake', xml);
    const file = fileOf(80);
    await expect(uploadFile(connection, 'full', 'goldsmith-a', file)).rejects.toMatchObject({ code: 'disk-full' });
    expect(await names(connection, 'full')).toEqual([]);
    // As if others had filled it since it was looked at.
    const volume = volumeXml({ name: 'goldsmith-b', format: 'raw', capacityBytes: 88 * MIB });
    await connection.call('volumeCreate', 'full', volume);
    const state = new BigInt64Array(new SharedArrayBuffer(16));
    const filling = connection.call('volumeUpload', 'full', 'goldsmith-b', file, state);
    await expect(filling).rejects.toMatchObject({ code: 'disk-full' });
    await connection.close();
    await small.unmount();
  });
});
