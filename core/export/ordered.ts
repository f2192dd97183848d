/**
 * Runs a slow step on many items at once and yields the results in the items' order: compression in libuv's threads,
 * written as one stream. `width` bounds how many are in memory.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  step: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = step(item);
    result.catch(() => undefined); // seen when its turn comes
    running.push(result);
    if (running.length >= width) yield await (running.shift() as Promise<R>);
  }
  for (const result of running) yield await result;
}
