import { expect, it } from 'vitest';
import { wayTo } from '../../core/build/branch.ts';
import type { Checkpoint } from '../../core/model/checkpoint.ts';
import type { BuildEvent, Stamped } from '../../core/model/event.ts';

const stamped = (second: number): string => new Date(second * 1000).toISOString();

const checkpoint = (id: string, second: number, parent?: string): Checkpoint => ({
  id,
  name: `moment ${id}`,
  by: 'build',
  moment: { step: 'provision' },
  ...(parent === undefined ? {} : { parent }),
  at: stamped(second),
  pauseMs: 0,
  memoryBytes: 0,
});

/** Each event in the second it is told. */
const journal = (...told: [second: number, event: BuildEvent][]): Stamped[] =>
  told.map(([second, event], nth) => ({ ...event, seq: nth + 1, at: stamped(second) }));

const note = (message: string): BuildEvent => ({ type: 'note', message });

const told = journal(
  [1, note('boots')],
  [3, note('first provisioner, after the moment')],
  [4, { type: 'checkpoint', checkpoint: checkpoint('a', 2) }],
  [5, note('fails')],
  [6, { type: 'rewound', checkpoint: 'a', step: 'provision', ms: 1 }],
  [7, note('is repaired')],
  [9, { type: 'checkpoint', checkpoint: checkpoint('b', 8, 'a') }],
  [10, note('is sealed')],
);

const saidOn = (tip: string | undefined): string[] =>
  wayTo(told, tip).events.flatMap(event => (event.type === 'note' ? [event.message] : []));

it('follows a machine to where it stands, without what was given up', () => {
  expect(saidOn(undefined)).toEqual(['boots', 'is repaired', 'is sealed']);
  expect(wayTo(told, undefined).checkpoints.map(({ id }) => id)).toEqual(['a', 'b']);
});

it('follows it to a checkpoint, by when its moment was, not by when it was told', () => {
  expect(saidOn('a')).toEqual(['boots']);
  expect(saidOn('b')).toEqual(['boots', 'is repaired']);
});
