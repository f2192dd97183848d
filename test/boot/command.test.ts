import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBootCommand } from '../../core/boot/command.ts';
import { SPECIAL_KEYS } from '../../core/boot/special-keys.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import type { KeyAction } from '../../core/model/key.ts';

/** `+shift +a -a -shift`, `1000ms`, `?text/60000`: one word for each action. */
const told = (actions: KeyAction[]): string =>
  actions
    .map(action => {
      if (action.kind === 'wait') return `${action.ms}ms`;
      if (action.kind === 'wait-for-text') return `?${action.text}/${action.timeoutMs}`;
      return (action.down ? '+' : '-') + action.qcode;
    })
    .join(' ');

const parsed = (text: string, keyboard?: string): string =>
  told(parseBootCommand(text, keyboard === undefined ? {} : { keyboard }));

function failureOf(text: string, keyboard = 'us'): GoldsmithError {
  try {
    parseBootCommand(text, { keyboard });
  } catch (error) {
    if (error instanceof GoldsmithError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('keys', () => {
  test.each([
    ['<enter>', '+ret -ret'],
    ['<RETURN><Bs><dEL>', '+ret -ret +backspace -backspace +delete -delete'],
    ['<esc><tab><spacebar>', '+esc -esc +tab -tab +spc -spc'],
    ['<f1><F10><f12>', '+f1 -f1 +f10 -f10 +f12 -f12'],
    ['<up><down><left><right>', '+up -up +down -down +left -left +right -right'],
    ['<insert><home><end><pageUp><pagedown>', '+insert -insert +home -home +end -end +pgup -pgup +pgdn -pgdn'],
    ['<leftShift><rightAlt><menu>', '+shift -shift +alt_r -alt_r +compose -compose'],
    ['<leftSuper><rightSuper>', '+meta_l -meta_l +meta_r -meta_r'],
    ['<leftCommand><rightCommand>', '+alt -alt +alt_r -alt_r'],
    ['<leftOption><rightoption>', '+alt -alt +alt_r -alt_r'],
  ])('%s is %s', (text, actions) => expect(parsed(text)).toBe(actions));

  test('every name is a key, may be held and knows no case', () => {
    expect(Object.keys(SPECIAL_KEYS)).toHaveLength(41);
    for (const [name, qcode] of Object.entries(SPECIAL_KEYS)) {
      expect(parsed(`<${name.toUpperCase()}>`)).toBe(`+${qcode} -${qcode}`);
      expect(parsed(`<${name}On>`)).toBe(`+${qcode}`);
      expect(parsed(`<${name}oFF>`)).toBe(`-${qcode}`);
    }
  });
});

describe('held keys', () => {
  test.each([
    ['<leftCtrlOn>c<leftCtrlOff>', '+ctrl +c -c -ctrl'],
    ['<cOn><coFF>', '+c -c'],
    ['<COn><COff>', '+shift +c -shift -c'],
    ['<<On><>Off>', '+shift +comma -shift -dot'],
    ['<1on>', '+1'],
    ['< on>', '+spc'],
    ['<fon> b<fOff>', '+f +spc -spc +b -b -f'],
  ])('%s is %s', (text, actions) => expect(parsed(text)).toBe(actions));
});

describe('waits', () => {
  test.each([
    ['<wait>', '1000ms'],
    ['<wait5><wait10><wait300>', '5000ms 10000ms 300000ms'],
    ['<wait300ms><wait1m20s><wait1.5h>', '300ms 80000ms 5400000ms'],
    ['<wait4m2ns>', '240000.000002ms'],
    ['<wait2us><wait2µs>', '0.002ms 0.002ms'],
    ['<WAIT><Wait2S>', '1000ms 2000ms'],
    ['<wait "boot:">', '?boot:/60000'],
    ['<waitFor "Press any key" 30s>', '?Press any key/30000'],
    ['<wait \'say "yes"\' 1m30s>', '?say "yes"/90000'],
    ['<WAITFOR "a > b" 5>', '?a > b/5000'],
  ])('%s is %s', (text, actions) => expect(parsed(text)).toBe(actions));

  test.each(['<wait0>', '<wait0s>', '<wait-1m>', '<wait-5>', '<wait0h0m>', '<wait "x" 0s>', '<wait999h>'])(
    '%s is an error with its position',
    text => {
      const { code, details, hint } = failureOf(`ab${text}`);
      expect({ code, position: details['position'], token: details['token'] }).toEqual({
        code: 'bad-boot-command',
        position: 3,
        token: text,
      });
      expect(hint).toContain('<wait5>');
    },
  );
});

describe('text', () => {
  test('shifted characters get a left Shift around them, in the order of Packer', () => {
    expect(parsed('aA~')).toBe('+a -a +shift +a -a -shift +shift +grave_accent -grave_accent -shift');
  });

  test.each([
    '<foo>',
    '<wait5min>',
    '<waiting>',
    '<',
    '<<',
    '<f13>',
    '<wait ">',
    '<wait "">',
    '<enter',
    '<constructor>',
    '<toStringOn>',
  ])('%s is typed as it stands', text =>
    expect(parsed(text)).toBe([...text].map(character => parsed(character)).join(' ')),
  );

  test('a token may follow a literal less-than sign', () => {
    expect(parsed('<<enter>')).toBe('+shift +comma -comma -shift +ret -ret');
  });

  test('line breaks of a here-document are not typed', () => {
    expect(parsed('a\n\tb\r\n<enter>\n')).toBe('+a -a +b -b +ret -ret');
  });

  test('a character that the keyboard lacks is named with its position', () => {
    const { code, message, details } = failureOf('foo 界');
    expect(code).toBe('bad-boot-command');
    expect(details).toEqual({ position: 5, character: '界', keyboard: 'us' });
    expect(message).toContain('"界" (U+754C), character 5');
  });

  test('a character from beyond the basic plane is one character', () => {
    expect(failureOf('🔨').details['character']).toBe('🔨');
  });

  test('an unknown keyboard is refused with the known ones', () => {
    expect(failureOf('a', 'dee')).toMatchObject({
      code: 'bad-boot-command',
      hint: expect.stringContaining('Did you mean de?'),
    });
    expect(failureOf('a', 'constructor').code).toBe('bad-boot-command');
  });
});

describe('other keyboards', () => {
  test.each([
    ['de', 'z/', '+y -y +shift +7 -7 -shift'],
    ['de', '@', '+alt_r +q -q -alt_r'],
    ['de', '^`', '+grave_accent -grave_accent +spc -spc +shift +equal -equal -shift +spc -spc'],
    ['fr', 'a1', '+q -q +shift +1 -1 -shift'],
    ['gb', '|', '+shift +less -less -shift'],
    ['jp', '\\_', '+yen -yen +shift +ro -ro -shift'],
    ['dvorak', 'ls', '+p -p +semicolon -semicolon'],
    ['de', '<yOn><leftCtrlOff>', '+z -ctrl'],
  ])('%s: %s is %s', (keyboard, text, actions) => expect(parsed(text, keyboard)).toBe(actions));

  test('a character of two keys cannot be held', () => {
    expect(failureOf('<^On>', 'de')).toMatchObject({
      code: 'bad-boot-command',
      message: expect.stringContaining('two keys'),
    });
  });
});

const PIECES = [
  '<',
  '>',
  'wait',
  'on',
  'Off',
  '5',
  '-',
  '1m',
  'enter',
  'leftCtrl',
  ' ',
  '"x"',
  "'",
  'a',
  'Z',
  '~',
  '\n',
];

test('whatever is written, each key pressed is released unless it was held on purpose', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map(parts => parts.join('')),
      text => {
        let actions: KeyAction[];
        try {
          actions = parseBootCommand(text);
        } catch (error) {
          expect(error).toBeInstanceOf(GoldsmithError);
          return;
        }
        const keys = actions.filter(action => action.kind === 'key');
        const balance = keys.filter(key => key.down).length - keys.filter(key => !key.down).length;
        const isHeld = /on>|off>/i.test(text);
        if (!isHeld) expect(balance).toBe(0);
        for (const action of actions) if (action.kind === 'wait') expect(action.ms).toBeGreaterThan(0);
      },
    ),
    { numRuns: 2000 },
  );
});

test('printable text without tokens is typed completely', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n))) }),
      text => {
        fc.pre(!text.includes('<'));
        const downs = parseBootCommand(text).filter(
          action => action.kind === 'key' && action.down && action.qcode !== 'shift',
        );
        expect(downs).toHaveLength(text.length);
      },
    ),
  );
});
