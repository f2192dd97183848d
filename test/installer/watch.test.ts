import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConsoleText } from '../../core/installer/console-text.ts';
import { guessInstaller, INSTALLERS } from '../../core/installer/installers.ts';
import type { WatchSource } from '../../core/installer/recognisers.ts';
import { createInstallWatch, type Finding, type InstallWatch } from '../../core/installer/watch.ts';
import { STOPS, WARNINGS } from './stops.ts';

const OK_LOG = readFileSync(new URL('../fixtures/installer/debian-ok.log', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const stops = (findings: Finding[]) => findings.filter(finding => finding.kind === 'stop');

/** A line as the build hands it on; requests come as data. */
function feed(watch: InstallWatch, line: string, source: WatchSource, nowMs: number): Finding[] {
  if (source !== 'answers' || line.startsWith('packages: ')) return watch.line(line, source, nowMs);
  const [method = '', url = '', status] = line.split(' ');
  return watch.answered({ method, path: url, status: Number(status) }, nowMs);
}

describe('a stop of the installer', () => {
  it.each(STOPS)('$name', ({ installer = 'debian', source = 'installer', lines, code, reason, hint }) => {
    const watch = createInstallWatch(installer);
    const found = lines.flatMap((line, index) => feed(watch, line, source, index * 100));
    let now = lines.length * 100;
    const limit = now + 30_000;
    for (; stops(found).length === 0 && now < limit; now += 1000) found.push(...watch.tick(now));
    const [stop, ...more] = stops(found);
    expect(stop).toMatchObject({ code: code ?? 'installer-stopped', reason });
    if (hint !== undefined) expect(stop?.hint).toMatch(hint);
    expect(stop?.hint).not.toMatch(/\{\w+\}/);
    expect(stop?.evidence.at(-1)).toContain(lines.at(-1)?.trim());
    expect(more).toEqual([]);
    expect(stops(watch.tick(now + 3_600_000))).toEqual([]);
  });

  it.each(WARNINGS)('$row is only a warning', ({ line, message }) => {
    const watch = createInstallWatch('debian');
    const found = [...watch.line(line, 'installer', 0), ...watch.tick(60_000)];
    expect(found).toMatchObject([{ kind: 'warning', message }]);
  });

  it('has an example for every row of the tables', () => {
    const rows = new Set(Object.values(INSTALLERS).flatMap(({ recognisers }) => recognisers.map(({ name }) => name)));
    const shown = new Set([...STOPS.flatMap(({ rows }) => rows), ...WARNINGS.map(({ row }) => row)]);
    expect([...rows].sort()).toEqual([...shown].sort());
  });

  it('shows each example its row', () => {
    for (const { installer = 'debian', rows, lines } of STOPS) {
      for (const name of rows) {
        const row = INSTALLERS[installer].recognisers.find(each => each.name === name);
        expect(
          lines.some(line => row?.pattern.test(line) || row?.pattern.test(`answers: ${line}`)),
          `${name} in ${lines.join(' / ')}`,
        ).toBe(true);
      }
    }
  });
});

describe('an installation that goes well', () => {
  const run = (everyMs: number): Finding[] => {
    const watch = createInstallWatch('debian', { answersMs: 600_000 });
    watch.answered();
    return OK_LOG.flatMap((line, index) => [
      ...watch.line(line, 'installer', index * everyMs),
      ...watch.tick(index * everyMs + everyMs - 1),
    ]);
  };

  it('names its stages with a percent that only grows', () => {
    const stages = run(1000).filter(finding => finding.kind === 'stage');
    expect(stages.map(({ stage }) => stage).filter((stage, index, all) => stage !== all[index - 1])).toEqual([
      'Language',
      'Keyboard',
      'Detecting network hardware',
      'Configuring the network',
      'Fetching the preseed',
      'Choosing a mirror',
      'Downloading installer components',
      'Setting up users',
      'Setting up the clock',
      'Detecting disks',
      'Partitioning',
      'Installing the base system',
      'Configuring apt',
      'Installing packages',
      'Installing the boot loader',
      'Finishing',
    ]);
    const percents = stages.map(({ percent }) => percent ?? -1);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(-1)).toBe(97);
  });

  it('is never stopped, however slow the machine is', () => {
    expect(stops(run(24_000))).toEqual([]);
    const watch = createInstallWatch('debian');
    watch.line("main-menu[1]: INFO: Menu item 'bootstrap-base' selected", 'installer', 0);
    expect(stops(watch.tick(9 * 60_000))).toEqual([]);
  });

  it('goes on when trouble was overcome', () => {
    const watch = createInstallWatch('debian');
    watch.line("main-menu[214]: WARNING **: Configuring 'netcfg' failed with error code 10", 'installer', 0);
    watch.line("main-menu[214]: INFO: Menu item 'network-preseed' selected", 'installer', 1000);
    watch.line('in-target: E: Failed to fetch http://m/x.deb  Connection failed', 'installer', 2000);
    watch.line('in-target: Get:1 http://m trixie/main amd64 x', 'installer', 3000);
    expect(stops(watch.tick(120_000))).toEqual([]);
  });
});

describe('what a screen shows', () => {
  it('is believed when it ends everything, not when it may be old', () => {
    const watch = createInstallWatch('debian');
    for (let now = 0; now < 60_000; now += 5000) {
      watch.line('in-target: E: Failed to fetch http://m/x.deb', 'screen', now);
      watch.line(`main-menu[1]: line ${now}`, 'installer', now);
      expect(watch.tick(now + 4999)).toEqual([]);
    }
    const [stop] = stops(watch.line('[  9.9] Kernel panic - not syncing: dead', 'screen', 60_000));
    expect(stop?.evidence.filter(line => line.includes('Failed to fetch'))).toEqual([]);
    expect(stop?.evidence).toContain('main-menu[1]: line 55000');
  });

  it('is read through the drawing of a dialog on the serial console', () => {
    const watch = createInstallWatch('debian');
    watch.line(
      '\x1b[5;9H\x0elqu\x0f [!!] Choose a mirror \x0etqk\x0f\x1b[6;9H\x0ex\x0f Bad archive mirror \x0ex\x0f',
      'serial',
      0,
    );
    expect(watch.tick(4000)).toMatchObject([
      {
        reason: 'The installer waits at the dialog "Choose a mirror".',
        evidence: ['[!!] Choose a mirror', 'Bad archive mirror'],
      },
    ]);
  });
});

describe('a real serial console at a question', () => {
  const RECORDINGS = [
    [
      'debian-text-question',
      'The installer waits at the dialog "Set up users and passwords": Root password.',
      'Root password:',
    ],
    [
      'debian-partition-question',
      'The installer waits at the dialog "Partition disks": Continue with the installation?',
      "Prompt: '?' for help, default=2>",
    ],
  ] as const;
  const cases = RECORDINGS.flatMap(recording => [1, 7, 100, 4096].map(size => [...recording, size] as const));

  it.each(cases)('%s is told as %s, ends with %s, read in pieces of %i bytes', (name, reason, last, size) => {
    const recorded = readFileSync(new URL(`../fixtures/installer/${name}.serial`, import.meta.url));
    const watch = createInstallWatch('debian');
    const text = new ConsoleText();
    for (let at = 0; at < recorded.length; at += size) {
      for (const line of text.push(recorded.subarray(at, at + size))) watch.line(line, 'serial', at);
    }
    for (const line of text.flush()) watch.line(line, 'serial', recorded.length);
    const [stop] = stops(watch.tick(recorded.length + 6000));
    expect(stop?.reason).toBe(reason);
    expect(stop?.evidence.at(-1)).toBe(last);
  });
});

describe('silence', () => {
  it('is a stop after the limit, with the stage', () => {
    const watch = createInstallWatch('debian', { silenceMs: 60_000 });
    watch.line("main-menu[214]: INFO: Menu item 'pkgsel' selected", 'installer', 0);
    expect(watch.tick(59_000)).toEqual([]);
    expect(watch.tick(60_000)).toMatchObject([
      {
        kind: 'stop',
        reason:
          'The installer has logged nothing and written nothing to its disk for 1 min 00 s in the stage "Installing packages".',
      },
    ]);
  });

  it('is none while the disk is written to, but in a stage that takes seconds', () => {
    const busy = createInstallWatch('debian', { silenceMs: 60_000 });
    busy.line("main-menu[214]: INFO: Menu item 'pkgsel' selected", 'installer', 0);
    busy.wrote(50_000);
    expect(busy.tick(60_000)).toEqual([]);
    expect(busy.tick(110_000)).toMatchObject([{ kind: 'stop' }]);
    const asking = createInstallWatch('debian');
    asking.line("main-menu[214]: INFO: Menu item 'user-setup-udeb' selected", 'installer', 0);
    asking.wrote(90_000);
    expect(stops(asking.tick(100_000))[0]?.reason).toContain('it asks a question');
  });

  it('does not count before the first line, nor for an installer without a log', () => {
    expect(createInstallWatch('debian').tick(3_600_000)).toEqual([]);
    const none = createInstallWatch('none');
    none.line('login:', 'serial', 0);
    expect(none.tick(36_000_000)).toEqual([]);
  });

  it('tells that the answers were never fetched', () => {
    const watch = createInstallWatch('debian', { answersMs: 120_000 });
    expect(watch.tick(0)).toEqual([]);
    expect(watch.tick(120_000)).toMatchObject([
      { kind: 'stop', reason: 'The installer has not fetched its answers within 2 min 00 s.' },
    ]);
    const answered = createInstallWatch('debian', { answersMs: 120_000 });
    answered.tick(0);
    answered.answered();
    expect(answered.tick(120_000)).toEqual([]);
  });
});

describe('an installer that is done', () => {
  it.each(['debian', 'tiny'] as const)('may be followed by an hour of silent provisioning: %s', name => {
    const lines = name === 'debian' ? ["main-menu: Menu item 'finish-install' selected"] : ['stage: finish 100%'];
    const silent = createInstallWatch(name, { silenceMs: 60_000, answersMs: 60_000 });
    const done = createInstallWatch(name, { silenceMs: 60_000, answersMs: 60_000 });
    for (const line of lines) for (const watch of [silent, done]) watch.line(line, 'installer', 0);
    done.installed();
    expect(stops(silent.tick(3_600_000))).toHaveLength(1);
    expect(done.tick(3_600_000)).toEqual([]);
    expect(stops(done.line('[  9.9] Kernel panic - not syncing: dead', 'serial', 3_600_001))).toHaveLength(1);
  });
});

describe('the tiny installer', () => {
  it('tells stages with and without a tag, also when serial lags behind', () => {
    const watch = createInstallWatch('tiny');
    expect(watch.line('stage: network 10%', 'installer', 0)).toEqual([
      { kind: 'stage', id: 'network', stage: 'network', percent: 10 },
    ]);
    expect(watch.line('tiny[7]: stage: copy files 45%', 'installer', 1)).toEqual([
      { kind: 'stage', id: 'copy files', stage: 'copy files', percent: 45 },
    ]);
    expect(watch.line('stage: network 10%', 'serial', 2)).toEqual([]);
  });
});

describe('guessInstaller', () => {
  it.each([
    ['debian', 'auto url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/preseed.cfg'],
    ['debian', 'linux /install.amd/vmlinuz auto=true priority=critical'],
    ['tiny', 'tiny.answers=http://10.0.2.2/answers'],
    ['anaconda', 'inst.ks=http://{{ .HTTPIP }}:{{ .HTTPPort }}/ks.cfg'],
    ['none', 'ftp -o /start.sh http://{{ .HTTPIP }}/start.sh'],
  ])('%s', (name, text) => {
    expect(guessInstaller([text])).toBe(name);
  });
});
