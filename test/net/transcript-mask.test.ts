import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Side } from '../../src/kit/transcript.ts';
import { secretMask } from '../../src/net/transcript-mask.ts';

const ROWS: readonly [string, readonly [Side, string][], readonly string[]][] = [
  ['POP3 PASS', [['C', 'PASS two words']], ['PASS ***']],
  [
    'FTP PASS and ACCT',
    [
      ['C', 'PASS two words'],
      ['C', 'ACCT geheim'],
    ],
    ['PASS ***', 'ACCT ***'],
  ],
  ['IMAP LOGIN', [['C', 'a1 LOGIN ann "geheim"']], ['a1 LOGIN ann ***']],
  ['SMTP AUTH PLAIN at once', [['C', 'AUTH PLAIN AGFubgBx']], ['AUTH PLAIN ***']],
  ['an empty initial response', [['C', 'AUTH EXTERNAL =']], ['AUTH EXTERNAL =']],
  [
    'SMTP AUTH LOGIN, every answer, and nothing after it',
    [
      ['C', 'auth login'],
      ['S', '334 VXNlcm5hbWU6'],
      ['C', 'YW5u'],
      ['S', '334 UGFzc3dvcmQ6'],
      ['C', 'Z2VoZWlt'],
      ['S', '235 2.7.0 ok'],
      ['C', 'MAIL FROM:<ann@x.test>'],
    ],
    ['auth login', '334 VXNlcm5hbWU6', '***', '334 UGFzc3dvcmQ6', '***', '235 2.7.0 ok', 'MAIL FROM:<ann@x.test>'],
  ],
  [
    'POP3 and IMAP continuations',
    [
      ['C', 'a2 AUTHENTICATE PLAIN'],
      ['S', '+\\x20'],
      ['C', 'AGFubgBx'],
      ['S', 'a2 OK'],
    ],
    ['a2 AUTHENTICATE PLAIN', '+\\x20', '***', 'a2 OK'],
  ],
  [
    'a cancelled exchange',
    [
      ['C', 'AUTH LOGIN'],
      ['S', '334 x'],
      ['C', '*'],
    ],
    ['AUTH LOGIN', '334 x', '*'],
  ],
  ['HTTP', [['C', 'Authorization: Bearer abc']], ['Authorization: Bearer ***']],
  ['a cookie', [['C', 'cookie: id=1']], ['cookie: ***']],
  ['what only looks like it', [['C', 'PASSWORD reset for ann']], ['PASSWORD reset for ann']],
];

for (const [name, lines, shown] of ROWS) {
  test(`AU-05 transcripts hide: ${name}`, () => {
    const mask = secretMask();
    assert.deepEqual(
      lines.map(([from, line]) => mask(line, from)),
      shown,
    );
  });
}
