import { connect, type Socket } from 'node:net';

/** Sends bytes as they are and returns everything that comes back until the connection ends. */
export function exchange(port: number, request: string | Buffer, timeoutMs = 10_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setEncoding('latin1');
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no end within ${timeoutMs} ms: ${answer}`)));
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('error', error => ('code' in error && error.code === 'ECONNRESET' ? resolve(answer) : reject(error)));
    socket.on('close', () => resolve(answer));
  });
}

export interface RawAnswer {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/** Splits pipelined answers by their Content-Length. All requests must be GETs. */
export function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`not an answer: ${JSON.stringify(rest.slice(0, 100))}`);
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Map(
      lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const length = Number(headers.get('content-length') ?? 0);
    answers.push({ status: Number(statusLine.split(' ')[1]), headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

export interface RawRequest {
  method?: string;
  target: string;
  host: string;
  headers?: string[];
}

/** One request; several in one text are pipelined. */
export const requestText = ({ method = 'GET', target, host, headers = [] }: RawRequest): string =>
  [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers, '', ''].join('\r\n');

/** Sends one request and reads the one answer; a HEAD's has no body. */
export async function ask(port: number, request: RawRequest): Promise<RawAnswer> {
  const text = await exchange(
    port,
    requestText({ ...request, headers: [...(request.headers ?? []), 'Connection: close'] }),
  );
  if (request.method === 'HEAD')
    return { ...firstAnswer(text.replace(/content-length: \d+/i, 'x: y')), ...headerOnly(text) };
  return firstAnswer(text);
}

const headerOnly = (text: string): Pick<RawAnswer, 'headers' | 'body'> => ({
  headers: new Map([['content-length', /content-length: (\d+)/i.exec(text)?.[1] ?? '']]),
  body: text.slice(text.indexOf('\r\n\r\n') + 4),
});

function firstAnswer(text: string): RawAnswer {
  const [answer] = parseAnswers(text);
  if (!answer) throw new Error('no answer');
  return answer;
}
