import type { Problem } from '../../model/failure.ts';
import { mapTexts } from '../options/decode.ts';
import type { RawBlock, RawOption } from '../options/schema.ts';

/** What `packer fix` repairs in provisioners and post-processors, beyond options that were only renamed. */

const VAGRANT_PROVIDERS = ['aws', 'digitalocean', 'libvirt', 'virtualbox', 'vmware'];
const ESCAPED_OPTIONS = ['elevated_user', 'elevated_password', 'environment_vars'];

function tell(option: RawOption, message: string, problems: Problem[]): void {
  problems.push({
    code: 'bad-recipe',
    severity: 'note',
    message,
    hint: 'packer fix changes it in the file.',
    place: option.namePlace(),
  });
}

/** Old templates doubled PowerShell's escapes. */
export function repairProvisioner(type: string, block: RawBlock, problems: Problem[]): RawBlock {
  if (type !== 'powershell') return block;
  const options = new Map(block.options);
  for (const name of ESCAPED_OPTIONS) {
    const option = options.get(name);
    if (!option || !JSON.stringify(option.read('data')).includes('`')) continue;
    const read = (): unknown => mapTexts(option.read('data'), text => text.replace(/`([$"`'])/g, '$1'));
    if (JSON.stringify(read()) === JSON.stringify(option.read('data'))) continue;
    options.set(name, { ...option, read });
    tell(option, `The PowerShell escapes in "${name}" are taken away: Packer escapes it itself.`, problems);
  }
  return { ...block, options };
}

/** Vagrant's overrides for a provider stood beside the other options once. */
export function repairPostProcessor(type: string, block: RawBlock, problems: Problem[]): RawBlock {
  if (type !== 'vagrant') return block;
  const options = new Map(block.options);
  const overrides: Record<string, unknown> = {};
  for (const name of VAGRANT_PROVIDERS) {
    const option = options.get(name);
    if (!option) continue;
    overrides[name] = option.read('data');
    options.delete(name);
    tell(option, `"${name}" is read as "override" for the provider ${name}.`, problems);
  }
  if (Object.keys(overrides).length === 0) return block;
  const existing = options.get('override')?.read('data');
  const read = (): unknown => ({ ...(typeof existing === 'object' ? existing : {}), ...overrides });
  options.set('override', { name: 'override', read, namePlace: block.place, place: block.place });
  return { ...block, options };
}
