const UNIT_NS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A duration in Go's syntax (`1h15m30.5s`, `-1s`, `0`) in milliseconds, or undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.exec(text);
  if (/^[+-]?0$/.test(text)) return 0;
  if (!match) return undefined;
  let ns = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    ns += Number(digits) * (UNIT_NS[unit ?? ''] ?? 0);
  }
  const ms = ns / 1e6;
  if (!(ms < 9.2e12)) return undefined;
  return match[1] === '-' ? -ms : ms;
}
