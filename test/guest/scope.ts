import { rm } from 'node:fs/promises';
import type { Scope } from '../../core/build/scope.ts';
import type { BuildEvent, EventOf } from '../../core/model/event.ts';
import { Redactor } from '../../core/model/redact.ts';
import type { Resource } from '../../core/model/resource.ts';

/** A scope that keeps its events in memory and gives back folders. */
export class TestScope implements Scope {
  readonly secrets = new Redactor();
  readonly events: BuildEvent[] = [];
  readonly held: Resource[] = [];
  readonly #cancel = new AbortController();

  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  cancel(): void {
    this.#cancel.abort();
  }

  emit(event: BuildEvent): void {
    this.events.push(this.secrets.maskDeep(event));
  }

  hold<T>(resource: Resource, acquire: () => Promise<T>): Promise<T> {
    this.held.push(resource);
    return acquire();
  }

  async release(resource: Resource): Promise<void> {
    const at = this.held.indexOf(resource);
    if (at >= 0) this.held.splice(at, 1);
    if ('path' in resource) await rm(resource.path, { recursive: true, force: true });
  }

  lines(source: EventOf<'line'>['source'] = 'provisioner'): string[] {
    return this.events.flatMap(event => (event.type === 'line' && event.source === source ? [event.line] : []));
  }

  notes(): string[] {
    return this.events.flatMap(event => (event.type === 'note' || event.type === 'warning' ? [event.message] : []));
  }
}
