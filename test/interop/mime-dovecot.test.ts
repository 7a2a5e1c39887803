/** ENVELOPE and BODYSTRUCTURE of odd messages beside Dovecot's (Debian): where we differ, it is meant. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { indexed, lines } from '../kit/mime/indexed.ts';
import { startDovecot } from './dovecot.ts';
import { tool } from './server.ts';

const dovecot = tool('dovecot');

const HEADERS = [
  'From: ann@x.test',
  'From: Ann <ann@x.test>\nSender: \nReply-To:',
  'From: "A, \\"B\\"" <ann@x.test>, Bob <b@y>\nTo: c@d\nTo: e@f',
  'To: Group: a@b, C <c@d>;, e@f\nFrom: x@y',
  'To: Empty:;\nFrom: x@y',
  'From: ann@x.test (Ann Other)',
  'From: <@r1,@r2:u@h>',
  'From: A. B.  C <a@b>',
  'From: =?utf-8?q?a_b?= <a@b>',
  'From: a@[127.0.0.1]',
  'From: "quoted part"@x.test',
  'From: x@y\nSubject: folded\n over\n\tlines',
  'From: x@y\nSubject: \xe4\xf6',
  'From: x@y\nSubject: "quoted" \\ back',
  'From: lone',
  'From: Name <>',
  'From: x@y\nMessage-ID: <a@b>\nIn-Reply-To: <c@d>\n <e@f>\nDate: Tue, 24 Nov 2026 10:00:00 +0000',
];
/** A type that is none is not among them: for us it is text (RFC 2045 section 5.2), for Dovecot a type without a subtype. */
const BODIES = [
  '\n\nplain\ntext\n',
  '\nContent-Type: text/html; charset="utf-8"; format=flowed\nContent-Transfer-Encoding: QUOTED-PRINTABLE\n\n=41',
  '\nContent-Type: multipart/mixed; boundary=a\n\npre\n--a\n\none\n--a\nContent-Type: text/html\n\n<p>\n--a--\nafter\n',
  '\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=ab\n\n--ab\n\nx\n--ab--\n--a--\n',
  '\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\nnever closed\n',
  '\nContent-Type: multipart/mixed; boundary=a\n\nno parts\n',
  '\nContent-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: in digest\n\nx\n--a--\n',
  '\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\nFrom: in@x\nSubject: inner\n\nbody\nlines\n--a--\n',
  '\nContent-Type: message/rfc822\n\nFrom: in@x\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i--\n',
  '\nContent-Type: application/pdf; name="a b.pdf"\nContent-Disposition: attachment; filename="a b.pdf"\nContent-ID: <1@x>\nContent-Description: d\n\nx',
  '\nContent-Type: text/plain\nContent-Language: en, de\nContent-Location: http://x/\nContent-MD5: abc=\n\nx\n',
  '\nContent-Type: text/plain; name*0="a"; name*1="b"\n\nx\n',
  '\nContent-Type: (c) text (d) / plain (e)\n\nx\n',
  '\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\n\n--a\n\n--a--',
  '\nContent-Type: multipart/mixed; boundary="a b"\n\n--a b  \n\nx\n\n--a b--\n',
];

/** Dovecot says `MISSING_DOMAIN` where we say nothing, and keeps the case of codings. */
function alike(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(alike);
  return typeof value === 'string' ? value.replace(/^MISSING_(?:DOMAIN|MAILBOX)$/, '').toLowerCase() : value;
}

describe('mime beside Dovecot', { skip: dovecot ? false : 'dovecot is not installed' }, () => {
  test('ENVELOPE and BODYSTRUCTURE of odd messages', { timeout: 60_000 }, async () => {
    const messages = [
      ...HEADERS.map((header) => `${header}\n\nx\n`),
      ...BODIES.map((body) => `From: x@y\nMIME-Version: 1.0${body}`),
    ].map(lines);
    const server = await startDovecot(dovecot!);
    try {
      const box = server.maildir('ann');
      for (const part of ['', 'cur', 'new', 'tmp']) {
        mkdirSync(join(box, part), { recursive: true });
        chownSync(join(box, part), 65534, 65534);
      }
      for (const [n, octets] of messages.entries()) {
        const file = join(box, 'cur', `${1_000_000 + n}.M1.x,S=${octets.length}:2,`);
        writeFileSync(file, octets);
        chownSync(file, 65534, 65534);
      }
      const answer = await fetched(server.port, messages.length);
      for (const [n, octets] of messages.entries()) {
        const index = indexed(octets);
        const [theirs] = parsed(answer.get(n + 1)!);
        const [envelope] = parsed(index.envelope);
        const [structure] = parsed(index.structure);
        const [, theirEnvelope, , theirStructure] = theirs as unknown[];
        const what = octets.toString('latin1');
        assert.deepEqual(alike(envelope), alike(theirEnvelope), what);
        assert.deepEqual(alike(structure), alike(theirStructure), what);
      }
      assert.equal(answer.size, messages.length);
    } finally {
      await server.stop();
    }
  });
});

/** The lists of FETCH answers, by sequence number. */
async function fetched(port: number, count: number): Promise<Map<number, string>> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`a LOGIN ann secret\r\nb SELECT INBOX\r\nc FETCH 1:${count} (ENVELOPE BODYSTRUCTURE)\r\nd LOGOUT\r\n`);
  let text = '';
  for await (const chunk of socket) text += (chunk as Buffer).toString('latin1');
  const found = new Map<number, string>();
  for (const match of text.matchAll(/^\* (\d+) FETCH ([\s\S]*?)(?=\r\n(?:\* \d+ FETCH|c OK))/gm))
    found.set(Number(match[1]), match[2]!);
  return found;
}

/** Lists as arrays, strings as strings however they are written, NIL as null. */
function parsed(text: string): unknown[] {
  const stack: unknown[][] = [[]];
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '(') stack.push([]);
    else if (char === ')') {
      const done = stack.pop()!;
      stack.at(-1)!.push(done);
    } else if (char === '"') {
      let value = '';
      for (at += 1; text[at] !== '"'; at++) value += text[at] === '\\' ? text[++at] : text[at];
      stack.at(-1)!.push(value);
    } else if (char === '{') {
      const end = text.indexOf('}\r\n', at);
      const length = Number(text.slice(at + 1, end));
      stack.at(-1)!.push(text.slice(end + 3, end + 3 + length));
      at = end + 2 + length;
    } else if (char !== ' ') {
      const [word = ''] = /^[^ ()]+/.exec(text.slice(at)) ?? [];
      stack.at(-1)!.push(word === 'NIL' ? null : /^\d+$/.test(word) ? Number(word) : word);
      at += word.length - 1;
    }
  }
  return stack[0]!;
}
