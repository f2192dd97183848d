import { type AnswerServer, type AnswerServerOptions, startAnswerServer } from '../../core/answers/server.ts';
import { TestScope } from '../guest/scope.ts';

export const TOKEN = 'abcdefghjkmnpqrstuvwxyz234';
export const GUEST_NAME = '10.0.2.2';

export interface Serving {
  scope: TestScope;
  server: AnswerServer;
  /** What the guest sends as `Host`. */
  host: string;
}

export const filesOf = (files: Record<string, string>): Map<string, Buffer> =>
  new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));

/** A server as a build starts it, on a port of its own. End it with `server.close()`. */
export async function serving(
  files: Record<string, string> | Map<string, Buffer>,
  options: Partial<AnswerServerOptions> = {},
  scope = new TestScope(),
): Promise<Serving> {
  const server = await startAnswerServer(scope, {
    files: files instanceof Map ? files : filesOf(files),
    bind: '127.0.0.1',
    portMin: 20_000,
    portMax: 29_999,
    advertisedHost: GUEST_NAME,
    token: TOKEN,
    ...options,
  });
  return { scope, server, host: `${GUEST_NAME}:${server.port}` };
}

/** The requests that were told, as `METHOD path status bytes`. */
export const toldRequests = (scope: TestScope): string[] =>
  scope.events.flatMap(event =>
    event.type === 'request' ? [`${event.method} ${event.path} ${event.status} ${event.bytes}`] : [],
  );
