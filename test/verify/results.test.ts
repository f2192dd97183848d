import { describe, expect, it } from 'vitest';
import { judge } from '../../core/verify/results.ts';

describe('a test that speaks by its exit status', () => {
  it('passes with 0 and fails with anything else', () => {
    expect(judge('exit', 0, 'not ok')).toEqual({ ok: true, cases: [] });
    expect(judge('exit', 3, '')).toMatchObject({ ok: false, reason: 'it ended with status 3' });
    expect(judge('exit', undefined, '')).toMatchObject({ ok: false, reason: 'it did not end by itself' });
  });
});

describe('a test that speaks TAP', () => {
  it('passes when all that was planned is ok; todo and skip are no failures', () => {
    const output = 'TAP version 13\n1..3\nok 1 - a\nnot ok 2 - b # TODO later\nok 3 - c # SKIP no net\n';
    expect(judge('tap', 0, output)).toMatchObject({ ok: true, cases: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
  });
  it('names the cases that failed, even with exit status 0', () => {
    expect(judge('tap', 0, '1..2\nok 1 - a\nnot ok 2 - b\n')).toMatchObject({ ok: false, reason: 'failed: b' });
  });
  it.each([
    ['fewer than planned', '1..3\nok 1 - a\n'],
    ['a bail-out', '1..2\nok 1\nBail out! no disk\n'],
    ['nothing at all', 'hello\n'],
  ])('fails on %s', (_what, output) => {
    expect(judge('tap', 0, output).ok).toBe(false);
  });
  it('fails when the program does, although its TAP is fine', () => {
    expect(judge('tap', 1, '1..1\nok 1\n')).toMatchObject({ ok: false, reason: 'it ended with status 1' });
  });
});

describe('a test that speaks JUnit', () => {
  const report = (inside: string) =>
    `<?xml version="1.0"?><testsuites><testsuite name="s">${inside}</testsuite></testsuites>`;
  it('passes when no case holds a failure or an error', () => {
    expect(judge('junit', 0, report('<testcase classname="x" name="a"/>'))).toMatchObject({
      ok: true,
      cases: [{ name: 'x.a' }],
    });
  });
  it.each(['failure', 'error'])('fails on a case with %s', kind => {
    const verdict = judge(
      'junit',
      0,
      report(`<testcase name="a"/><testcase name="b"><${kind} message="m">t</${kind}></testcase>`),
    );
    expect(verdict).toMatchObject({ ok: false, reason: 'failed: b' });
  });
  it.each([
    ['no XML', 'hello'],
    ['broken XML', '<testsuite><testcase name="a">'],
    ['no case', report('')],
  ])('fails on %s', (_what, output) => {
    expect(judge('junit', 0, output).ok).toBe(false);
  });
});
