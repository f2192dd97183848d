import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsoleText } from '../../core/installer/console-text.ts';
import { parseSyslog } from '../../core/installer/syslog.ts';

describe('parseSyslog', () => {
  it.each([
    ['<30>Nov 20 10:00:00 main-menu[214]: INFO: x', [{ severity: 6, text: 'main-menu[214]: INFO: x' }]],
    ['<28>Nov  2 10:00:00 anna: WARNING **: y\n', [{ severity: 4, text: 'anna: WARNING **: y' }]],
    [
      '<143>Jul 16 02:09:33 vm-02.example ifcfg: IfcfFile.read /etc/x',
      [{ severity: 7, text: 'ifcfg: IfcfFile.read /etc/x' }],
    ],
    ['<30>Aug  1 11:12:31 scratch2 anaconda[1775]: a: b', [{ severity: 6, text: 'anaconda[1775]: a: b' }]],
    ['<30>Aug  1 11:12:31 E: foo: bar', [{ severity: 6, text: 'E: foo: bar' }]],
    ['<165>1 2026-11-20T10:00:00.1Z host app 12 ID1 [a b="c]"] \uFEFFhello', [{ severity: 5, text: 'app[12]: hello' }]],
    ['<13>1 - - tiny - - - stage: a 1%', [{ severity: 5, text: 'tiny: stage: a 1%' }]],
    ['no frame at all', [{ text: 'no frame at all' }]],
    ['<999>x', [{ text: 'x' }]],
    [
      '<6>one\ntwo',
      [
        { severity: 6, text: 'one' },
        { severity: 6, text: 'two' },
      ],
    ],
    ['<6>\x1b[31mred\x1b[0m \x1b]0;title\x07done\x00', [{ severity: 6, text: 'red done' }]],
    ['', []],
  ])('%j', (datagram, messages) => {
    expect(parseSyslog(datagram)).toEqual(messages);
  });

  it('takes anything, short and plain', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), text => {
        for (const message of parseSyslog(text)) {
          expect(message.text).toMatch(/^[^\x00-\x1f\x7f-\x9f]{1,4096}$/);
        }
      }),
    );
  });
});

describe('ConsoleText', () => {
  it('joins chunks and drops colours', () => {
    const text = new ConsoleText();
    expect(text.push('Kernel pa')).toEqual([]);
    expect(text.push('nic\x1b[0')).toEqual([]);
    expect(text.push('m now\r\nlogin: ')).toEqual(['Kernel panic now']);
    expect(text.flush()).toEqual(['login:']);
    expect(text.flush()).toEqual([]);
  });

  it('reads a dialog that is drawn with cursor moves', () => {
    const text = new ConsoleText();
    const drawn =
      '\x1b[5;10H\x0elqqqqu\x0f [!!] Partition disks \x0etqqqk\x0f\x1b[6;10H\x0ex\x0f No root file system \x0ex\x0f\x1b[7;1H';
    expect(text.push(Buffer.from(drawn))).toEqual(['[!!] Partition disks', 'No root file system']);
    expect(text.push('\x1b[1;1H┌──┤ [!] Ünicode ├──┐\x1b[2;1H')).toEqual(['[!] Ünicode']);
  });

  it('never holds more than a screenful back', () => {
    const text = new ConsoleText();
    expect(text.push('x'.repeat(5000)).join('').length).toBeGreaterThan(1000);
  });
});
