import path from 'node:path';
import { findProgram } from '../core/host/programs.ts';
import { version } from '../core/own-files.ts';
import { Host } from '../core/serve/host.ts';
import { serveParent } from './parent.ts';

/**
 * The engine's process. Builds and kept machines are started as processes of their own, with the system's Node: this
 * app's own program cannot be told to be one (a fuse forbids it), and they outlive the app.
 */
const MAIN = path
  .join(import.meta.dirname, '../core/cli/main.js')
  .replace(`app.asar${path.sep}`, `app.asar.unpacked${path.sep}`);

serveParent(
  process.parentPort,
  new Host({
    folder: process.argv[2] ?? process.cwd(),
    env: process.env,
    version: version(),
    face: 'app',
    launcher: [findProgram('node') ?? 'node', MAIN],
  }),
);
