/**
 * Characters of the printing keys, row by row: digits (a 15th key only on Japanese boards), the row of Q, the row of
 * A, the row of Z (with the 105th key left of it, and an 11th on Brazilian and Japanese boards). A space where a key
 * gives no character by itself, or one that an earlier level has.
 */
type Rows = readonly [digits: string, upper: string, home: string, lower: string];

export interface Layout {
  plain: Rows;
  shift: Rows;
  /** With AltGr, the right Alt key, held. */
  altGr?: Rows;
  /** ASCII characters that only a dead key gives: the key, with its modifier, to be followed by the space bar. */
  dead?: Readonly<Record<string, string>>;
}

/** QEMU's names (QAPI QKeyCode) of the keys at the places of `Rows`: positions, named after the US layout. */
export const POSITIONS: Rows = [
  'grave_accent 1 2 3 4 5 6 7 8 9 0 minus equal yen',
  'q w e r t y u i o p bracket_left bracket_right backslash',
  'a s d f g h j k l semicolon apostrophe',
  'less z x c v b n m comma dot slash ro',
];

/**
 * Layouts by their XKB names. Source: the symbols files of xkeyboard-config 2.35.1, from which console-setup makes the
 * Linux console's keymaps too; `ch-fr` is the variant `fr` of `ch`, `dvorak` that of `us`, `jp` of the model jp106,
 * `br` of abnt2. test/boot/layouts.test.ts compares every key.
 */
