// Ends with 0 when node_modules holds what package-lock.json pins: a person who ran `npm install` or `npm ci`
// has nothing left to install. npm keeps the list of what it installed in node_modules/.package-lock.json.
import { readFileSync } from 'node:fs';

const packagesOf = file => JSON.parse(readFileSync(file, 'utf8')).packages;

try {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  const isThere = ([path, entry]) =>
    path === '' || (entry.optional && !installed[path]) || installed[path]?.integrity === entry.integrity;
  process.exitCode = Object.entries(wanted).every(isThere) ? 0 : 1;
} catch {
  process.exitCode = 1;
}
