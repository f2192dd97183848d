import { readFileSync } from 'node:fs';

/** The commands that a document shows, in its order. */
export const commandsIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/```sh\n([^`]+)```/g)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map(line => line.replace(/\s+#.*$/, '').trim())
    .filter(line => line !== '');

/** What a command gives to `goldsmith`. */
export const words = (command: string): string[] => command.split(/\s+/).slice(1);
