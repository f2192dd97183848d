import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

export interface Asset {
  type: string;
  body: Buffer;
  /** Named by its content: may be kept for ever. */
  isImmutable: boolean;
}

/** Stands in index.html where each answer puts its own value. */
export const NONCE = '__STYLE_NONCE__';

/**
 * The renderer's files by their URL path, all read before the first request: no request ever becomes a path of the
 * file system. @throws GoldsmithError `host-lacks` when it was not built
 */
export async function readAssets(dir: string): Promise<Map<string, Asset>> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter(entry => entry.isFile() && TYPES[path.extname(entry.name)] !== undefined);
  const entries = await Promise.all(
    files.map(async entry => {
      const file = path.join(entry.parentPath, entry.name);
      const url = `/${path.relative(dir, file).split(path.sep).join('/')}`;
      const type = TYPES[path.extname(file)] ?? '';
      return [url, { type, body: await readFile(file), isImmutable: url.startsWith('/assets/') }] as const;
    }),
  );
  const assets = new Map<string, Asset>(entries);
  const index = assets.get('/index.html');
  if (!index) {
    throw new GoldsmithError('host-lacks', "The app's pages are not built.", { hint: 'Run: npm run build:app' });
  }
  assets.set('/', index);
  return assets;
}
