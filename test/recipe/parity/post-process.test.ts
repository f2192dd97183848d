import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPostProcessors } from '../../../core/build/postprocess/chain.ts';
import { builtImage, step } from '../../build/post-process-context.ts';
import { hasPacker } from './oracle.ts';

/** Packer's `file` builder makes an artifact without a machine, so that its post-processors can be asked. */
const TEMPLATE = `source "file" "one" {
  content = "the disk"
  target  = "output/disk"
}
build {
  sources = ["source.file.one"]
  post-processor "checksum" {
    checksum_types = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
    output         = "sums/{{.BuildName}}.{{.ChecksumType}}"
  }
  post-processors {
    post-processor "compress" {
      output              = "a.tar.gz"
      keep_input_artifact = true
    }
    post-processor "manifest" {
      output      = "chain.json"
      strip_path  = true
      strip_time  = true
      custom_data = { who = "me" }
    }
  }
  post-processor "compress" {
    output              = "b.gz"
    keep_input_artifact = true
  }
  post-processor "compress" {
    output              = "c.zip"
    keep_input_artifact = true
  }
  post-processor "compress" {
    output              = "plain"
    keep_input_artifact = true
  }
  post-processor "manifest" {
    output     = "image.json"
    strip_time = true
  }
}
`;

const CHAINS = [
  [
    step('checksum', {
      checksum_types: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
      output: 'sums/{{.BuildName}}.{{.ChecksumType}}',
    }),
  ],
  [
    step('compress', { output: 'a.tar.gz' }, { keepInputArtifact: true }),
    step('manifest', { output: 'chain.json', strip_path: true, strip_time: true, custom_data: { who: 'me' } }),
  ],
  [step('compress', { output: 'b.gz' }, { keepInputArtifact: true })],
  [step('compress', { output: 'c.zip' }, { keepInputArtifact: true })],
  [step('compress', { output: 'plain' }, { keepInputArtifact: true })],
  [step('manifest', { output: 'image.json', strip_time: true })],
];

describe.skipIf(!hasPacker)('post-processors make what Packer makes', () => {
  const theirs = mkdtempSync(path.join(tmpdir(), 'goldsmith-pp-'));
  let ours = '';
  beforeAll(async () => {
    mkdirSync(path.join(theirs, 'output'));
    writeFileSync(path.join(theirs, 't.pkr.hcl'), TEMPLATE);
    const env = { PATH: process.env.PATH ?? '', HOME: theirs, CHECKPOINT_DISABLE: '1' };
    const { status, stdout } = spawnSync('packer', ['build', '-color=false', 't.pkr.hcl'], {
      cwd: theirs,
      env,
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
    const { dir, artifact, context } = builtImage();
    ours = dir;
    await runPostProcessors(CHAINS, artifact, context);
  });
  afterAll(() => {
    for (const dir of [theirs, ours]) rmSync(dir, { recursive: true, force: true });
  });

  it.each(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])('checksum %s, byte by byte', type => {
    const read = (dir: string): string => readFileSync(path.join(dir, `sums/one.${type}`), 'utf8');
    expect(read(ours)).toBe(read(theirs));
  });

  it.each([
    ['a.tar.gz', ['tar', '-xzOf']],
    ['a.tar.gz', ['tar', '-tzf']],
    ['b.gz', ['gzip', '-dc']],
    ['c.zip', ['unzip', '-p']],
    ['plain', ['tar', '-xzOf']],
  ])('%s holds the same (%s)', (name, [program = '', ...args]) => {
    const content = (dir: string): string => {
      const input = readFileSync(path.join(dir, name));
      return program === 'gzip'
        ? execFileSync(program, args, { input }).toString()
        : execFileSync(program, [...args, path.join(dir, name)], { encoding: 'utf8' });
    };
    expect(content(ours)).toBe(content(theirs));
  });

  it.each(['image.json', 'chain.json'])('manifest %s has the same fields in the same order', name => {
    const shape = (dir: string): string => {
      const text = readFileSync(path.join(dir, name), 'utf8');
      const fixed = text.replace(/"(packer_run_uuid|last_run_uuid|builder_type|artifact_id)": "[^"]*"/g, '"$1": "x"');
      // The size of a compressed file is the compressor's own.
      return name === 'chain.json' ? fixed.replace(/"size": \d+/, '"size": 0') : fixed;
    };
    expect(shape(ours)).toBe(shape(theirs));
  });
});
