/** What servers say to our clients, and what clients say to the wires of our servers, without a socket. */
import assert from 'node:assert/strict';
import { factsToAskFor, hashWays, readFeatures } from '../../../src/protocols/ftp/client-features.ts';
import { factsOf, parseListed, parseRow } from '../../../src/protocols/ftp/client-listing.ts';
import { decode, ClientWire as FtpClientWire } from '../../../src/protocols/ftp/client-wire.ts';
import { parseExtendedPort, parseHostPort, parseNetwork } from '../../../src/protocols/ftp/host-port.ts';
import { ServerWire as FtpServerWire } from '../../../src/protocols/ftp/server-wire.ts';
import { readFetched } from '../../../src/protocols/imap/client/fetch-items.ts';
import { isFreeText, parseResponse } from '../../../src/protocols/imap/client/response.ts';
import { LineReader } from '../../../src/protocols/imap/syntax/line-reader.ts';
import { ClientWire as Pop3ClientWire } from '../../../src/protocols/pop3/client-wire.ts';
import { readCapabilities } from '../../../src/protocols/smtp/client-capabilities.ts';
import { parseReply } from '../../../src/protocols/smtp/client-reply.ts';
import { parseReply as parseForeignReply } from '../../../src/protocols/smtp/reply.ts';
import type { Chance } from '../chance.ts';
import { transcripts } from '../seeds.ts';
import { pieces, tame, type Wire } from '../wire.ts';

/** What came out of all pieces, or that it broke off. */
function heard<T>(data: Buffer, chance: Chance, open: () => (chunk: Buffer) => Iterable<T>): void {
  const all = (chunks: readonly Buffer[]): readonly T[] | 'broken' => {
    const receive = open();
    const found: T[] = [];
    let whole = false;
    tame(() => {
      for (const chunk of chunks) found.push(...receive(chunk));
      whole = true;
    });
    return whole ? found : 'broken';
  };
  assert.deepEqual(all(pieces(data, chance)), all([data]));
}

const IMAP_WORDS = [
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
  '\r\n',
  'FETCH ',
  '1 ',
  '4294967295 ',
  '(',
  ')',
  'UID 7',
  'FLAGS (\\Seen $x)',
  'BODY[] ',
  'BODY[HEADER]<0> ',
  'NIL',
  '"q \\" x"',
  '{3}\r\nabc',
  '~{2}\r\n\0\0',
  '{99999999999999999999}\r\n',
  'LIST (\\Noselect) "/" ',
  'STATUS x (MESSAGES 1)',
  'VANISHED (EARLIER) 1:3',
  'ESEARCH (TAG "c1") UID ALL 1:3',
];
export const imapResponses: Wire = {
  name: 'imap-responses',
  seeds: transcripts('imap', 'S'),
  words: IMAP_WORDS,
  fuzz(data, chance) {
    for (const chunks of [[data], pieces(data, chance)]) {
      const reader = new LineReader({ limit: 64 * 1024, isText: isFreeText });
      tame(() => {
        for (const chunk of chunks) {
          for (const event of reader.receive(chunk)) {
            if (event.kind === 'literal' && !(event.literal.size <= 4096)) return;
            if (event.kind !== 'line') continue;
            const said = parseResponse(event.line);
            if (said.kind === 'data' && said.name === 'FETCH') readFetched(said.cursor);
            else if (said.kind === 'data') said.cursor.value();
          }
        }
      });
    }
  },
};

const lineOf = (body: readonly string[]): string => `${body.join('\r\n')}\r\n`;
export const pop3Replies: Wire = {
  name: 'pop3-replies',
  seeds: [
    ...transcripts('pop3', 'S'),
    lineOf([
      '+OK ready',
      '+OK',
      '+OK in',
      '+OK 1 5',
      '1 5',
      '.',
      '+OK',
      '1 u1',
      '.',
      '+OK 5',
      'a',
      '..b',
      '.',
      '+OK bye',
    ]),
  ],
  words: [
    '+OK ',
    '-ERR ',
    '+ ',
    '\r\n',
    '.\r\n',
    '..',
    '[IN-USE] ',
    '[SYS/TEMP]',
    '1 5\r\n',
    '1 u1\r\n',
    'SASL PLAIN',
    'STLS\r\n',
    '\n',
    '\0',
  ],
  fuzz(data, chance) {
    const open = () => {
      const wire = new Pop3ClientWire();
      for (const name of ['CAPA', 'USER', 'PASS'] as const) wire.send({ name, args: name === 'CAPA' ? [] : ['x'] });
      return function* (chunk: Buffer) {
        for (const one of wire.receive(chunk)) {
          // Bodies come in as many pieces as the octets do.
          if (one.kind !== 'body') yield one;
          if (wire.state !== 'transaction' || one.kind !== 'status') continue;
          if (wire.due < 3)
            for (const name of ['LIST', 'UIDL', 'RETR'] as const)
              wire.send({ name, args: name === 'RETR' ? ['1'] : [] });
        }
      };
    };
    heard<unknown>(data, chance, open);
  },
};

