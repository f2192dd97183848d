import type { IDisposable, Terminal } from '@xterm/xterm';

/** Operating system commands a guest may send: none of them does anything here. 4, 10-12, 104, 110-112: colours. */
const IGNORED_OSC = [0, 1, 2, 7, 8, 9, 50, 51, 52, 99, 133, 777, 1337, 4, 10, 11, 12, 104, 110, 111, 112];

/** Questions a terminal would answer by itself: the answer would be typed into the guest's shell. */
const ASKING_CSI = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { final: 't' },
  { prefix: '>', final: 'q' },
  { prefix: '?', final: 'u' },
];

/** Reports of where the mouse or the focus is: without them a guest cannot make us type by being moved over. */
const REPORTING_MODES = new Set([9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016]);

/**
 * Bytes from a guest are hostile: they must not set the clipboard, the title or the window, make links, or make the
 * terminal type. What they could do by sequences is refused here, before xterm.js would act.
 * @returns whether a text that the terminal wants to send is an answer to the guest rather than a key of a person
 */
export function guardTerminal(terminal: Terminal): (text: string) => boolean {
  const { parser } = terminal;
  const refused: IDisposable[] = [
    ...IGNORED_OSC.map(id => parser.registerOscHandler(id, () => true)),
    ...ASKING_CSI.map(id => parser.registerCsiHandler(id, () => true)),
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true),
    parser.registerDcsHandler({ intermediates: '+', final: 'q' }, () => true),
    parser.registerEscHandler({ final: 'Z' }, () => true),
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, params =>
      params.some(mode => REPORTING_MODES.has(Number(mode))),
    ),
  ];
  terminal.loadAddon({ activate: () => {}, dispose: () => end(refused) });
  return text => ANSWER.test(text);
}

function end(refused: IDisposable[]): void {
  for (const one of refused) one.dispose();
}

/** Device attributes, status and mode reports, colours: nothing a keyboard sends looks like these. */
const ANSWER = /^\x1b(?:\[[?>=]?[\d;]*(?:c|n|t|\$y)|\[\d+;\d+R|P[\s\S]*\x1b\\|\][\s\S]*(?:\x07|\x1b\\))$/;
