import path from 'node:path';
import { GoldsmithError } from '../../core/model/failure.ts';
import { type Found, foundBelow, isOther } from './found-templates.ts';

/**
 * `npm run bench:templates -- FOLDER`: reads every Packer template below a folder of checked out repositories. Tells
 * how many have a qemu builder, how many of those are resolved, and every reason of a refusal.
 */

const folder = path.resolve(process.argv[2] ?? '.');
let planned = 0;
let refused = 0;
let others = 0;

function tell(found: Found): void {
  const { name, result } = found;
  if (!(result instanceof GoldsmithError)) {
    planned += result.builders.length;
    const values = Object.keys(found.variables);
    if (values.length > 0) console.log(`planned  ${name}\n         with a value for each of ${values.join(', ')}`);
    return;
  }
  if (isOther(found)) others += 1;
  else refused += 1;
  const { place } = result.details;
  const where = place ? ` (${path.relative(folder, place.file)}:${place.line ?? 1})` : '';
  const hint = result.hint ? `\n         ${result.hint}` : '';
  console.log(`${isOther(found) ? 'other  ' : 'refused'}  ${name}\n         ${result.message}${where}${hint}`);
}

for await (const found of foundBelow(folder)) tell(found);
console.log(
  `${planned + refused} qemu builders: ${planned} planned, ${refused} refused (${((planned * 100) / (planned + refused)).toFixed(1)} % planned); ${others} files are no qemu templates.`,
);