export const ftpReplies: Wire = {
  name: 'ftp-replies',
  seeds: [
    ...transcripts('ftp', 'S'),
    '220-hi\r\n more\r\n220 ready\r\n211-Features\r\n MLST type*;size*;modify*;UNIX.mode;\r\n HASH SHA-256*;MD5\r\n211 End\r\n227 Entering (127,0,0,1,195,80).\r\n229 ok (|||50000|)\r\n',
  ],
  words: [
    '220 ',
    '220-',
    '226 ',
    '421 ',
    '\r\n',
    '\n',
    ' ',
    '-',
    '(',
    ')',
    '|||',
    '127,0,0,1,1,1',
    '|1|127.0.0.1|21|',
    'MLST ',
    'HASH ',
    ';',
    '*',
    '\xff',
  ],
  fuzz(data, chance) {
    heard(data, chance, () => {
      const wire = new FtpClientWire();
      return (chunk) => wire.receive(chunk);
    });
    tame(() => {
      for (const reply of new FtpClientWire().receive(data)) {
        const features = readFeatures(reply);
        factsToAskFor(features);
        hashWays(features);
        for (const line of reply.lines) {
          const place = parseHostPort(line);
          if (place) assert.ok(place.port <= 65_535);
          parseExtendedPort(line);
          parseNetwork(line);
        }
      }
    });
  },
};

export const ftpListings: Wire = {
  name: 'ftp-listings',
  seeds: [
    '-rw-r--r--    1 0        0               6 Nov 25 21:44 a.txt\r\ndrwxr-xr-x    2 1000     1000         4096 Jan 02  2019 two  words \r\nlrwxrwxrwx 1 0 0 5 Nov 25 21:44 l -> a.txt\r\ntotal 12\r\n',
    '01-02-26  10:00AM       <DIR>          dir\r\n2026-01-02  23:59            1,234 a b.txt\r\n',
    'type=file;size=3;modify=20260102030405.123;UNIX.mode=0644;unique=a; name\r\ntype=cdir;; .\r\nType=OS.unix=symlink;size=1; x\r\n',
    'README.TXT;1   2/4   2-JAN-2026 10:00:00  [A,B]  (RWED,RWED,RE,)\r\n+i8388621.29609,m824255902,/,\tdev\r\nd [R----F--] supervisor  512  Jan 16 18:53 login\r\n',
  ],
  words: [
    '-rw-r--r-- ',
    'd',
    '1 ',
    ' Nov 25 ',
    '21:44 ',
    '2026 ',
    ' -> ',
    '\r\n',
    'type=',
    'size=',
    'modify=',
    ';',
    ' ',
    '=',
    '<DIR>',
    'AM',
    '+i',
    ',m',
    '\t',
    '[',
    ']',
    '../',
    '\xc3\xa4',
    '9'.repeat(20),
  ],
  fuzz(data) {
    for (const line of decode(data, 'utf-8').split(/\r?\n/)) {
      for (const row of [parseListed(line, Date.UTC(2026, 10, 25)), parseRow(line)]) {
        if (!row) continue;
        assert.ok(Number.isSafeInteger(row.size) && row.size >= 0);
        assert.ok(row.modified === undefined || !Number.isNaN(row.modified));
        factsOf(row);
      }
    }
  },
};

export const ftpCommands: Wire = {
  name: 'ftp-commands',
  seeds: transcripts('ftp', 'C'),
  words: [
    'USER ',
    'PASS ',
    'RETR ',
    'STOR ',
    'MLSD ',
    'PORT 127,0,0,1,1,1',
    'EPRT |1|127.0.0.1|9|',
    'SITE CHMOD 644 ',
    'MFMT 20260102030405 ',
    'REST ',
    'OPTS MLST ',
    '\r\n',
    '\n',
    '\xff\xf4',
    '\xff\xfb\x01',
    '\xff\xff',
    '\0',
    ' ',
  ],
  fuzz(data, chance) {
    heard(data, chance, () => {
      const wire = new FtpServerWire();
      return function* (chunk) {
        for (const one of wire.receive(chunk)) {
          // TELNET's answers leave when their octets come: they are not of the order of commands.
          if (one.kind === 'telnet') continue;
          yield one;
          const reply = { code: 200, lines: ['ok'] };
          if (one.kind === 'request' && one.request.name !== 'AUTH') wire.send(reply, one.request);
          else wire.send(reply);
        }
      };
    });
  },
};

export const smtpReplies: Wire = {
  name: 'smtp-replies',
  seeds: [
    '250-mx.test\n250-SIZE 1000\n250-AUTH PLAIN LOGIN\n250-STARTTLS\n250 DSN',
    '550 5.7.1 no',
    '421 bye',
    '354 go',
  ],
  words: ['250-', '250 ', '550 ', '5.7.1 ', '\n', '-', 'SIZE ', 'AUTH=', 'AUTH ', '9'.repeat(20), '\0', '\xff'],
  fuzz(data) {
    const text = data.toString('utf8');
    tame(() => readCapabilities(parseReply(text)));
    const reply = parseForeignReply(text);
    if (reply) assert.match(reply.wire, /^\d{3} [ -~]*\r\n$/);
  },
};
