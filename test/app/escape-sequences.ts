/**
 * What a hostile guest may print at a terminal: each asks it to do something that only a person may: set the
 * clipboard, the title, the window, links, the palette, or to answer as if somebody had typed.
 * From xterm's control sequences (ctlseqs), and those of iTerm2, kitty, rxvt and tmux.
 */
const ESC = '\x1b';
const BEL = '\x07';
const ST = `${ESC}\\`;
const base64 = Buffer.from('stolen').toString('base64');

const osc = (text: string): string[] => [`${ESC}]${text}${BEL}`, `${ESC}]${text}${ST}`];
const csi = (text: string): string => `${ESC}[${text}`;
const dcs = (text: string): string => `${ESC}P${text}${ST}`;

export const HOSTILE: string[] = [
  // Title, icon, X property, working folder
  ...['0;owned', '1;owned', '2;owned', '3;WM_NAME=owned', '7;file://host/etc', 'L;owned', 'l;owned'].flatMap(osc),
  // Clipboard, in its several selections
  ...[`52;c;${base64}`, `52;p;${base64}`, `52;s0;${base64}`, `52;;${base64}`, '52;c;?', '52;p;?'].flatMap(osc),
  // Links, notifications, files
  ...[
    '8;;https://evil.example/',
    '8;id=1;javascript:alert(1)',
    '8;;file:///etc/passwd',
    '9;owned',
    '99;i=1;owned',
    '777;notify;owned;body',
    `1337;File=name=${base64};inline=1:${base64}`,
    '1337;CopyToClipboard=',
    '1337;SetUserVar=a=b3du',
    '633;E;rm -rf /',
  ].flatMap(osc),
  // Colours asked for and set
  ...['4;1;?', '4;1;rgb:00/00/00', '10;?', '11;?', '12;?', '104', '110', '112', '50;?', '51;x'].flatMap(osc),
  // Questions whose answer would be typed
  ...[
    'c',
    '0c',
    '>c',
    '=c',
    '5n',
    '6n',
    '?6n',
    '?15n',
    '?25n',
    '?26n',
    '?53n',
    '>q',
    '?u',
    '?1$p',
    '20$p',
    '?996n',
  ].map(csi),
  ...['11t', '13t', '14t', '14;2t', '15t', '16t', '18t', '19t', '20t', '21t'].map(csi),
  // The window: move, resize, minimise, raise, full screen, title stack
  ...['3;0;0t', '4;100;100t', '8;10;10t', '2t', '1t', '5t', '6t', '9;1t', '10;1t', '22;0t', '23;0t'].map(csi),
  // Reports of mouse and focus
  ...['?9h', '?1000h', '?1002h', '?1003h', '?1004h', '?1006h'].map(csi),
  // Device control: settings, terminfo, macros, sixel, tmux pass-through
  ...['$qm', '$q"p', '+q544e', '0;0;0!zowned', 'tmux;\x1b\x1b]2;owned\x07', '0;0q#0;2;0;0;0', '1000p'].map(dcs),
  `${ESC}Z`,
  `${ESC}_Gf=24,s=1,v=1;AAAA${ST}`,
  `${ESC}^owned${ST}`,
  `${ESC}Xowned${ST}`,
  '\x05',
  '\x9b6n',
  '\x9d2;owned\x9c',
  `${ESC}]2;${'A'.repeat(1_000_000)}${BEL}`,
  `${ESC}[${'9'.repeat(5000)}A`,
  `${ESC}[${';'.repeat(5000)}m`,
  `${ESC}]2;never ended ${'\u202e'}`,
  BEL.repeat(1000),
];
