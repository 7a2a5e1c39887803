/** What mail holds: parts, fields, addresses, proofs of origin. */
import assert from 'node:assert/strict';
import type { MimePart } from '../../../src/contracts/mail.ts';
import { parseAddress, parsePath } from '../../../src/kit/address.ts';
import { authenticate, authenticationResults } from '../../../src/kit/authentication.ts';
import { base64Value } from '../../../src/kit/dkim/tags.ts';
import { MboxReader, MboxWriter } from '../../../src/kit/mbox.ts';
import { addressTexts, mailAddress } from '../../../src/kit/mime/address-text.ts';
import { addressList, messageIds } from '../../../src/kit/mime/addresses.ts';
import { decodedAddresses } from '../../../src/kit/mime/decoded-addresses.ts';
import { headerFacts } from '../../../src/kit/mime/header-facts.ts';
import { MessageIndexer } from '../../../src/kit/mime/indexer.ts';
import { plainWords } from '../../../src/kit/mime/plain-words.ts';
import { searchText } from '../../../src/kit/mime/search-text.ts';
import { sentDate } from '../../../src/kit/mime/sent-date.ts';
import { parseZone } from '../../../src/net/zone.ts';
import { checkHtml } from '../../../src/protocols/inbox/checks/html.ts';
import { checkLinks } from '../../../src/protocols/inbox/checks/links.ts';
import { takenApart } from '../../../src/protocols/inbox/model/message.ts';
import { pieces, type Wire } from '../wire.ts';

const TEXT =
  'From: Ann <ann@x.test>\r\nTo: Bob <bob@y.test>, "C, D" <c@z.test>\r\nSubject: =?utf-8?b?w6Q=?= and more\r\nDate: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\r\nMessage-ID: <1@x.test>\r\nReferences: <0@x.test>\r\n <a@b>\r\n';
const PARTS =
  'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="a b"\r\n\r\npreamble\r\n--a b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E4=\r\n x\r\n' +
  '--a b\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+\r\n--a--\r\n' +
  '--a b\r\nContent-Type: image/png; name*0*=utf-8\'\'%41; name*1=b\r\nContent-Disposition: attachment; filename="../../x"\r\nContent-ID: <i@x>\r\n\r\n\x89PNG\r\n' +
  '--a b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--a b--\r\nepilogue\r\n';
const HTML =
  'Content-Type: text/html\r\n\r\n<html><head><style>a{color:red}</style><title>t</title></head><body><!-- c --><a href="https://x.test/?a=1&amp;b">x</a><img src=\'cid:i\' alt=y><svg/onload=alert(1)><p style="position:absolute">&#228;&nbsp;</p></body></html>\r\n';

export const mime: Wire = {
  name: 'mime',
  seeds: [
    `${TEXT}\r\nHello\r\n`,
    TEXT + PARTS,
    TEXT + HTML,
    `${TEXT}Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\nSubject: y\r\n\r\nz\r\n--x--\r\n`,
  ],
  words: [
    ...[
      '\r\n--a b\r\n',
      '\r\n--a b--\r\n',
      '\r\n--a\r\n',
      '--',
      '\r\n\r\n',
      '\r\n ',
      'Content-Type: ',
      'multipart/mixed; boundary=',
      'message/rfc822',
      'text/html',
    ],
    ...[
      '=?utf-8?q?',
      '?=',
      '=?iso-2022-jp?b?',
      '=41',
      '=\r\n',
      "name*0*=utf-8''",
      'name*999999999*=',
      '%41',
      'charset=utf-7',
      'charset=utf-16',
      '"',
      '\\',
      '(',
      ')',
      '<',
      '>',
      ',',
      ';',
    ],
    ...['<a ', '<!--', '-->', 'href=', '&#x41;', '&amp;', '<script>', 'begin 644 x\r\n', '\xe4', '\0'],
  ],
  fuzz(data, chance) {
    const whole = new MessageIndexer();
    whole.write(data);
    const index = whole.end();
    nests(index.root, 0, data.length);
    if (chance.next() < 0.3) {
      const cut = new MessageIndexer();
      for (const piece of pieces(data, chance)) cut.write(piece);
      assert.deepEqual(cut.end(), index);
    }
    searchText(index.root, (start, end) => data.subarray(start, end));
    headerFacts(data);
    const { html, text, headers } = takenApart(data);
    for (const [, value] of headers) assert.doesNotMatch(value, /[\r\n]/);
    checkLinks(html, text);
    if (html === undefined) return;
    checkHtml(html);
    plainWords(html);
  },
};

function nests(part: MimePart, from: number, to: number): void {
  assert.ok(from <= part.start && part.start <= part.body && part.body <= part.end && part.end <= to);
  let at = part.body;
  for (const child of part.parts ?? []) {
    nests(child, at, part.end);
    at = child.end;
  }
}

