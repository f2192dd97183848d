import { expect, test } from 'vitest';
import { checkBootCommand } from '../../core/boot/check.ts';

const hints = (text: string): (string | undefined)[] => checkBootCommand(text).map(problem => problem.hint);

test('a boot command that is in order has no problems, also before its variables are filled in', () => {
  expect(
    checkBootCommand('<esc><wait5>linux ks=http://{{ .HTTPIP }}:{{ .HTTPPort }}/ks.cfg<enter><aOn><aOff><wait "x">'),
  ).toEqual([]);
});

test('what cannot be typed is one error with its place', () => {
  const place = { file: 'lab.yaml', line: 3 };
  expect(checkBootCommand('a<wait0>', { place })).toMatchObject([
    { code: 'bad-boot-command', severity: 'error', place },
  ]);
});

test('tokens that most likely were meant as keys are warned of', () => {
  expect(hints('<entr><leftCtlOn>')).toEqual(['Did you mean <enter>?', 'Did you mean <leftctrl>?']);
  expect(hints('<wait5min>')).toEqual([expect.stringContaining('<wait1m20s>')]);
  expect(checkBootCommand('<entr>')[0]).toMatchObject({
    severity: 'warning',
    message: expect.stringContaining('<entr>, character 1'),
  });
});

test('angle brackets that are no tokens are let be', () => {
  expect(hints('cat <input >output; x <b> <constructor>')).toEqual([]);
});
