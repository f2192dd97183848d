import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { Connection } from '../../core/drivers/libvirt/connection.ts';
import { METADATA_URI } from '../../core/drivers/libvirt/ownership.ts';
import { openPool, uploadFile } from '../../core/drivers/libvirt/storage.ts';
import { startLibvirt, type TestLibvirt } from '../drivers/libvirt/session.ts';
import { goldsmith, makeLab, succeeded, until } from '../real/goldsmith.ts';
import { median } from './median.ts';

/**
 * `npm run bench:libvirt`: what building on libvirt costs beside QEMU itself, and how quick libvirt answers. Figures
 * of one machine, printed with what they must not exceed.
 */

const MIB = 1024 * 1024;
/** How often the drivers build side by side: the median counts. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const DOMAINS = 50;

const tell = (what: string, value: number, unit: string, most: number): void =>
  console.log(`${value <= most ? 'ok  ' : 'MISS'} ${what}: ${value.toFixed(2)} ${unit} (at most ${most})`);

async function buildSeconds(libvirt: TestLibvirt, args: string[]): Promise<number> {
  const lab = makeLab('bench', { boot_test: { user: 'root', timeout: '5m', clones: 1, boots: 1 } });
  const startedAt = performance.now();
  await succeeded(goldsmith(['build', 'bench', '--version', `v${Date.now()}`, '--json', ...args], lab, libvirt.env));
  return (performance.now() - startedAt) / 1000;
}

/** The drivers side by side, by what the command line says of each. */
const DRIVERS: [name: string, args: (libvirt: TestLibvirt) => string[]][] = [
  ['QEMU', () => ['--driver', 'qemu']],
  ['qemu:///session', ({ uri }) => ['--driver', 'libvirt', '--uri', uri]],
];

/**
 * Two builds that follow one another are compared, so that what else the machine does weighs on both. They take turns
 * in who is first. The round before is not counted: each driver finds out then what this host's QEMU can do.
 */
async function pipeline(libvirt: TestLibvirt): Promise<void> {
  const ratios: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const seconds = new Map<string, number>();
    const turns = round % 2 === 0 ? DRIVERS : DRIVERS.toReversed();
    for (const [name, args] of turns) seconds.set(name, await buildSeconds(libvirt, args(libvirt)));
    const [qemu = Number.NaN, onLibvirt = Number.NaN] = DRIVERS.map(([name]) => seconds.get(name));
    const ratio = onLibvirt / qemu;
    const what = round === 0 ? 'not counted' : `round ${round}`;
    const load = loadavg()[0]?.toFixed(1);
    console.log(
      `     ${what}: tiny to a release in ${qemu.toFixed(1)} s with QEMU, ${onLibvirt.toFixed(1)} s on qemu:///session: ${ratio.toFixed(3)} (load ${load})`,
    );
    if (round > 0) ratios.push(ratio);
  }
  tell(`the pipeline on libvirt, of the time with QEMU, median of ${ROUNDS}`, median(ratios), 'times', 1.15);
}

const domain = (name: string): string =>
  `<domain type="qemu"><name>${name}</name><memory unit="MiB">32</memory>
  <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features></domain>`;

async function listing(connection: Connection): Promise<void> {
  for (let nth = 0; nth < DOMAINS; nth++) await connection.call('domainDefine', domain(`bench-${nth}`));
  const startedAt = performance.now();
  const { length } = await connection.call('domainList', METADATA_URI);
  tell(`${length} domains listed with their metadata`, performance.now() - startedAt, 'ms', 100);
}

async function events(connection: Connection): Promise<void> {
  const uuid = await connection.call('domainCreate', domain('bench-events'), 0);
  const waits: number[] = [];
  for (let nth = 0; nth < 20; nth++) {
    const isPaused = nth % 2 === 0;
    let heardAt = 0;
    const stop = connection.onEvent(event => {
      if (event.kind === 'lifecycle' && event.uuid === uuid) heardAt = performance.now();
    });
    const startedAt = performance.now();
    await connection.call(isPaused ? 'domainSuspend' : 'domainResume', uuid);
    await until(() => heardAt > 0, 2000);
    waits.push(heardAt - startedAt);
    stop();
  }
  await connection.call('domainDestroy', uuid);
  tell('from an act to the event of it, at worst', Math.max(...waits), 'ms', 200);
}

async function upload(libvirt: TestLibvirt, connection: Connection): Promise<void> {
  const file = path.join(libvirt.dir, 'sparse.raw');
  const fd = openSync(file, 'w');
  ftruncateSync(fd, 8192 * MIB);
  for (let piece = 0; piece < 1024; piece++)
    writeSync(fd, Buffer.alloc(MIB, 1 + (piece % 255)), 0, MIB, piece * 8 * MIB);
  closeSync(fd);
  const pool = await openPool(connection, undefined, path.join(libvirt.dir, 'pool'));
  let moved = 0;
  const startedAt = performance.now();
  await uploadFile(connection, pool, 'bench', file, { onProgress: bytes => (moved = bytes) });
  console.log(`     uploaded in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  tell('8 GiB with 1 GiB used moves', moved / MIB / 1024, 'GiB', 1.1);
}

const libvirt = await startLibvirt();
try {
  const connection = await Connection.open(libvirt.uri);
  await listing(connection);
  await events(connection);
  await upload(libvirt, connection);
  await connection.close();
  await succeeded(goldsmith(['iso', 'tiny'], process.cwd()));
  await pipeline(libvirt);
} finally {
  await libvirt.stop();
}
process.exit();
