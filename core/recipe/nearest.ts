/** The known name a mistyped one most likely meant, or undefined when none is close (at most a third of it wrong). */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** "Did you mean X?" or, when nothing is close, what is known. */
export function nameHint(name: string, known: Iterable<string>, what: string): string {
  const names = [...known];
  const near = nearestName(name, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (names.length === 0) return `There is no ${what} here.`;
  const shown = names.sort().slice(0, 20).join(', ');
  return `Known ${what}: ${shown}${names.length > 20 ? ', ...' : ''}.`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substituted, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
