import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { startAnswerServer } from '../../core/answers/server.ts';
import { startPackageCache } from '../../core/media/package-cache.ts';
import { TestScope } from '../guest/scope.ts';

it('an installer with our proxy gets its answers from the real answer server, each request told', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-through-'));
  const scope = new TestScope();
  const answers = await startAnswerServer(scope, {
    files: new Map([['/preseed.cfg', Buffer.from('d-i')]]),
    bind: '127.0.0.1',
    portMin: 20_000,
    portMax: 30_000,
    advertisedHost: '10.0.2.2',
    token: 'secret',
  });
  const guestSide = `10.0.2.2:${answers.port}`;
  const passes = new Map([[guestSide, `http://127.0.0.1:${answers.port}`]]);
  const cache = await startPackageCache(scope, { dir, mirrors: ['http://mirror.invalid'], passes });
  const status = (target: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: cache.port, path: target, agent: false }, response => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      });
      outgoing.once('error', reject).end();
    });
  expect(await status(`http://${guestSide}/secret/preseed.cfg`)).toBe(200);
  expect(await status(`http://${guestSide}/preseed.cfg`)).toBe(404);
  const requests = scope.events.flatMap(event => (event.type === 'request' ? [[event.path, event.status]] : []));
  expect(requests[0]).toEqual(['/preseed.cfg', 200]);
  expect(answers.fetched.get('/preseed.cfg')).toBe(1);
  await Promise.all([answers.close(), cache.close()]);
  rmSync(dir, { recursive: true, force: true });
});
