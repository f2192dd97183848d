import { homedir } from 'node:os';
import path from 'node:path';
import * as electron from 'electron';
import { startShell } from './shell.ts';

/** The app's first file: everything it does is in `shell.ts`, which the tests start with a stand-in of these modules. */
await startShell(electron, {
  preload: path.join(import.meta.dirname, 'preload.cjs'),
  engine: path.join(import.meta.dirname, 'engine-process.js'),
  assets: path.join(import.meta.dirname, '../app'),
  folder: process.env.GOLDSMITH_LAB ?? homedir(),
});
