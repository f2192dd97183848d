import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Engine } from '../../core/model/engine.ts';
import { Host } from '../../core/serve/host.ts';
import { type Serving, startServer } from '../../core/serve/server.ts';

export const ASSETS = path.resolve('out/app');

export interface Served extends Serving {
  host: Host;
  home: string;
}

/** The real server with an engine of the test's, or the real one on an empty home. */
export async function serve(options: { engine?: Engine; home?: string; folder?: string } = {}): Promise<Served> {
  const home = options.home ?? mkdtempSync(path.join(tmpdir(), 'goldsmith-app-'));
  const { engine } = options;
  const host = new Host({
    folder: options.folder ?? home,
    env: { ...process.env, GOLDSMITH_HOME: home },
    version: 'test',
    face: 'browser',
    launcher: [process.execPath, path.resolve('out/cli/main.js')],
    ...(engine ? { openEngine: async () => engine } : {}),
  });
  return { ...(await startServer(host, { port: 0, assets: ASSETS })), host, home };
}
