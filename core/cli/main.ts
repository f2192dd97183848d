import { runProgram } from './program.ts';

const status = await runProgram(process.argv.slice(2));
// A pipe may still hold output; a library's idle socket must not keep a finished command alive.
process.stdout.write('', () => process.exit(status));
