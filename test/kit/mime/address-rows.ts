/** Lists of addresses, and all that is read off them: one table for every reader. */

export interface AddressRow {
  readonly list: string;
  /** As ENVELOPE has them: name, route, mailbox, host; `-` where there is none. */
  readonly envelope: string;
  /** The items as they stand. */
  readonly texts: readonly string[];
  /** The first of them for people. */
  readonly first: readonly [name: string, address: string];
}

type Row = readonly [list: string, envelope: string, texts: readonly string[], name: string, address: string];

const ROWS: readonly Row[] = [
  ['', '', [], '', ''],
  [' , ,', '', [], '', ', ,'],
  [',,;,', '', [], '', ',,;,'],
  ['<>', '', [], '', '<>'],
  ['lone', '- - lone ', ['lone'], '', 'lone'],
  ['ann@x.test', '- - ann x.test', ['ann@x.test'], '', 'ann@x.test'],
  ['Ann <ann@x.test>', 'Ann - ann x.test', ['Ann <ann@x.test>'], 'Ann', 'ann@x.test'],
  ['Name <>', 'Name -  ', ['Name <>'], 'Name', ''],
  ['a@b,,c@d', '- - a b|- - c d', ['a@b', 'c@d'], '', 'a@b'],
  ['Ann <a@x>, b@x', 'Ann - a x|- - b x', ['Ann <a@x>', 'b@x'], 'Ann', 'a@x'],
  ['A. B.  C <a@b>, d@e', 'A. B. C - a b|- - d e', ['A. B.  C <a@b>', 'd@e'], 'A. B. C', 'a@b'],
  ['J\xf6rg <j@\xfc.test>', 'J\xf6rg - j \xfc.test', ['J\xf6rg <j@\xfc.test>'], 'J\xf6rg', 'j@\xfc.test'],
  // Quoted strings.
  ['"B, C" <b@x>,c@x', 'B, C - b x|- - c x', ['"B, C" <b@x>', 'c@x'], 'B, C', 'b@x'],
  ['"a\\", b" <a@x>, c@x', 'a", b - a x|- - c x', ['"a\\", b" <a@x>', 'c@x'], 'a", b', 'a@x'],
  ['"A, \\"B\\" C" <a@x>', 'A, "B" C - a x', ['"A, \\"B\\" C" <a@x>'], 'A, "B" C', 'a@x'],
  ['"quoted part"@x.test', '- - quoted part x.test', ['"quoted part"@x.test'], '', '"quoted part"@x.test'],
  ['Q <"a b"@x>', 'Q - a b x', ['Q <"a b"@x>'], 'Q', '"a b"@x'],
  ['"c@d" <a@b>', 'c@d - a b', ['"c@d" <a@b>'], 'c@d', 'a@b'],
  ['"a@b>"@c', '- - a@b> c', ['"a@b>"@c'], '', '"a@b>"@c'],
  // Comments, in comments too.
  ['a@x (Ann)', 'Ann - a x', ['a@x (Ann)'], 'Ann', 'a@x'],
  ['a@x (Ann (the) one)', 'Ann (the) one - a x', ['a@x (Ann (the) one)'], 'Ann (the) one', 'a@x'],
  ['a@x (1, (2, 3)), b@x', '1, (2, 3) - a x|- - b x', ['a@x (1, (2, 3))', 'b@x'], '1, (2, 3)', 'a@x'],
  ['a@x (one \\) two), b@x', 'one ) two - a x|- - b x', ['a@x (one \\) two)', 'b@x'], 'one ) two', 'a@x'],
  ['(not) a@x', 'not - a x', ['(not) a@x'], 'not', 'a@x'],
  ['(one) a@x (two)', 'two - a x', ['(one) a@x (two)'], 'two', 'a@x'],
  ['(c, d) e@x,f@x', 'c, d - e x|- - f x', ['(c, d) e@x', 'f@x'], 'c, d', 'e@x'],
  ['Ann <a(c)@(d)x(e)> (f)', 'Ann - a x', ['Ann <a(c)@(d)x(e)> (f)'], 'Ann', 'a@x'],
  // Groups.
  ['Group: a@b, C <c@d>; , e@f', '- - Group -|- - a b|C - c d|- - - -|- - e f', ['a@b', 'C <c@d>', 'e@f'], '', 'a@b'],
  [
    'F: "A, B" <a@x>, b@y;, O:;, c@z',
    '- - F -|A, B - a x|- - b y|- - - -|- - O -|- - - -|- - c z',
    ['"A, B" <a@x>', 'b@y', 'c@z'],
    'A, B',
    'a@x',
  ],
  ['undisclosed-recipients:;', '- - undisclosed-recipients -|- - - -', [], '', 'undisclosed-recipients:;'],
  ['"G: H": a@x;', '- - G: H -|- - a x|- - - -', ['a@x'], '', 'a@x'],
  ['Open: a@b', '- - Open -|- - a b|- - - -', ['Open: a@b'], 'Open: ', 'a@b'],
  ['c@x, Re: Ann <a@x>', '- - c x|- - Re -|Ann - a x|- - - -', ['c@x', 'Re: Ann <a@x>'], '', 'c@x'],
  ['Re: Ann <a@x>', '- - Re -|Ann - a x|- - - -', ['Re: Ann <a@x>'], 'Re: Ann', 'a@x'],
  ['a@x; b@x', '- - a x|- - b x', ['a@x', 'b@x'], '', 'a@x'],
  // Domain literals.
  ['a@[127.0.0.1]', '- - a [127.0.0.1]', ['a@[127.0.0.1]'], '', 'a@[127.0.0.1]'],
  ['A <a@[IPv6:::1]>', 'A - a [IPv6:::1]', ['A <a@[IPv6:::1]>'], 'A', 'a@[IPv6:::1]'],
  ['G: a@[IPv6:::1], b@x;', '- - G -|- - a [IPv6:::1]|- - b x|- - - -', ['a@[IPv6:::1]', 'b@x'], '', 'a@[IPv6:::1]'],
  ['a@[b,c;d:<e>@(f)], g@h', '- - a [b,c;d:<e>@(f)]|- - g h', ['a@[b,c;d:<e>@(f)]', 'g@h'], '', 'a@[b,c;d:<e>@(f)]'],
  ['a@[1.2, b@x', '- - a [1.2|- - b x', ['a@[1.2', 'b@x'], '', 'a@[1.2'],
  ['[list, A <a@x>', '- - [list |A - a x', ['[list', 'A <a@x>'], '', '[list'],
  // Obsolete: routes, spaces between the atoms, and what never was right.
  ['<@r1,@r2:u@h>, d@x', '- @r1,@r2 u h|- - d x', ['<@r1,@r2:u@h>', 'd@x'], '', 'u@h'],
  ['<@[1.2.3.4]:u@h>', '- @[1.2.3.4] u h', ['<@[1.2.3.4]:u@h>'], '', 'u@h'],
  ['a . b @ c . d', '- - a.b c.d', ['a . b @ c . d'], '', 'a.b@c.d'],
  ['<"a" . b@c>', '- - a.b c', ['<"a" . b@c>'], '', '"a".b@c'],
  ['a@b <c@d>', 'a@b - c d', ['a@b <c@d>'], 'a@b', 'c@d'],
  ['<a@b@c>', '- - a@b c', ['<a@b@c>'], '', 'a@b@c'],
  ['a@b@c', '- - a@b c', ['a@b@c'], '', 'a@b@c'],
  ['<mailto:a@b>', '- - a b', ['<mailto:a@b>'], '', 'a@b'],
  ['Ann <a@b> Smith', 'Ann - a b', ['Ann <a@b> Smith'], 'Ann', 'a@b'],
  ['Ann <a@b> <c@d>', 'Ann - c d', ['Ann <a@b> <c@d>'], 'Ann', 'c@d'],
  ['<a@b', '- - a b', ['<a@b'], '', 'a@b'],
  ['Ann <a@b, c@d', 'Ann - a b|- - c d', ['Ann <a@b', 'c@d'], 'Ann', 'a@b'],
  ['"open <a@b>', '- - open <a@b> ', ['"open <a@b>'], '', '"open <a@b>'],
  ['a@x (open, b@x', 'open, b@x - a x', ['a@x (open, b@x'], 'open, b@x', 'a@x'],
  ['Ann\r\n <a@x>,\r\n\tb@x', 'Ann - a x|- - b x', ['Ann\r\n <a@x>', 'b@x'], 'Ann', 'a@x'],
  // Words that are encoded are one word, whatever is in them.
  ['=?utf-8?q?a,_b?= <a@x>', '=?utf-8?q?a,_b?= - a x', ['=?utf-8?q?a,_b?= <a@x>'], '=?utf-8?q?a,_b?=', 'a@x'],
];

