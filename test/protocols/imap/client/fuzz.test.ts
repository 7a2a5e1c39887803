/** Octets of any kind from a server: our own errors and no others, and no more time than there are octets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsError } from '../../../../src/kit/errors.ts';
import { readFetched } from '../../../../src/protocols/imap/client/fetch-items.ts';
import { isFreeText, parseResponse } from '../../../../src/protocols/imap/client/response.ts';
import { LineReader } from '../../../../src/protocols/imap/syntax/line-reader.ts';
import { fc } from '../../../property.ts';

/** Everything a client does with what comes, without a socket. */
export function fuzz(data: Uint8Array, step = data.length || 1): number {
  const reader = new LineReader({ limit: 64 * 1024, isText: isFreeText });
  let understood = 0;
  try {
    for (let at = 0; at < data.length; at += step) {
      for (const event of reader.receive(data.subarray(at, at + step))) {
        if (event.kind === 'literal' && !(event.literal.size <= 4096)) return understood;
        if (event.kind !== 'line') continue;
        const said = parseResponse(event.line);
        understood += 1;
        if (said.kind === 'data' && said.name === 'FETCH') readFetched(said.cursor);
        else if (said.kind === 'data' && said.name === 'LIST') said.cursor.value();
      }
    }
  } catch (error) {
    if (!(error instanceof CsError) || error.code === 'CS_BUG') throw error;
  }
  return understood;
}

const PIECES = [
  ...[
    '* ',
    'c1 ',
    '+ ',
    'OK ',
    'NO ',
    'BYE ',
    '[',
    ']',
    '[COPYUID 1 2:3 4]',
    '[CAPABILITY IMAP4rev1]',
    'text',
    '\r\n',
    '\n',
    '\r',
  ],
  ...[
    'FETCH ',
    '1 ',
    '4294967295 ',
    '(',
    ')',
    'UID 7',
    'FLAGS (\\Seen $x)',
    'MODSEQ (5)',
    'RFC822.SIZE 9',
    'BODY[] ',
    'BODY[HEADER]<0> ',
  ],
  ...[
    'INTERNALDATE " 1-Jan-2020 00:00:00 +0000"',
    'NIL',
    '"quoted \\" x"',
    '{3}\r\nabc',
    '{3+}\r\nabc',
    '~{2}\r\n\0\0',
    '{99999999999999999999}\r\n',
  ],
  ...[
    'LIST (\\Noselect) "/" ',
    'STATUS x (MESSAGES 1)',
    'VANISHED (EARLIER) 1:3',
    'ESEARCH (TAG "c1") UID ALL 1:3',
    '\0',
    '\xff',
    ' ',
  ],
];

const ITEMS = [
  ...[
    'UID 7',
    'FLAGS (\\Seen $x)',
    'MODSEQ (5)',
    'RFC822.SIZE 9',
    'BODY[] {3}\r\nabc',
    'BODY[HEADER]<0> ""',
    'EMAILID (M1)',
  ],
  ...[
    'INTERNALDATE " 1-Jan-2020 00:00:00 +0000"',
    'ENVELOPE ("a" NIL (("b" NIL "c" "d")))',
    'X-ODD {2}\r\nab',
    'BODY[1] NIL',
  ],
];
/** Lines as servers say them. */
const lines = fc
  .array(
    fc.oneof(
      fc.array(fc.constantFrom(...ITEMS), { maxLength: 6 }).map((items) => `* 1 FETCH (${items.join(' ')})`),
      fc.constantFrom(
        '* OK [UIDNEXT 7] next {5}',
        'c1 NO [OVERQUOTA] full',
        '+ go {3}',
        '* LIST (\\Marked) "/" {2}\r\nab',
        '* BYE',
      ),
    ),
    { maxLength: 8 },
  )
  .map((all) => Buffer.from(all.map((line) => `${line}\r\n`).join(''), 'latin1'));

test('whatever a server says is understood or refused, in whatever pieces it comes', () => {
  const pieces = fc
    .array(fc.constantFrom(...PIECES), { maxLength: 30 })
    .map((all) => Buffer.from(all.join(''), 'latin1'));
  const runs = Number(process.env.CS_FUZZ ?? 20_000);
  let understood = 0;
  fc.assert(
    fc.property(
      fc.oneof(lines, pieces, fc.uint8Array({ maxLength: 200 })),
      fc.integer({ min: 1, max: 40 }),
      (data, step) => {
        const whole = fuzz(data);
        understood += whole;
        assert.equal(fuzz(data, step), whole);
      },
    ),
    { numRuns: runs },
  );
  assert.ok(understood > runs / 2, `${understood} lines meant something`);
});
