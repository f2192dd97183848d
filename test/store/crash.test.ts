import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FAILPOINTS } from '../../core/store/failpoint.ts';
import { describeFile, type ManifestDraft } from '../../core/store/publish.ts';
import { Store } from '../../core/store/store.ts';

const root = mkdtempSync(path.join(tmpdir(), 'goldsmith-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let nth = 0;
let dir: string;
let store: Store;
beforeEach(async () => {
  dir = path.join(root, String(nth++));
  store = await Store.open(path.join(dir, 'store'));
});

/** A sealed image in a folder of its own: its content is its version, so that no two are the same. */
async function candidate(version: string): Promise<{ folder: string; draft: ManifestDraft }> {
  const folder = path.join(dir, `candidate-${version}`);
  mkdirSync(folder, { recursive: true });
  const disk = path.join(folder, 'disk.qcow2');
  if (!existsSync(disk)) writeFileSync(disk, `disk of ${version}`);
  const draft: ManifestDraft = {
    createdAt: '2026-01-01T00:00:00.000Z',
    disks: [{ ...(await describeFile(disk)), format: 'qcow2', virtualSizeBytes: 1 << 20 }],
    files: [],
    inputs: [],
    tools: {},
    timings: [],
    tests: [],
  };
  return { folder, draft };
}

async function publish(version: string): Promise<void> {
  const { folder, draft } = await candidate(version);
  await store.publish(folder, draft, { image: 'web', version, channel: 'latest' });
}

/** Publishes in another process that ends at a failpoint, as a power cut would end it. */
async function publishUntil(version: string, failpoint: string): Promise<void> {
  const { folder, draft } = await candidate(version);
  const code = `const { Store } = await import(${JSON.stringify(path.resolve('out/core/store/store.js'))});
    const store = await Store.open(${JSON.stringify(store.dir)});
    await store.publish(${JSON.stringify(folder)}, ${JSON.stringify(draft)}, { image: 'web', version: '${version}', channel: 'latest' });`;
  const env = { ...process.env, GOLDSMITH_FAILPOINT: `${failpoint}:kill` };
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { env, stdio: 'pipe' });
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' });
    return;
  }
  throw new Error(`${failpoint} was never reached`);
}

describe('a crash while a release is published', () => {
  it.each(FAILPOINTS)('leaves no release or a whole one: %s', async failpoint => {
    await publish('v1');
    await publishUntil('v2', failpoint);
    const [image] = await store.list();
    const versions = image?.releases.map(release => release.version) ?? [];
    expect([['v1'], ['v2', 'v1']]).toContainEqual(versions);
    const latest = (await store.resolve('web')).version;
    expect(versions).toContain(latest);
    for (const version of versions) expect((await store.verify(`web@${version}`)).problems).toEqual([]);

    await store.collectGarbage();
    expect((await store.resolve('web')).version).toBe(latest);
    if (!versions.includes('v2')) await publish('v2');
    expect(readFileSync((await store.resolve('web@v2')).path, 'utf8')).toBe('disk of v2');
  });
});

describe('names of releases', () => {
  it('mean the same for ever: not rewritten, not used again after their removal', async () => {
    await publish('v1');
    await expect(publish('v1')).rejects.toMatchObject({ code: 'exists' });
    await publish('v2');
    await store.remove('web@v1');
    await expect(store.resolve('web@v1')).rejects.toMatchObject({ code: 'not-found' });
    await expect(publish('v1')).rejects.toMatchObject({ code: 'exists' });
  });

  it('are moved as channels, and kept while a channel needs them', async () => {
    await publish('v1');
    await publish('v2');
    expect(await store.promote('web', 'v1', 'stable')).toMatchObject({ channel: 'stable', release: { version: 'v1' } });
    expect((await store.resolve('web@stable')).version).toBe('v1');
    expect((await store.resolve('web')).version).toBe('v2');
    await expect(store.remove('web@v1')).rejects.toMatchObject({ code: 'busy' });
    await expect(store.remove('web@stable')).rejects.toMatchObject({ code: 'usage' });
    await store.promote('web', 'v2', 'stable');
    await expect(store.remove('web@v1')).resolves.toMatchObject({ kind: 'release' });
    await expect(store.promote('web', 'v1', 'stable')).rejects.toMatchObject({ code: 'not-found' });
    await expect(publish('stable')).rejects.toMatchObject({ code: 'exists' });
  });
});

describe('a candidate', () => {
  it('that failed is kept, named, and never resolves', async () => {
    const { folder } = await candidate('v1');
    const kept = await store.keepCandidate(folder, { image: 'web', version: 'v1', reason: 'no network', at: '' });
    expect(existsSync(path.join(kept, 'disk.qcow2'))).toBe(true);
    await expect(store.resolve('web@v1')).rejects.toMatchObject({ code: 'not-found' });
    await expect(store.promote('web', 'v1', 'stable')).rejects.toMatchObject({
      code: 'tests-failed',
      hint: 'no network',
    });
    await store.collectGarbage();
    expect(existsSync(kept)).toBe(true);
  });

  it('that is not as its manifest says is not published, and stays as it is', async () => {
    const { folder, draft } = await candidate('v1');
    writeFileSync(path.join(folder, 'disk.qcow2'), 'forged');
    await expect(store.publish(folder, draft, { image: 'web', version: 'v1' })).rejects.toMatchObject({
      code: 'checksum-mismatch',
    });
    expect(readFileSync(path.join(folder, 'disk.qcow2'), 'utf8')).toBe('forged');
    expect(await store.list()).toEqual([]);
  });
});

describe('a release', () => {
  it('whose disk was changed is named by the check', async () => {
    await publish('v1');
    const { path: disk } = await store.resolve('web');
    execFileSync('chmod', ['u+w', disk]);
    writeFileSync(disk, 'disk of v0');
    const { problems } = await store.verify('web@v1');
    expect(problems.map(problem => problem.message).join()).toContain('disk.qcow2');
  });
});
