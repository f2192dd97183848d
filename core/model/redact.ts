const MASK = '<secret>';
/** Shorter values would mask ordinary words and tell an attacker more than they hide. */
const SHORTEST_SECRET = 4;

/** Knows the secret values of one build and masks them in every text that leaves it. */
export class Redactor {
  readonly #values = new Set<string>();

  /** Adds a value, and each line of a value with several, since output is masked line by line. */
  add(...values: (string | undefined)[]): void {
    for (const value of values) {
      for (const part of value?.split('\n') ?? []) {
        const text = part.trim();
        if (text.length < SHORTEST_SECRET || isKeyFrame(text)) continue;
        this.#values.add(text);
        this.#values.add(encodeURIComponent(text));
        this.#values.add(JSON.stringify(text).slice(1, -1));
      }
    }
  }

  /** All values, longest first: what a leak check has to look for. */
  values(): string[] {
    return [...this.#values].sort((a, b) => b.length - a.length);
  }

  mask(text: string): string {
    let masked = text;
    for (const value of this.values()) masked = masked.replaceAll(value, MASK);
    return masked;
  }

  /** The same data with every string masked; other values are kept as they are. */
  maskDeep<T>(data: T): T {
    if (this.#values.size === 0) return data;
    return maskValue(data, text => this.mask(text)) as T;
  }
}

const isKeyFrame = (line: string): boolean => line.startsWith('-----BEGIN ') || line.startsWith('-----END ');

function maskValue(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map(item => maskValue(item, mask));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, mask)]));
}
