import { describe, expect, test } from 'vitest';
import { httpAddress, makeToken } from '../../core/answers/address.ts';
import { parseBootCommand } from '../../core/boot/command.ts';

const ADDRESS = { ip: '10.0.2.2', port: 8123, token: 'abc' };

describe('httpAddress', () => {
  test.each([
    [['ks=http://{{ .HTTPIP }}:{{ .HTTPPort }}/ks.cfg']],
    [['{{.HTTPPort}}/a {{  .HTTPPort  }}/b']],
    [['url=http://{{ .HTTPIP }}:{{ .HTTPPort }}', '/preseed.cfg']],
    [['no address at all']],
    [[]],
  ])('%j: the token is used', texts => {
    expect(httpAddress(texts, ADDRESS)).toEqual({ httpIp: '10.0.2.2', httpPort: '8123/abc', isTokenUsed: true });
  });

  test.each([
    ['port={{ .HTTPPort }}<enter>', '{{ .HTTPPort }}<enter>'],
    ['{{ .HTTPPort }}/a {{ .HTTPPort }} b', '{{ .HTTPPort }} b'],
    ['{{ .HTTPPort }}', '{{ .HTTPPort }}'],
    ['{{ .HTTPPort | urlquery }}/x', '{{ .HTTPPort | urlquery }}/x'],
    ['{{ urlquery .HTTPPort }}/x', '{{ urlquery .HTTPPort }}/x'],
    ['{{- .HTTPPort -}} /x', '{{- .HTTPPort -}} /x'],
    ['{{ .HTTPPort }}\\n/x', '{{ .HTTPPort }}'],
  ])('%s: the token is not used and a note says where', (text, where) => {
    expect(httpAddress([text.replace('\\n', '\n')], ADDRESS)).toEqual({
      httpIp: '10.0.2.2',
      httpPort: '8123',
      isTokenUsed: false,
      note: expect.stringContaining(`"${where}"`),
    });
  });

  test('without a token there is nothing to note', () => {
    expect(httpAddress(['{{ .HTTPPort }} '], { ip: '10.0.2.2', port: 1 })).toEqual({
      httpIp: '10.0.2.2',
      httpPort: '1',
      isTokenUsed: false,
    });
  });
});

describe('makeToken', () => {
  const tokens = Array.from({ length: 2000 }, makeToken);

  test('is 26 characters that no one mixes up, and never the same', () => {
    for (const token of tokens) expect(token).toMatch(/^[abcdefghjkmnpqrstuvwxyz23456789]{26}$/);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  test('has every character about equally often', () => {
    const counts = new Map<string, number>();
    for (const character of tokens.join('')) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(31);
    const mean = (2000 * 26) / 31;
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
  });

  test('is typed with one key a character', () => {
    expect(parseBootCommand(makeToken())).toHaveLength(2 * 26);
  });
});
