// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { afterAll, describe, expect, it } from 'vitest';
import type { Builder } from '../../core/model/recipe.ts';
import { exportTemplate } from '../../core/recipe/export/template.ts';
import { quote } from '../../core/recipe/export/write-hcl.ts';
import { Folder } from './folder.ts';
import { WIDE } from './wide.ts';

const folder = new Folder();
afterAll(() => folder.end());

/** What counts of a builder: not where it stood, not which values were secrets. */
const meaning = ({ source, provisioners, errorCleanup, postProcessors }: Builder): unknown =>
  JSON.parse(
    JSON.stringify({ source, provisioners, errorCleanup, postProcessors }, (key, value) =>
      key === 'place' ? undefined : value,
    ),
  );

async function exported(text: string, variables: Record<string, string> = {}) {
  folder.write({ 't.pkr.hcl': text, 'f.txt': 'x', 'http/p.cfg': 'x' });
  const recipe = await folder.read('t.pkr.hcl');
  const [builder] = recipe.builders;
  if (!builder) throw new Error('no builder');
  const result = exportTemplate(recipe, builder);
  folder.write({ 'back.pkr.hcl': result.text });
  return { ...result, builder, back: await folder.builder('back.pkr.hcl', { variables }) };
}

describe('an exported template', () => {
  it('says the same when it is read again', async () => {
    const { builder, back } = await exported(WIDE, { pw: 'hunter22' });
    expect(meaning(back)).toEqual(meaning(builder));
    expect(back.secrets).toContain('hunter22');
  });

  it('holds no secret, and no path of this host', async () => {
    const { text } = await exported(WIDE);
    expect(text).not.toContain('hunter22');
    expect(text).toMatch(/ssh_password += "\$\{var\.pw\}"/);
    expect(text).toContain("echo '${var.pw}' | sudo");
    expect(text).not.toContain(folder.path);
  });

  it.each([
    [
      'ssh_bastion_host = "b"\n ssh_bastion_port = 2222\n ssh_bastion_agent_auth = true\n ssh_bastion_interactive = true',
    ],
    ['ssh_agent_auth = true\n ssh_proxy_host = "p"\n ssh_proxy_username = "u"\n ssh_proxy_password = "q"'],
    ['ssh_local_tunnels = ["1:[::1]:2"]\n ssh_remote_tunnels = ["3:h:4", "5:h:6"]'],
  ])('keeps the way to the guest: %s', async lines => {
    const required = 'iso_url = "a.iso"\n iso_checksum = "none"\n ssh_username = "u"';
    const { builder, back } = await exported(
      `source "qemu" "t" {\n ${required}\n ${lines}\n}\nbuild { sources = ["source.qemu.t"] }`,
    );
    expect(meaning(back)).toEqual(meaning(builder));
  });

  it("leaves Packer's defaults out", async () => {
    const { text } = await exported(`source "qemu" "t" {
      iso_url      = "a.iso"
      iso_checksum = "none"
      ssh_username = "u"
    }
    build { sources = ["source.qemu.t"] }`);
    expect(text.split('\n').length).toBeLessThan(16);
    expect(text).not.toMatch(/boot_wait|memory|ssh_timeout|headless/);
  });

  it('names what older versions of Packer do not know', async () => {
    const { text, problems } = await exported(
      WIDE.replace('headless             = true', 'headless = true\n efi_boot = true\n vtpm = true'),
    );
    expect(text).toContain('required_plugins');
    expect(problems.map(({ message }) => message).join()).toContain('efi_boot, vtpm');
  });

  it.each([
    ['a"b\\c\nd\te', '"a\\"b\\\\c\\nd\\te"'],
    ['${x} %{y} $x', '"$${x} %%{y} $x"'],
    ['\u0007', '"\\u0007"'],
  ])('quotes %j', (text, written) => expect(quote(text)).toBe(written));
});
