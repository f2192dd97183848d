import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { DEBIAN_KERNEL, grubMenu } from '../../core/media/debian/menu.ts';
import { extractFromIso, makeBootableIso, writeContent } from '../../core/media/iso.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-iso-'));
});
afterEach(() => rm(dir, { recursive: true }));

const at = (name: string): string => path.join(dir, name);

describe('a file out of an ISO', () => {
  beforeEach(async () => {
    await writeContent(at('content'), { 'install.amd/vmlinuz': 'kernel', 'a long name with UPPER.case': 'x' });
    execFileSync('ln', ['-s', 'install.amd/vmlinuz', at('content/link')]);
    execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-r', '-J', '-o', at('a.iso'), at('content')]);
  });

  it.each(['/install.amd/vmlinuz', 'install.amd/vmlinuz'])('is copied: %s', async name => {
    await extractFromIso(at('a.iso'), name, at('out'));
    expect(await readFile(at('out'), 'utf8')).toBe('kernel');
    expect(await readdir(dir)).not.toContain('out.partial');
  });

  it('replaces an older copy', async () => {
    await writeFile(at('out'), 'older and longer');
    await extractFromIso(at('a.iso'), '/a long name with UPPER.case', at('out'));
    expect(await readFile(at('out'), 'utf8')).toBe('x');
  });

  it.each([
    ['no such file', '/nothing', 'not-found'],
    ['a folder', '/install.amd', 'source-unsafe'],
    ['a link', '/link', 'source-unsafe'],
  ])('is refused when it is %s', async (_what, name, code) => {
    await expect(extractFromIso(at('a.iso'), name, at('out'))).rejects.toMatchObject({ code });
    expect(await readdir(dir)).toEqual(expect.not.arrayContaining(['out', 'out.partial']));
  });

  it('needs an ISO', async () => {
    await writeFile(at('text'), 'not an ISO'.repeat(9000));
    await expect(extractFromIso(at('text'), '/a', at('out'))).rejects.toMatchObject({ code: 'source-unsafe' });
    await expect(extractFromIso(at('none'), '/a', at('out'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a bootable ISO', () => {
  const make = async (name: string): Promise<Buffer> => {
    const [content, scratch] = [at(`${name}-content`), at(name)];
    await writeContent(content, { [DEBIAN_KERNEL]: 'kernel', 'boot/grub/grub.cfg': grubMenu(), '.disk/mark': '' });
    await writeContent(scratch, {});
    const grub = { folder: '/usr/lib/grub' };
    const out = at(`${name}.iso`);
    const env = { SOURCE_DATE_EPOCH: '1754697600', TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
    const tool = async (program: string, args: string[]): Promise<void> => void (await run(program, args, { env }));
    await writeContent(scratch, { keep: '' });
    await makeBootableIso({
      content,
      scratch,
      out,
      grub,
      label: 'Test',
      mark: '/.disk/mark',
      timeS: 1_754_697_600,
      tool,
    });
    return readFile(out);
  };

  it('boots with BIOS and UEFI, and equal content gives equal bytes', async () => {
    const first = await make('first');
    const report = execFileSync('xorriso', ['-indev', at('first.iso'), '-report_el_torito', 'plain'], {
      stdio: 'pipe',
    });
    expect(report.toString()).toMatch(/BIOS +y/);
    expect(report.toString()).toMatch(/UEFI +y/);
    expect(first.readUInt16LE(510)).toBe(0xaa55);
    expect((await make('second')).equals(first)).toBe(true);
  });
});

describe("GRUB's menu", () => {
  it('is one that GRUB can read, waits, and speaks on the serial port', async () => {
    await writeFile(at('grub.cfg'), grubMenu());
    execFileSync('grub-script-check', [at('grub.cfg')]);
    expect(grubMenu()).toContain('timeout=-1');
    expect(grubMenu()).toContain('terminal_output console serial');
  });
});
