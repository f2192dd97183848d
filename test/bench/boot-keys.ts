import path from 'node:path';
import { GoldsmithError } from '../../core/model/failure.ts';
import { ourPlaces, packerKeys, places, withoutWaits } from '../recipe/parity/typing.ts';
import { foundBelow } from './found-templates.ts';

/**
 * `node out/test/bench/boot-keys.js FOLDER`: reads every template below a folder and compares the keys of its qemu
 * builders with those that the installed Packer presses, key by key.
 */

/** So many builders Packer is asked of at once: each has a port of its own. */
const BATCH = 60;

const folder = path.resolve(process.argv[2] ?? '.');
const commands = new Map<string, string>();
let read = 0;

for await (const { name: template, result } of foundBelow(folder)) {
  if (result instanceof GoldsmithError) continue;
  for (const { name, source } of result.builders) {
    read += 1;
    const text = [...source.bootCommand, ...source.bootSteps.map(([command]) => command)].join('');
    // What is not known before the build is the same text for both.
    const known = text.replaceAll('{{ .SSHPublicKey }}', 'KEY').replaceAll('{{ .Name }}', 'NAME');
    if (withoutWaits(known) !== '') commands.set(known, `${template} ${name}`);
  }
}
const all = [...commands];
let same = 0;
let events = 0;
for (let at = 0; at < all.length; at += BATCH) {
  const batch = all.slice(at, at + BATCH);
  const theirs = await packerKeys(batch.map(([command]) => command));
  for (const [nth, [command, where]] of batch.entries()) {
    // A Packer that waits too long for its turn gives up: it is asked again, of this one alone.
    const keys = theirs[nth] ?? (await packerKeys([command]))[0];
    const ours = ourPlaces(command, `c${nth}`).join(' ');
    const expected = keys && places(keys).join(' ');
    events += keys?.length ?? 0;
    if (ours === expected) same += 1;
    else
      console.log(
        `DIFFERENT ${where}\n  ${command.slice(0, 300)}\n  ours   ${ours.slice(0, 300)}\n  packer ${expected?.slice(0, 300)}`,
      );
  }
}
console.log(
  `${read} qemu builders read; ${all.length} different boot commands; ${same} equal Packer's, ${events} key events.`,
);
if (same < all.length) process.exitCode = 1;