export const LAYOUTS: Readonly<Record<string, Layout>> = {
  us: {
    plain: ['`1234567890-=', 'qwertyuiop[]\\', "asdfghjkl;'", '<zxcvbnm,./'],
    shift: ['~!@#$%^&*()_+', 'QWERTYUIOP{}|', 'ASDFGHJKL:"', '>ZXCVBNM<>?'],
    altGr: ['', '', '', '|'],
  },
  gb: {
    plain: ['`1234567890-=', 'qwertyuiop[]#', "asdfghjkl;'", '\\zxcvbnm,./'],
    shift: ['¬!"£$%^&*()_+', 'QWERTYUIOP{}~', 'ASDFGHJKL:@', '|ZXCVBNM<>?'],
    altGr: ['|¹²³€½¾{[]}\\', '@ſ ¶ŧ←↓→øþ', 'æßðđŋħ ĸł', ' «»¢„“”µ•·'],
  },
  de: {
    plain: [' 1234567890ß', 'qwertzuiopü+#', 'asdfghjklöä', '<yxcvbnm,.-'],
    shift: ['°!"§$%&/()=?', "QWERTZUIOPÜ*'", 'ASDFGHJKLÖÄ', '>YXCVBNM;:_'],
    altGr: ['′¹²³¼½¬{[]}\\', '@ſ€¶ŧ←↓→øþ ~’', 'æſðđŋħ ĸł', '|»«¢„“”µ·…–'],
    dead: { '^': 'grave_accent', '`': 'shift equal' },
  },
  ch: {
    plain: ["§1234567890'", 'qwertzuiopü $', 'asdfghjklöä', '<yxcvbnm,.-'],
    shift: ['°+"*ç%&/()=?', 'QWERTZUIOPè!£', 'ASDFGHJKLéà', '>YXCVBNM;:_'],
    altGr: ['¬|@#¼½¬|¢]}', '@ſ€¶ŧ←↓→œþ[]}', 'æßðđŋħ ĸł {', '\\«»¢„“”µ•·'],
    dead: { '^': 'equal', '`': 'shift equal', '~': 'alt_r equal' },
  },
  'ch-fr': {
    plain: ["§1234567890'", 'qwertzuiopè $', 'asdfghjkléà', '<yxcvbnm,.-'],
    shift: ['°+"*ç%&/()=?', 'QWERTZUIOPü!£', 'ASDFGHJKLöä', '>YXCVBNM;:_'],
    altGr: ['¬|@#¼½¬|¢]}', '@ſ€¶ŧ←↓→œþ[]}', 'æßðđŋħ ĸł {', '\\«»¢„“”µ•·'],
    dead: { '^': 'equal', '`': 'shift equal', '~': 'alt_r equal' },
  },
  fr: {
    plain: ['²&é"\'(-è_çà)=', 'azertyuiop $*', 'qsdfghjklmù', '<wxcvbn,;:!'],
    shift: ['~1234567890°+', 'AZERTYUIOP £µ', 'QSDFGHJKLM%', '>WXCVBN?./§'],
    altGr: ['¬¹~#{[|`\\^@]}', 'æ«€¶ŧ←↓→øþ ¤', '@ßðđŋħ ĸłµ', '|ł»¢„“” •·'],
  },
  be: {
    plain: ['²&é"\'(§è!çà)-', 'azertyuiop $µ', 'qsdfghjklmù', '<wxcvbn,;:='],
    shift: ['³1234567890°_', 'AZERTYUIOP *£', 'QSDFGHJKLM%', '>WXCVBN?./+'],
    altGr: ['¬|@#¼½^{[{}\\', '@ſ€¶ŧ←↓→œþ[]', 'æßðđŋħ ĸł', '\\«»¢„“” •·'],
    dead: { '`': 'alt_r backslash', '~': 'alt_r slash' },
  },
  ca: {
    plain: ['#1234567890-=', 'qwertyuiop  <', 'asdfghjkl;', '«zxcvbnm,.é'],
    shift: ['|!"/$%?&*()_+', 'QWERTYUIOP  >', 'ASDFGHJKL:', "»ZXCVBNM' É"],
    altGr: ['\\±@£¢¤¬¦²³¼½¾', '        §¶[]}', '         ~{', '°      µ¯'],
    dead: { '^': 'bracket_left', '`': 'apostrophe' },
  },
  es: {
    plain: ["º1234567890'¡", 'qwertyuiop +ç', 'asdfghjklñ', '<zxcvbnm,.-'],
    shift: ['ª!"·$%&/()=?¿', 'QWERTYUIOP *Ç', 'ASDFGHJKLÑ', '>ZXCVBNM;:_'],
    altGr: ['\\|@#~½¬{[]}\\', '@ſ€¶ŧ←↓→øþ[]}', 'æßðđŋħ ĸł {', '|«»¢„“”µ•·'],
    dead: { '^': 'shift bracket_left', '`': 'bracket_left' },
  },
  latam: {
    plain: ["|1234567890'¿", 'qwertyuiop +}', 'asdfghjklñ{', '<zxcvbnm,.-'],
    shift: ['°!"#$%&/()=?¡', 'QWERTYUIOP *]', 'ASDFGHJKLÑ[', '>ZXCVBNM;:_'],
    altGr: ['¬|@·~½¬{[]}\\', '@ſ€¶ŧ←↓→øþ ~', 'æßðđŋħ ĸł~', '\\«»¢„“”µ•·'],
    dead: { '^': 'alt_r apostrophe', '`': 'alt_r backslash' },
  },
  pt: {
    plain: ["\\1234567890'«", 'qwertyuiop+', 'asdfghjklçº', '<zxcvbnm,.-'],
    shift: ['|!"#$%&/()=?»', 'QWERTYUIOP*', 'ASDFGHJKLÇª', '>ZXCVBNM;:_'],
    altGr: ['¬¹@£§½¬{[]}\\', '@ſ€¶ŧ←↓→øþ', 'æßðđŋħ ĸł', '\\«»¢„“”µ•·'],
    dead: { '^': 'shift backslash', '`': 'shift bracket_right', '~': 'backslash' },
  },
  br: {
    plain: ["'1234567890-=", 'qwertyuiop []', 'asdfghjklç', '\\zxcvbnm,.;/'],
    shift: ['"!@#$% &*()_+', 'QWERTYUIOP {}', 'ASDFGHJKLÇ', '|ZXCVBNM<>:?'],
    altGr: ['¬¹²³£¢¬{[]}\\§', "/?°®ŧ←↓→øþ'ªº", 'æßðđŋħ ĸł ~', ' «»©„“”µ•· °'],
    dead: { '^': 'shift apostrophe', '`': 'shift bracket_left' },
  },
  it: {
    plain: ["\\1234567890'ì", 'qwertyuiopè+ù', 'asdfghjklòà', '<zxcvbnm,.-'],
    shift: ['|!"£$%&/()=?^', 'QWERTYUIOPé*§', 'ASDFGHJKLç°', '>ZXCVBNM;:_'],
    altGr: ['¬¹²³¼½¬{[]}`~', '@ſ€¶ŧ←↓→øþ[]', 'æßðđŋħ ĸł@#', '««»¢“”ñµ ·'],
  },
  nl: {
    plain: ['@1234567890/°', 'qwertyuiop *<', 'asdfghjkl+', ']zxcvbnm,.-'],
    shift: ['§!"#$%&_()\'?', 'QWERTYUIOP |>', 'ASDFGHJKL±', '[ZXCVBNM;:='],
    altGr: ['¬¹²³¼½¾£{}°\\', '@ſ€¶þÿüïò¶~', "áßðªŋħ ĸł '", '|«»¢“”ñμ¸·'],
    dead: { '^': 'shift bracket_left', '`': 'shift apostrophe' },
  },
  se: {
    plain: ['§1234567890+', "qwertyuiopå '", 'asdfghjklöä', '<zxcvbnm,.-'],
    shift: ['½!"#¤%&/()=?', 'QWERTYUIOPÅ *', 'ASDFGHJKLÖÄ', '>ZXCVBNM;:_'],
    altGr: ['¶¡@£$€¥{[]}\\±', '@ſ€®þ←↓→œþ', 'ªßðđŋħ ĸłøæ', '|«»©„“”µ ·'],
    dead: { '^': 'shift bracket_right', '`': 'shift equal', '~': 'alt_r bracket_right' },
  },
  no: {
    plain: ['|1234567890+\\', "qwertyuiopå '", 'asdfghjkløæ', '<zxcvbnm,.-'],
    shift: ['§!"#¤%&/()=?', 'QWERTYUIOPÅ *', 'ASDFGHJKLØÆ', '>ZXCVBNM;:_'],
    altGr: ['¦¡@£$½¥{[]}±', '@ſ€®þ←↓→œπ', 'ªßðđŋħ ĸł', '½«»©„“”µ …–'],
    dead: { '^': 'shift bracket_right', '`': 'shift equal', '~': 'alt_r bracket_right' },
  },
  dk: {
    plain: ['½1234567890+', "qwertyuiopå '", 'asdfghjklæø', '<zxcvbnm,.-'],
    shift: ['§!"#¤%&/()=?', 'QWERTYUIOPÅ *', 'ASDFGHJKLÆØ', '>ZXCVBNM;:_'],
    altGr: ['¾¡@£$½¥{[]}±|', '@ſ€®þ←↓→œþ', 'ªßðđŋħ ĸł', '\\«»©„“”µ ·'],
    dead: { '^': 'shift bracket_right', '`': 'shift equal', '~': 'alt_r bracket_right' },
  },
  fi: {
    plain: ['§1234567890+', "qwertyuiopå '", 'asdfghjklöä', '<zxcvbnm,.-'],
    shift: ['½!"#¤%&/()=?', 'QWERTYUIOPÅ *', 'ASDFGHJKLÖÄ', '>ZXCVBNM;:_'],
    altGr: ['  @£$‰‚{[]}\\', '  € þ  ıœ', 'əßð    ĸ øæ', '|ʒ×   ŋµ’ –'],
    dead: { '^': 'shift bracket_right', '`': 'shift equal', '~': 'alt_r bracket_right' },
  },
  is: {
    plain: [' 1234567890ö-', "qwertyuiopð'+", 'asdfghjklæ', '<zxcvbnm,.þ'],
    shift: [' !"#$%&/()=Ö_', 'QWERTYUIOPÐ?*', 'ASDFGHJKLÆ', '>ZXCVBNM;:Þ'],
    altGr: ['¬¹²³¼½¬{[]}\\', '@ſ€¶ŧ←↓→ø| ~`', 'æß„đŋħ ĸł^', '|«»¢„“”µ•·'],
  },
  ee: {
    plain: [' 1234567890+', "qwertyuiopüõ'", 'asdfghjklöä', '<zxcvbnm,.-'],
    shift: [' !"#¤%&/()=?', 'QWERTYUIOPÜÕ*', 'ASDFGHJKLÖÄ', '>ZXCVBNM;:_'],
    altGr: ['¬¹@£$½¬{[]}\\`', '@ſ€¶ŧ←↓→øþ §½', 'æšðđŋħ ĸł ^', '|ž»¢„“”µ<>|'],
    dead: { '~': 'shift grave_accent' },
  },
  pl: {
    plain: ['`1234567890-=', 'qwertyuiop[]\\', "asdfghjkl;'", '<zxcvbnm,./'],
    shift: ['~!@#$%^&*()_+', 'QWERTYUIOP{}|', 'ASDFGHJKL:"', '>ZXCVBNM<>?'],
    altGr: ['¬≠²³¢€½§·«»–', 'πœę©ß←↓→óþ', 'ąśðæŋ’ə…ł', '|żźć„”ńµ≤≥'],
  },
  cz: {
    plain: [';+ěščřžýáíé=', 'qwertzuiopú)', 'asdfghjklů§', '\\yxcvbnm,.-'],
    shift: [' 1234567890%', "QWERTZUIOP/('", 'ASDFGHJKL"!', '|YXCVBNM?:_'],
    altGr: ['`!@#$%^&*{}\\', '\\|€¶ŧ←↓→øþ[]\\', "~đĐ[]`'łŁ$'", '/°#&@{}^<>*'],
  },
  sk: {
    plain: [';+ľščťžýáíé=', 'qwertzuiopúäň', 'asdfghjklô§', '\\yxcvbnm,.-'],
    shift: [' 1234567890%', 'QWERTZUIOP/()', 'ASDFGHJKL"!', '|YXCVBNM?:_'],
    altGr: ['`!@#$%^&*{}\\', '\\|€¶ŧ←↓→øþ[]\\', "~đĐ[]`'łŁ$'", '/°#&@{}^<>*'],
  },
  hu: {
    plain: ['0123456789öüó', 'qwertzuiopőúű', 'asdfghjkléá', 'íyxcvbnm,.-'],
    shift: ['§\'"+!%/=()ÖÜÓ', 'QWERTZUIOPŐÚŰ', 'ASDFGHJKLÉÁ', 'ÍYXCVBNM?:_'],
    altGr: ['¬~ ^   `', '\\|Ä¶ŧ–€Í„”÷×¤', 'äđĐ[]ħíłŁ$ß', '<>#&@{}<;>*'],
  },
  ro: {
    plain: ['`1234567890-=', 'qwertyuiop[]\\', "asdfghjkl;'", '\\zxcvbnm,./'],
    shift: ['~!@#$%^&*()_+', 'QWERTYUIOP{}|', 'ASDFGHJKL:"', '|ZXCVBNM<>?'],
    altGr: ['', 'âß€ ț  î §„”', 'ășđ     ł', '   ©    «»'],
  },
  si: {
    plain: ["¸1234567890'+", 'qwertzuiopšđž', 'asdfghjklčć', '<yxcvbnm,.-'],
    shift: ['¨!"#$%&/()=?*', 'QWERTZUIOPŠĐŽ', 'ASDFGHJKLČĆ', '>YXCVBNM;:_'],
    altGr: ['', '\\|€¶ŧ←↓→øþ÷×¤', 'æ„“[]ħ łł ß', '|‘’¢@{}§<>—'],
    dead: { '^': 'alt_r 3', '`': 'alt_r 7', '~': 'alt_r 1' },
  },
  hr: {
    plain: ["`1234567890'+", 'qwertzuiopšđž', 'asdfghjklčć', '<yxcvbnm,.-'],
    shift: ['~!"#$%&/()=?*', 'QWERTZUIOPŠĐŽ', 'ASDFGHJKLČĆ', '>YXCVBNM;:_'],
    altGr: ['¬~ ^ ° `', '\\|€¶ŧ←↓→øþ÷×¤', 'æ„”[]ħ łł ß', '|‘’¢@{}§<>'],
  },
  tr: {
    plain: ['"1234567890*-', 'qwertyuıopğü,', 'asdfghjklşi', '<zxcvbnmöç.'],
    shift: ["é!'^+%&/()=?_", 'QWERTYUIOPĞÜ;', 'ASDFGHJKLŞİ', '>ZXCVBNMÖÇ:'],
    altGr: ['<>£#$½¾{[]}\\|', '@ €¶₺←ûîô  ~`', "âß ª     ''", '|«»¢„“”µ×·'],
  },
  jp: {
    plain: [' 1234567890-^\\', 'qwertyuiop@[]', 'asdfghjkl;:', '<zxcvbnm,./\\'],
    shift: [' !"#$%&\'()~=~|', 'QWERTYUIOP`{}', 'ASDFGHJKL+*', '>ZXCVBNM<>?_'],
    altGr: ['', '', '', '|'],
  },
  dvorak: {
    plain: ['`1234567890[]', "',.pyfgcrl/=\\", 'aoeuidhtns-', '<;qjkxbmwvz'],
    shift: ['~!@#$%^&*(){}', '"<>PYFGCRL?+|', 'AOEUIDHTNS_', '>:QJKXBMWVZ'],
    altGr: ['', '', '', '|'],
  },
};