export const ADDRESS_ROWS: readonly AddressRow[] = ROWS.map(([list, envelope, texts, name, address]) => ({
  list,
  envelope,
  texts,
  first: [name, address],
}));

/** Fields as they come, and as people read them. An encoded word is a name or a comment, never an address, and parts nothing. */
export const DECODED_ROWS: readonly (readonly [field: string, read: string])[] = [
  ['Ann <a@x>', 'Ann <a@x>'],
  ['=?utf-8?q?J=C3=B6rg?= <j@x>', 'Jörg <j@x>'],
  ['=?utf-8?q?J=C3=B6?= =?utf-8?q?rg?= Smith <j@x>', 'Jörg Smith <j@x>'],
  ['=?utf-8?q?J=C3?=\r\n =?utf-8?q?=B6rg?= <j@x>', 'Jörg <j@x>'],
  ['=?utf-8?q?Doe,_J=C3=B6rg?= <j@x>, k@x', '"Doe, Jörg" <j@x>, k@x'],
  ['=?utf-8?q?Doe,_J?= <j@x>', '"Doe, J" <j@x>'],
  ['=?utf-8?q?a=40b_=3Cc=40d=3E?= <j@x>', '"a@b <c@d>" <j@x>'],
  ['=?utf-8?q?say_=22hi=22_=5C?= <j@x>', '"say \\"hi\\" \\\\" <j@x>'],
  ['"=?utf-8?q?J=C3=B6rg?=" <j@x>', '"Jörg" <j@x>'],
  ['"=?utf-8?q?a=22,b?=" <j@x>', '"a\\",b" <j@x>'],
  ['j@x (=?utf-8?q?J=C3=B6rg?=)', 'j@x (Jörg)'],
  ['j@x (=?utf-8?q?a=29,b=28?=)', 'j@x (a\\),b\\()'],
  ['=?utf-8?q?G=C3=A4ste?=: =?utf-8?q?J=C3=B6?= <j@x>;', 'Gäste: Jö <j@x>;'],
  ['=?utf-8?q?a?=@x', '=?utf-8?q?a?=@x'],
  ['=?utf-8?q?a?= (c) @x', '=?utf-8?q?a?= (c) @x'],
  ['Ann <=?utf-8?q?a=40evil?=@x>', 'Ann <=?utf-8?q?a=40evil?=@x>'],
  ['a@=?utf-8?q?evil?=', 'a@=?utf-8?q?evil?='],
  ['=?utf-8?q?a=40b?=', '"a@b"'],
  ['=?utf-8?q?J=C3=B6rg?=', 'Jörg'],
  ['=?utf-8?x?a?= <j@x>', '=?utf-8?x?a?= <j@x>'],
  [Buffer.from('Jörg =?utf-8?q?=C3=A4?= <j@ü.test>').toString('latin1'), 'Jörg ä <j@ü.test>'],
  ['', ''],
];
