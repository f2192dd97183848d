/** Milliseconds of one unit, as Go and Packer write durations; `d` is ours. */
const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `1h30m`, `1.5h`, `500ms`, `7d` as milliseconds; undefined when it is none, or not above zero. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (DURATION_UNITS[unit ?? ''] ?? 0), 0);
  return total > 0 ? Math.round(total) : undefined;
}

/** MiB of one unit; powers of 1024, as QEMU counts. */
const SIZE_UNITS: Record<string, number> = { '': 1, m: 1, g: 1024, t: 1024 * 1024 };

/** `2G`, `1536M`, `1536`, `2GiB` as MiB; undefined when it is none. */
export function parseMiB(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([mgt])(?:ib|b)?)?$/i.exec(text.trim());
  if (!match) return undefined;
  const mib = Number(match[1]) * (SIZE_UNITS[(match[2] ?? '').toLowerCase()] ?? Number.NaN);
  return Number.isInteger(mib) && mib > 0 ? mib : undefined;
}

/** `0.4 s`, `42 s`, `3 min 07 s`, `1 h 02 min`: for people. */
export function formatMs(ms: number): string {
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor(seconds / 60) % 60)} min`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** `512 B`, `1.4 MiB`, `12 GiB`: for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
