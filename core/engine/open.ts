import type { Engine } from '../model/engine.ts';
import type { EngineOptions } from './deps.ts';

/** Opens the engine of this process, loading its code only now: a face that only prints help does not pay for it. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { makeEngine } = await import('./engine.ts');
  return makeEngine(options);
}
