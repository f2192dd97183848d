import { describe, expect, it } from 'vitest';
import { explain, RULES } from '../../core/explain/explain.ts';
import { factsOf } from '../../core/explain/facts.ts';
import type { BuildEvent, Stamped } from '../../core/model/event.ts';
import type { Failure } from '../../core/model/failure.ts';
import { SEEDS, type Seed } from './seeds.ts';

const stamped = (...events: BuildEvent[]): Stamped[] =>
  events.map((event, nth) => ({ ...event, seq: nth + 1, at: '2026-11-20T10:00:00.000Z' }) as Stamped);

const failureOf = ({ code, step, message, lastLines }: Seed): Failure => ({
  code,
  step,
  message,
  ...(lastLines ? { details: { lastLines } } : {}),
});

const journalOf = (seed: Seed): Stamped[] =>
  stamped(...(seed.told ?? []), { type: 'finished', outcome: 'failed', failure: failureOf(seed) });

describe('the reason of a failure', () => {
  it.each(SEEDS)('$rule', seed => {
    const [finding] = explain(factsOf(journalOf(seed)));
    expect(finding?.rule).toBe(seed.rule);
    expect(finding?.reason).not.toMatch(/\{\d\}|undefined/);
    expect(finding?.evidence.length).toBeGreaterThan(0);
    expect(finding?.tries.length).toBeGreaterThan(0);
  });

  it('is known by every rule of the tables, each of its own name', () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(SEEDS.map(({ rule }) => rule))).toEqual(new Set(names));
  });

  it('is said of a build that stands, too', () => {
    const seed = SEEDS.find(({ rule }) => rule === 'program-missing') as Seed;
    const question: BuildEvent = { type: 'question', text: 'What now?', choices: [], failure: failureOf(seed) };
    const facts = factsOf(stamped(...(seed.told ?? []), question));
    expect(explain(facts)[0]).toMatchObject({
      reason: 'The guest has no program jq.',
      evidence: ['/tmp/script_1.sh: line 4: jq: command not found'],
    });
  });

  it('is read on the screen where nothing else says it', () => {
    const told: BuildEvent[] = [
      { type: 'finished', outcome: 'failed', failure: { code: 'timed-out', message: 'Late.' } },
    ];
    const facts = factsOf(stamped(...told), ['GNU GRUB', 'Kernel panic - not syncing: No working init found.']);
    expect(explain(facts)[0]?.rule).toBe('panic');
  });

  it('is not what was mended before: an earlier provisioner, or what was undone', () => {
    const failure: Failure = { code: 'provision-failed', step: 'provision', message: 'It ended with 1.' };
    const before: BuildEvent[] = [
      { type: 'note', message: 'Provisioner 1/2: shell, a:1' },
      { type: 'line', source: 'provisioner', line: 'sh: jq: not found' },
    ];
    const end: BuildEvent = { type: 'finished', outcome: 'failed', failure };
    const next: BuildEvent = { type: 'note', message: 'Provisioner 2/2: shell, a:2' };
    const back: BuildEvent = { type: 'rewound', checkpoint: 'c', step: 'provision', ms: 1 };
    expect(explain(factsOf(stamped(...before, end)))[0]?.rule).toBe('program-missing');
    expect(explain(factsOf(stamped(...before, next, end)))).toEqual([]);
    expect(explain(factsOf(stamped(...before, back, end)))).toEqual([]);
    const anew: BuildEvent = { type: 'step-started', step: 'boot' };
    expect(explain(factsOf(stamped(...before, anew, end)))).toEqual([]);
  });

  it('is no riddle where a build succeeded', () => {
    expect(explain(factsOf(stamped({ type: 'finished', outcome: 'ok' })))).toEqual([]);
  });
});
