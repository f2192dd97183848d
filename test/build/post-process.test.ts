import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runPostProcessors } from '../../core/build/postprocess/chain.ts';
import { compressionOf } from '../../core/build/postprocess/compress.ts';
import { POST_PROCESSORS as RUNNERS } from '../../core/build/postprocess/table.ts';
import { POST_PROCESSORS } from '../../core/recipe/options/post-processors.ts';
import { builtImage, step } from './post-process-context.ts';

const read = (...parts: string[]): string => readFileSync(path.join(...parts), 'utf8');

it('every post-processor that is read can be run', () => {
  expect(Object.keys(RUNNERS).sort()).toEqual(Object.keys(POST_PROCESSORS).sort());
});

describe('chains', () => {
  it("the builder's artifact goes when nobody keeps it, and stays when one does", async () => {
    const gone = builtImage();
    await runPostProcessors([[step('compress', { output: 'a.gz' })]], gone.artifact, gone.context);
    expect([existsSync(path.join(gone.dir, 'output')), existsSync(path.join(gone.dir, 'a.gz'))]).toEqual([false, true]);
    const kept = builtImage();
    const chains = [[step('compress', { output: 'a.gz' })], [step('checksum', { checksum_types: ['md5'] })]];
    await runPostProcessors(chains, kept.artifact, kept.context);
    expect(existsSync(path.join(kept.dir, 'output', 'disk'))).toBe(true);
  });

  it('each works on what the one before it made; what is not kept goes', async () => {
    const { dir, artifact, context } = builtImage();
    const chain = [step('compress', { output: 'a.tar' }), step('compress', { output: 'a.tar.gz' }), step('manifest')];
    const left = await runPostProcessors([chain], artifact, context);
    expect(left.map(({ files }) => files.map(file => path.basename(file)))).toEqual([['a.tar.gz']]);
    expect(existsSync(path.join(dir, 'a.tar'))).toBe(false);
    const again = builtImage();
    const keeping = [
      step('compress', { output: 'a.tar' }),
      step('compress', { output: 'a.tar.gz' }, { keepInputArtifact: true }),
    ];
    await runPostProcessors([keeping], again.artifact, again.context);
    expect(existsSync(path.join(again.dir, 'a.tar'))).toBe(true);
  });

  it("keep_input_artifact is the recipe's choice, where the files are not the same ones", async () => {
    const { dir, artifact, context, scope } = builtImage();
    await runPostProcessors([[step('compress', { output: 'a.gz' }, { keepInputArtifact: true })]], artifact, context);
    expect(existsSync(path.join(dir, 'output'))).toBe(true);
    await runPostProcessors([[step('manifest', {}, { keepInputArtifact: false })]], artifact, context);
    expect(existsSync(path.join(dir, 'output'))).toBe(true);
    expect(scope.notes()).toContain('manifest keeps its input: keep_input_artifact = false has no effect.');
  });

  it('a failure ends its chain only, is told with its place, and keeps the image', async () => {
    const { dir, artifact, context } = builtImage();
    const chains = [
      [step('shell-local', { inline: ['echo no; exit 4'] }), step('compress', { output: 'never.gz' })],
      [step('compress', { output: 'a.gz' })],
    ];
    await expect(runPostProcessors(chains, artifact, context)).rejects.toMatchObject({
      code: 'build-failed',
      message: 'shell-local (t.pkr.hcl:9) failed: post-processor.sh ended with 4 on this host.',
      details: { exitCode: 4, lastLines: ['no'] },
    });
    expect(['never.gz', 'a.gz', 'output/disk'].map(name => existsSync(path.join(dir, name)))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('checksum', () => {
  it('one file a type, one line a file, nothing left of an earlier run', async () => {
    const { dir, artifact, context } = builtImage({ disk: 'the disk', 'disk-1': 'other' });
    const chain = [
      step('checksum', { checksum_types: ['md5', 'sha256'], output: 'sums/{{ .BuildName }}.{{ .ChecksumType }}' }),
    ];
    await runPostProcessors([chain], artifact, context);
    await runPostProcessors([chain], artifact, context);
    expect(read(dir, 'sums/one.md5')).toBe(
      'fee14562b9a3224d70b5a9b4b343d243\tdisk\n795f3202b17cb6bc3d4b771d8c6c9eaf\tdisk-1\n',
    );
    expect(read(dir, 'sums/one.sha256').split('\n')).toHaveLength(3);
  });

  it('refuses a type that nobody knows', async () => {
    const { artifact, context } = builtImage();
    await expect(
      runPostProcessors([[step('checksum', { checksum_types: ['crc9'] })]], artifact, context),
    ).rejects.toMatchObject({
      code: 'bad-recipe',
      hint: expect.stringContaining('sha256'),
    });
  });
});

describe('compress', () => {
  it.each([
    ['a.tar', 'tar', undefined],
    ['a.zip', 'zip', undefined],
    ['a.tar.zip', 'zip', undefined],
    ['a.gz', undefined, 'gzip'],
    ['a.tar.gz', 'tar', 'gzip'],
    ['a.tar.xz', 'tar', 'xz'],
    ['a.bzip2', undefined, 'bzip2'],
    ['a.lz4', undefined, 'lz4'],
    ['a.bgzf', undefined, 'bgzf'],
    ['a', 'tar', 'gzip'],
    ['v1.2.box', 'tar', 'gzip'],
  ])('%s: %s, %s', (name, archive, algorithm) => expect(compressionOf(name)).toEqual({ archive, algorithm }));

  const READERS: Record<string, string[]> = {
    gz: ['gzip', '-dc'],
    xz: ['xz', '-dc'],
    lz4: ['lz4', '-dc'],
    bzip2: ['bzip2', '-dc'],
    bgzf: ['gzip', '-dc'],
  };
  it.each(Object.keys(READERS))('%s is read back by its own program', async ending => {
    const text = 'x'.repeat(200_000);
    const { dir, artifact, context } = builtImage({ disk: text });
    await runPostProcessors([[step('compress', { output: `a.${ending}`, compression_level: 12 })]], artifact, context);
    const [program = '', ...args] = READERS[ending] ?? [];
    const input = readFileSync(path.join(dir, `a.${ending}`));
    expect(execFileSync(program, args, { input }).toString()).toBe(text);
    expect(input.length).toBeLessThan(10_000);
  });

  it('archives hold every file under its own name', async () => {
    for (const [name, list] of [
      ['a.tar.gz', ['tar', '-tzf']],
      ['a.zip', ['unzip', '-Z1']],
    ] as const) {
      const { dir, artifact, context } = builtImage({ disk: 'a', 'disk-1': 'b' });
      await runPostProcessors([[step('compress', { output: name })]], artifact, context);
      const [program = '', ...args] = list;
      expect(
        execFileSync(program, [...args, path.join(dir, name)], { encoding: 'utf8' })
          .trim()
          .split('\n'),
      ).toEqual(['disk', 'disk-1']);
    }
  });

  it('several files need an archive', async () => {
    const { artifact, context } = builtImage({ disk: 'a', 'disk-1': 'b' });
    await expect(runPostProcessors([[step('compress', { output: 'a.gz' })]], artifact, context)).rejects.toMatchObject({
      code: 'bad-recipe',
    });
  });
});

describe('the others', () => {
  it("manifest: adds to what is there, and drops another run's with -force", async () => {
    const { dir, artifact, context } = builtImage();
    const chain = [step('manifest', { strip_path: true, strip_time: true, custom_data: { who: '{{ .BuildName }}' } })];
    await runPostProcessors([chain], artifact, context);
    await runPostProcessors([chain], artifact, { ...context, runUuid: 'run-2' });
    const entry = {
      name: 'one',
      builder_type: 'qemu',
      files: [{ name: 'disk', size: 8 }],
      artifact_id: 'VM',
      packer_run_uuid: 'run-1',
      custom_data: { who: 'one' },
    };
    const written = JSON.parse(read(dir, 'packer-manifest.json'));
    expect(written).toEqual({ builds: [entry, { ...entry, packer_run_uuid: 'run-2' }], last_run_uuid: 'run-2' });
    await runPostProcessors([chain], artifact, { ...context, runUuid: 'run-3', isForced: true });
    expect(JSON.parse(read(dir, 'packer-manifest.json')).builds).toHaveLength(1);
    writeFileSync(path.join(dir, 'packer-manifest.json'), '{"x":1}');
    await expect(runPostProcessors([chain], artifact, context)).rejects.toMatchObject({ code: 'bad-recipe' });
  });

  it('artifice: other files stand for the artifact; a missing one is told', async () => {
    const { artifact, context } = builtImage({ disk: 'a', 'dir/x.tar': 'tar' });
    const left = await runPostProcessors([[step('artifice', { files: ['dir/*.tar'] })]], artifact, context);
    expect(left.at(-1)?.files.map(file => path.basename(file))).toEqual(['x.tar']);
    await expect(
      runPostProcessors([[step('artifice', { files: ['nowhere'] })]], artifact, context),
    ).rejects.toMatchObject({ code: 'build-failed' });
  });

  it("vagrant: a box with every disk, its metadata, and the recipe's Vagrantfile", async () => {
    const { dir, artifact, context } = builtImage({ disk: 'a', 'disk-1': 'b' });
    writeFileSync(path.join(dir, 'Vagrantfile.tpl'), '# {{ .BuildName }}\n');
    writeFileSync(path.join(dir, 'info.json'), '{}');
    const options = {
      output: '{{ .Provider }}-{{ .Architecture }}.box',
      vagrantfile_template: 'Vagrantfile.tpl',
      include: ['info.json'],
      compression_level: 1,
    };
    const disks = artifact.files;
    await runPostProcessors([[step('vagrant', options)]], { ...artifact, disks }, context);
    const box = path.join(dir, 'libvirt-amd64.box');
    const names = execFileSync('tar', ['-tzf', box], { encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual(['metadata.json', 'Vagrantfile', 'info.json', 'box_0.img', 'box_1.img']);
    const part = (name: string): string => execFileSync('tar', ['-xzOf', box, name], { encoding: 'utf8' });
    expect(JSON.parse(part('metadata.json'))).toEqual({
      provider: 'libvirt',
      architecture: 'amd64',
      disks: [
        { path: 'box_0.img', format: 'qcow2' },
        { path: 'box_1.img', format: 'qcow2' },
      ],
    });
    expect(part('Vagrantfile')).toMatch(/libvirt\.driver = "qemu"[\s\S]*# one/);
    expect(part('box_1.img')).toBe('b');
  });

  it.each([
    ['vagrant', { include: ['info.json'] }, 'info.json'],
    ['compress', { output: 'a.gz' }, 'gone'],
    ['compress', { output: 'a.tar.gz' }, 'gone'],
  ])('%s with a file that is not there says which one, and leaves nothing: %o', async (type, options, name) => {
    const { dir, artifact, context } = builtImage();
    const files = type === 'compress' ? [path.join(dir, 'gone')] : artifact.files;
    const before = readdirSync(dir);
    await expect(runPostProcessors([[step(type, options)]], { ...artifact, files }, context)).rejects.toMatchObject({
      code: 'build-failed',
      message: expect.stringContaining(name),
    });
    expect(readdirSync(dir).filter(file => file !== 'work')).toEqual(before);
  });

  it('docker-import and what follows: the tar and a script with the commands', async () => {
    const { dir, artifact, context } = builtImage({ disk: 'a', 'root.tar': 'tar' });
    const chain = [
      step('artifice', { files: ['output/root.tar'] }),
      step('docker-import', { repository: 'me/x', tag: '1', changes: ['CMD ["sh"]'] }),
      step('docker-tag', { repository: 'you/y', tags: ['a', 'b'] }),
      step('docker-push', { login: true, login_server: 'r.io', login_password: 'secret' }),
    ];
    await runPostProcessors([chain], artifact, context);
    const script = read(dir, 'output/root.tar.docker.sh');
    expect(script.split('\n').slice(3, -1)).toEqual([
      `docker import --change 'CMD ["sh"]' "$here"/'root.tar' 'me/x:1'`,
      'docker tag me/x:1 you/y:a',
      'docker tag me/x:1 you/y:b',
      'docker login r.io',
      'docker push me/x:1',
    ]);
    execFileSync('sh', ['-n', path.join(dir, 'output/root.tar.docker.sh')]);
    await expect(
      runPostProcessors([[step('docker-import', { repository: 'x' })]], artifact, context),
    ).rejects.toMatchObject({ code: 'bad-recipe' });
  });

  it('shell-local: lines with the build in their environment; other braces are their own', async () => {
    const { dir, artifact, context, scope } = builtImage();
    const inline = ['echo "$PACKER_BUILD_NAME $PACKER_BUILDER_TYPE $A {{ .BuildName }} {{.State}} {{ .ID }}"', 'pwd'];
    await runPostProcessors(
      [[step('shell-local', { inline, environment_vars: ["A=it's {{ .BuildName }} {{.B}}"] })]],
      artifact,
      context,
    );
    expect(scope.lines()).toEqual(["one qemu it's one {{.B}} one {{.State}} build-1", dir]);
  });

  it('provenance: what the files were made from, signed when there is a key', async () => {
    const { dir, artifact, context } = builtImage();
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(path.join(dir, 'key.pem'), pem);
    await runPostProcessors([[step('provenance', { signing_mode: 'key', key: 'key.pem' })]], artifact, context);
    const { payload, payloadType, signatures } = JSON.parse(read(dir, 'image-1.intoto.dsse.json'));
    const text = Buffer.from(payload, 'base64');
    const message = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${text.length} `), text]);
    expect(verify(null, message, createPublicKey(pem), Buffer.from(signatures[0].sig, 'base64'))).toBe(true);
    expect(JSON.parse(text.toString())).toMatchObject({
      subject: [{ name: 'disk', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } }],
      predicate: { buildDefinition: { resolvedDependencies: [{ uri: 'http://x/a.iso' }] } },
    });
    await expect(
      runPostProcessors([[step('provenance', { signing_mode: 'kms' })]], artifact, context),
    ).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('a service is a note for the hand-off, its secrets masked', async () => {
    const { dir, artifact, context, scope } = builtImage();
    scope.secrets.add('hunter22');
    const chain = [
      step('amazon-import', { region: 'eu', secret_key: 'hunter22' }, { isHandOff: true }),
      step('manifest'),
    ];
    await runPostProcessors([chain], artifact, context);
    const note = read(dir, 'output.hand-off.md');
    expect(note).toContain('* region: "eu"');
    expect(note).not.toContain('hunter22');
    expect(note).toContain('aws ec2 import-image');
    expect(existsSync(path.join(dir, 'packer-manifest.json'))).toBe(true);
  });

  it('gzip is what gunzip reads', async () => {
    const { dir, artifact, context } = builtImage({ disk: 'hello' });
    await runPostProcessors([[step('compress', { output: 'a.gz', compression_level: -1 })]], artifact, context);
    expect(gunzipSync(readFileSync(path.join(dir, 'a.gz'))).toString()).toBe('hello');
  });
});
