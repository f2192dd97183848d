const LONGEST = 4096;

/**
 * A line that comes from a guest, a program or a file, safe to show on any terminal: no escape sequences, no control
 * or text-direction characters, no endless lines.
 */
export function plainText(line: string): string {
  return line
    .slice(0, LONGEST)
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])/g, '')
    .replace(/\t/g, ' ')
    .replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '')
    .trimEnd();
}
