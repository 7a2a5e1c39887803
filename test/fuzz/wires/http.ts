/** HTTP without a socket: answers, forms, fields, index pages. */
import assert from 'node:assert/strict';
import { challengesOf } from '../../../src/protocols/http/client/challenge.ts';
import { CookieJar } from '../../../src/protocols/http/client/cookie-jar.ts';
import { codingsOf } from '../../../src/protocols/http/client/decoding.ts';
import { readIndex } from '../../../src/protocols/http/client/index/read.ts';
import { readForm } from '../../../src/protocols/http/upload/form-reader.ts';
import { readChecksum, readMetadata } from '../../../src/protocols/http/upload/tus-headers.ts';
import { isAllowedHost, parseAuthority, parseOrigin } from '../../../src/protocols/shared/http/authority.ts';
import { ResponseWire } from '../../../src/protocols/shared/http/client-wire.ts';
import { precondition, rangeHolds } from '../../../src/protocols/shared/http/conditions.ts';
import { parseHttpDate } from '../../../src/protocols/shared/http/date.ts';
import { parseJson } from '../../../src/protocols/shared/http/json.ts';
import { readCredentials } from '../../../src/protocols/shared/http/login/credentials.ts';
import { canonicalPath } from '../../../src/protocols/shared/http/path.ts';
import { parseRange } from '../../../src/protocols/shared/http/range.ts';
import { pieces, tame, tameLater, type Wire } from '../wire.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\n';
export const answers: Wire = {
  name: 'http-answers',
  seeds: [
    `${HEAD}Content-Length: 5\r\n\r\nhello`,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n`,
    `HTTP/1.1 100 Continue\r\n\r\n${HEAD}Connection: close\r\n\r\nuntil the end`,
    'HTTP/1.0 304 Not Modified\r\nETag: "a"\r\n\r\n',
  ],
  words: [
    'HTTP/1.1 ',
    'HTTP/1.0 ',
    '200 ',
    '103 ',
    '204 ',
    'Content-Length: ',
    'Transfer-Encoding: chunked\r\n',
    'Connection: keep-alive\r\n',
    '\r\n',
    '\r\n\r\n',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    'ffffffff',
    ';',
    ': ',
    '\0',
    '\n',
    ' ',
  ],
  fuzz(data, chance) {
    const method = chance.pick(['GET', 'HEAD']);
    const whole = said(method, [data]);
    assert.deepEqual(said(method, pieces(data, chance)), whole);
  },
};

/** Heads and content, however they were cut. */
function said(method: string, chunks: readonly Buffer[]): unknown[] {
  const wire = new ResponseWire(method);
  const heads: unknown[] = [];
  let content = '';
  const take = (events: ReturnType<ResponseWire['receive']>): void => {
    for (const event of events) {
      if (event.kind === 'data') content += Buffer.from(event.bytes).toString('latin1');
      else heads.push(event);
    }
  };
  let failed = false;
  tame(() => {
    failed = true;
    for (const chunk of chunks) take(wire.receive(chunk));
    take(wire.end());
    failed = false;
  });
  // Of an answer that breaks off, what came before depends on where it was cut.
  return failed ? ['broken'] : [heads, content];
}

const PART =
  '--b\r\nContent-Disposition: form-data; name="f"; filename="a \\"b\\".txt"\r\nContent-Type: text/plain\r\n\r\n';
export const forms: Wire = {
  name: 'http-form',
  seeds: [
    `multipart/form-data; boundary=b\n${PART}content\r\n--b\r\nContent-Disposition: form-data; name=overwrite\r\n\r\n1\r\n--b--\r\n`,
    `multipart/form-data; charset=utf-8; boundary="b"\npreamble\r\n${PART}\r\n--b \t\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n--b--epilogue`,
  ],
  words: [
    '--b',
    '\r\n--b\r\n',
    '\r\n--b--',
    '\r\n\r\n',
    'Content-Disposition: form-data; ',
    'name="',
    'filename=',
    '"',
    ';',
    '=',
    '\\',
    '%22',
    '%0d%0a',
    'boundary=',
    'Content-Transfer-Encoding: base64\r\n',
    ' ',
    '\t',
  ],
  async fuzz(data, chance) {
    const at = data.indexOf('\n');
    const body = pieces(data.subarray(at + 1), chance);
    async function* chunks() {
      yield* body;
    }
    await tameLater(async () => {
      for await (const part of readForm(data.toString('latin1', 0, Math.max(at, 0)), chunks())) {
        if (part.kind === 'file') for await (const _chunk of part.content);
      }
    });
  },
};

export const fields: Wire = {
  name: 'http-fields',
  seeds: [
    'bytes=0-4,-5,10-',
    'W/"a", "b", *',
    'Mon, 07 Feb 1994 21:52:25 GMT',
    'filename d29ybGQ=,is_confidential',
    'sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=',
    'localhost:8080',
    'https://x.test:8443',
    '/a/%20b/c%C3%A4?q',
    'Basic YW5uOnNlY3JldA==',
    'Digest realm="r", nonce="n\\"", qop="auth,auth-int", algorithm=MD5, Basic realm=x',
    'a=b; Domain=.x.test; Path=/; Max-Age=5; Secure',
    'gzip, x-gzip, br',
    '[::1]:80',
    '{"a":[1,2,{"__proto__":{"x":1}}]}',
  ],
  words: [
    'bytes=',
    '-',
    ',',
    '"',
    'W/',
    '*',
    '=',
    ';',
    ' ',
    '\t',
    '%',
    '%2f',
    '%00',
    '..',
    '/',
    ':',
    '[',
    ']',
    '@',
    'Basic ',
    'Digest ',
    'Bearer ',
    '\\',
    '{',
    '[1,',
    '9'.repeat(25),
    'Expires=Mon, 07-Feb-94 21:52:25 GMT',
    '\xff',
  ],
  fuzz(data, chance) {
    const text = data.toString('latin1');
    const spans = parseRange(text, 100);
    if (Array.isArray(spans)) for (const { start, end } of spans) assert.ok(0 <= start && start < end && end <= 100);
    const asking = { method: chance.pick(['GET', 'PUT']), header: () => text };
    precondition(asking, { etag: '"a"', modified: 1e12 });
    rangeHolds(asking, { etag: '"a"', modified: 1e12 });
    parseHttpDate(text);
    for (const read of [readMetadata, readChecksum, canonicalPath, readCredentials]) tame(() => read(text));
    const authority = parseAuthority(text);
    if (authority) isAllowedHost(authority, ['*.x.test']);
    parseOrigin(text);
    challengesOf([['WWW-Authenticate', text]]);
    tame(() => codingsOf([['Content-Encoding', text]]));
    const jar = new CookieJar();
    const url = new URL('https://www.x.test/a/b');
    jar.take([['Set-Cookie', text]], url);
    for (const [, value] of jar.fields(url)) assert.doesNotMatch(value, /[\r\n\0]/);
    jar.load(text);
    jar.save();
    tame(() => parseJson(data));
    assert.equal(({} as { x?: unknown }).x, undefined);
  },
};

export const indexes: Wire = {
  name: 'http-index',
  seeds: [
    '<html><head><title>Index of /a/</title></head><body><h1>Index of /a/</h1><pre><a href="../">../</a>\n<a href="b.txt">b.txt</a>   01-Jan-2026 10:00   12K\n<a href="c%20d/">c d/</a>  2026-01-01 10:00  -\n</pre></body></html>',
    '<ul class="listing"><li><a class=x href=\'/a/e&amp;f\'>e</a> 5 bytes</ul>',
    '{"schema":"cs.listing/1","entries":[{"name":"a","kind":"file","size":3,"modified":"2026-01-01T00:00:00Z","tag":"t"},{"name":"b/","kind":"directory"}]}',
    '[{"name":"a","type":"file","mtime":"Thu, 01 Jan 2026 00:00:00 GMT","size":1}]',
  ],
  words: [
    '<a ',
    'href=',
    '"',
    "'",
    '</a>',
    '>',
    '<',
    '../',
    '%2f',
    '&amp;',
    '&#47;',
    '&#x',
    ';',
    'Index of',
    '<title',
    '<h1 ',
    ' 01-Jan-2026 10:00 ',
    ' 12K',
    '\n',
    '{"name":',
    '[',
    ']',
    '}',
    ',',
  ],
  fuzz(data, chance) {
    const text = data.toString('utf8');
    const type = text.startsWith('<') || chance.next() < 0.3 ? 'text/html' : 'application/json';
    tame(() => {
      for (const { name } of readIndex(text, type, new URL('http://x.test/a/')) ?? [])
        assert.doesNotMatch(name, /[/\0]|^\.\.?$/);
    });
  },
};
