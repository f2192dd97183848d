import { StringDecoder } from 'node:string_decoder';
import { plainLine } from '../lines.ts';

type Stream = 'stdout' | 'stderr';

/** PowerShell writes progress and errors as XML to standard error when nobody is there to see them. */
const CLIXML = '#< CLIXML';

/** Bytes of two streams as whole, plain lines. */
export class LineReader {
  readonly #rest: Record<Stream, string> = { stdout: '', stderr: '' };
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };

  constructor(readonly onLine: (line: string, stream: Stream) => void) {}

  take(stream: Stream, data: Buffer): void {
    const lines = (this.#rest[stream] + this.#decoders[stream].write(data)).split(/\r?\n/);
    this.#rest[stream] = lines.pop() ?? '';
    for (const line of lines) this.#tell(line, stream);
  }

  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#rest[stream] !== '') this.#tell(this.#rest[stream], stream);
      this.#rest[stream] = '';
    }
  }

  #tell(line: string, stream: Stream): void {
    if (stream === 'stderr' && line.startsWith(CLIXML)) return;
    if (stream === 'stderr' && line.startsWith('<Objs ')) {
      for (const text of errorsOf(line)) this.onLine(plainLine(text), stream);
      return;
    }
    this.onLine(plainLine(line), stream);
  }
}

const ERROR = /<S S="Error">([^<]*)<\/S>/g;

/** The error texts of PowerShell's serialised streams; line ends stand in them as _x000D__x000A_. */
function errorsOf(xml: string): string[] {
  const text = [...xml.matchAll(ERROR)].map(([, inner = '']) => inner).join('');
  return text
    .replaceAll('_x000D__x000A_', '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .split('\n')
    .filter(line => line.trim() !== '');
}
