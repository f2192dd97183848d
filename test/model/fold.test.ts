import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BuildEvent, STEPS, type Stamped, type StepName } from '../../core/model/event.ts';
import { emptyState, fold, foldEvent } from '../../core/model/fold.ts';
import { GOOD_BUILD, stamped } from '../cli/fake-journals.ts';

describe('fold', () => {
  it('knows a whole build', () => {
    expect(fold(GOOD_BUILD)).toMatchObject({
      id: 'web-20261120-1',
      image: 'web',
      version: 'v1',
      pid: 77,
      outcome: 'ok',
      startedAt: '2026-11-20T10:00:00.000Z',
      finishedAt: GOOD_BUILD.at(-1)?.at,
      seq: GOOD_BUILD.length,
      steps: [
        { name: 'source', state: 'ok', ms: 9100, detail: 'debian.iso' },
        { name: 'install', state: 'ok', ms: 125_000 },
        { name: 'test', state: 'ok', ms: 3000 },
      ],
      installer: { stage: 'Partitioning', percent: 15 },
      requestCount: 1,
      requests: [{ path: '/preseed.cfg', status: 200 }],
      warnings: [{ message: 'The disk is small.', hint: 'Take 8G.' }],
      tests: [{ name: 'up', ok: true, ms: 1200 }],
      release: { version: 'v1', channel: 'latest' },
      held: [],
    });
  });

  it('is where a build stands in the middle', () => {
    const half = fold(GOOD_BUILD.slice(0, 6));
    expect(half).toMatchObject({
      outcome: 'running',
      step: 'source',
      held: [{ id: 1, resource: { kind: 'dir', path: '/w' } }],
      progress: { what: 'download', done: 53_428_800, from: 0, since: '2026-11-20T10:00:03.000Z' },
    });
    expect(fold(GOOD_BUILD.slice(0, 8)).step).toBeUndefined();
    expect(fold(GOOD_BUILD.slice(0, 8)).progress).toBeUndefined();
  });

  it('measures a second download from its own start', () => {
    const state = fold(
      stamped(
        { type: 'progress', what: 'a', done: 90, unit: 'bytes' },
        { type: 'progress', what: 'b', done: 10, unit: 'bytes' },
        { type: 'progress', what: 'b', done: 30, unit: 'bytes' },
        { type: 'progress', what: 'b', done: 5, unit: 'bytes' },
      ),
    );
    expect(state.progress).toMatchObject({ what: 'b', done: 5, from: 5 });
  });

  it.each([
    ['failed', 'failed'],
    ['cancelled', 'cancelled'],
    ['interrupted', 'cancelled'],
    ['ok', 'ok'],
  ] as const)('closes the open step when the build ends: %s', (outcome, step) => {
    const state = fold(
      stamped(
        { type: 'started', build: 'b', image: 'i', pid: 1 },
        { type: 'step-started', step: 'provision' },
        { type: 'finished', outcome, failure: { code: 'provision-failed', message: 'x' }, after: 4 },
      ),
    );
    expect(state.steps).toEqual([{ name: 'provision', state: step, startedAt: '2026-11-20T10:00:01.000Z', ms: 4000 }]);
    expect(state).toMatchObject({ outcome, failure: { code: 'provision-failed' } });
    expect(state.step).toBeUndefined();
  });

  it('closes a step that is done again after a failure, and what followed it', () => {
    const state = fold(
      stamped(
        { type: 'started', build: 'b', image: 'i', pid: 1 },
        { type: 'step-started', step: 'boot' },
        { type: 'step-finished', step: 'boot', ms: 5 },
        { type: 'step-started', step: 'install' },
        { type: 'answered', choice: 'r' },
        { type: 'step-started', step: 'boot' },
        { type: 'step-finished', step: 'boot', ms: 6 },
        { type: 'step-started', step: 'install' },
      ),
    );
    expect(state.steps.map(({ name, state: how, ms }) => [name, how, ms])).toEqual([
      ['boot', 'ok', 5],
      ['install', 'failed', 2000],
      ['boot', 'ok', 6],
      ['install', 'running', undefined],
    ]);
  });

  it('keeps what was not given back, also when giving back failed', () => {
    const resource = { kind: 'file', path: '/x' } as const;
    const state = fold(
      stamped(
        { type: 'acquiring', id: 1, resource },
        { type: 'acquiring', id: 2, resource: { kind: 'dir', path: '/y' } },
        { type: 'released', id: 2 },
        { type: 'release-failed', id: 1, failure: { code: 'unexpected', message: 'no' } },
      ),
    );
    expect(state.held).toEqual([{ id: 1, resource }]);
  });

  it('knows where the guest is once it was reached, whatever its machine said before', () => {
    const ssh = { host: '192.0.2.7', port: 22, user: 'root' };
    const state = fold(stamped({ type: 'machine', command: ['qemu'], serial: '/s' }, { type: 'reached', ssh }));
    expect(state.machine).toEqual({ command: ['qemu'], serial: '/s', ssh });
  });

  it('is not confused by an event of a later version', () => {
    const strange = { type: 'teleported', seq: 9, at: '2026-11-20T10:00:00.000Z' } as unknown as Stamped;
    expect(foldEvent(emptyState(), strange)).toEqual({ ...emptyState(), seq: 9, at: strange.at });
  });

  it('stays small and gives the same at once and step by step, for any order of events', () => {
    const steps = Object.keys(STEPS) as StepName[];
    const event = fc.oneof<fc.Arbitrary<BuildEvent>[]>(
      fc.record({ type: fc.constant('step-started'), step: fc.constantFrom(...steps) }) as fc.Arbitrary<BuildEvent>,
      fc.record({
        type: fc.constant('step-finished'),
        step: fc.constantFrom(...steps),
        ms: fc.nat(),
      }) as fc.Arbitrary<BuildEvent>,
      fc.record({
        type: fc.constant('line'),
        source: fc.constant('serial'),
        line: fc.string(),
      }) as fc.Arbitrary<BuildEvent>,
      fc.record({ type: fc.constant('note'), message: fc.string() }) as fc.Arbitrary<BuildEvent>,
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), events => {
        const all = stamped(...events);
        const before = JSON.stringify(all);
        const state = fold(all);
        expect(JSON.stringify(all)).toBe(before);
        expect(all.reduce(foldEvent, emptyState())).toEqual(state);
        expect(state.lines.length).toBeLessThanOrEqual(50);
        expect(state.notes.length).toBeLessThanOrEqual(50);
      }),
      { numRuns: 50 },
    );
  });
});