export const addresses: Wire = {
  name: 'address-list',
  seeds: [
    'Ann <ann@x.test>, "Bob, B" <bob@y.test> (a (nested) comment)',
    'A Group: a@b, <@r,@s:c@d>, e@[127.0.0.1];, undisclosed:;',
    '<1@x> <2@y.test>',
    'Mon, 7 Feb 1994 21:52:25 -0800 (PST)',
  ],
  words: [
    '<',
    '>',
    '@',
    ',',
    ';',
    ':',
    '(',
    ')',
    '"',
    '\\',
    ' ',
    'a',
    '.',
    '=?utf-8?q?x?=',
    '\xe4',
    '\r\n ',
    '\0',
    '[',
    ']',
  ],
  fuzz(data) {
    const text = data.toString('latin1');
    assert.ok(addressList(text).length <= 1001);
    messageIds(text, 100);
    for (const one of addressTexts(text)) mailAddress(one);
    for (const one of addressTexts(decodedAddresses(text))) mailAddress(one);
    sentDate(text);
  },
};

export const mailPath: Wire = {
  name: 'mail-path',
  seeds: [
    '<ann@x.test> SIZE=100 BODY=8BITMIME',
    '<@a.test,@b.test:"a \\" b"@x.test>',
    '<>',
    '<postmaster>',
    '<\xc3\xa4@b\xc3\xbccher.test> SMTPUTF8',
    '<a@[IPv6:::1]>',
  ],
  words: [
    '<',
    '>',
    '@',
    '"',
    '\\',
    '[',
    ']',
    ':',
    ',',
    '.',
    '-',
    ' ',
    'a',
    'xn--',
    '\xc3\xa4',
    '\xe2\x80\x8b',
    '\xef\xbf\xbd',
    '\v',
    '\0',
  ],
  fuzz(data) {
    const text = data.toString('utf8');
    for (const smtputf8 of [true, false]) {
      const { path } = parsePath(text, { smtputf8, reverse: true });
      if (path && path.domain !== '') assert.equal(parseAddress(path.address)?.canonical, path.canonical);
    }
    parseAddress(text);
  },
};

export const mbox: Wire = {
  name: 'mbox',
  seeds: [
    'From a@x.test Mon Feb  7 21:52:25 1994\nSubject: a\n\ntext\n>From b\n\nFrom MAILER-DAEMON Tue Feb  8 00:00:00 1994\r\nSubject: b\r\n\r\n>>From c\r\n\r\n',
  ],
  words: ['From ', '>From ', '\n', '\r\n', '\n\n', 'a@b ', 'Mon Feb  7 21:52:25 1994', '>', 'x'],
  fuzz(data, chance) {
    const reader = new MboxReader();
    for (const piece of pieces(data, chance)) for (const _event of reader.push(piece));
    for (const _event of reader.end());
    // Whatever a message holds, the file gives it back.
    const writer = new MboxWriter();
    const text = data.toString('latin1').replaceAll('\r\n', '\n').replaceAll('\r', '\n').replaceAll('\n', '\r\n');
    const file = Buffer.concat([
      Buffer.from('From a@x.test Mon Feb  7 21:52:25 1994\n'),
      writer.push(Buffer.from(text, 'latin1')),
      writer.end(),
    ]);
    const again = new MboxReader();
    const back: Buffer[] = [];
    let messages = 0;
    for (const event of [...again.push(file), ...again.end()]) {
      if (event.kind === 'octets') back.push(event.bytes);
      else messages += 1;
    }
    assert.equal(messages, 1);
    assert.equal(Buffer.concat(back).toString('latin1'), text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`);
  },
};

const SIGNED = `ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x.test; s=s; b=AAAA\r\nDKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=x.test; s=s;\r\n h=from:to; bh=${'A'.repeat(43)}=;\r\n b=AAAA\r\nFrom: a@x.test\r\n\r\nbody\r\n`;
export const origin: Wire = {
  name: 'mail-origin',
  seeds: [
    `v=spf1 ip4:192.0.2.0/24 a:%{d}/24//64 mx include:y.test exists:%{i}._spf.%{d2r} ~all redirect=z.test\n${SIGNED}`,
    `v=spf1 -all\nv=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL\n${SIGNED}`,
    `v=DMARC1; p=reject; sp=none; pct=50; adkim=s; rua=mailto:a@b\n${SIGNED.replace('rsa-sha256', 'ed25519-sha256')}`,
    `v=DKIM1; k=ed25519; t=y:s; h=sha256; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n${SIGNED}`,
  ],
  words: [
    'v=spf1 ',
    'v=DKIM1; ',
    'v=DMARC1; ',
    'include:',
    'a:',
    'mx',
    'exists:',
    'ip4:',
    'ip6:',
    'ptr',
    'redirect=',
    '%{',
    'd99r-',
    '}',
    '%%',
    '/24',
    '//64',
    ';',
    '=',
    ':',
    'p=',
    'b=',
    'h=from',
    'l=1',
    '\r\n ',
    ' ',
    '"',
    'DKIM-Signature: ',
    'From: ',
  ],
  async fuzz(data) {
    // The first line is what the name server says of everything, the rest is the message.
    const at = data.indexOf('\n');
    const record = data.toString('latin1', 0, at === -1 ? data.length : at).replace(/["\\\r]/g, '');
    const names = parseZone(`*.test TXT "${record}"\nx.test TXT "${record}"\n*.test A 192.0.2.7\n`, 'zone');
    const octets = data.subarray(at + 1);
    const found = await authenticate(
      { octets, client: { mailFrom: 'a@x.test', helo: 'mx.y.test', address: '192.0.2.7' } },
      names,
    );
    assert.match(authenticationResults(found, 'mx.y.test'), /^(?:[ -~]|\r\n\t)+$/);
    base64Value(record);
  },
};
