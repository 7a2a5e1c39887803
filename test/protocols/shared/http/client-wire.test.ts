import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ResponseEvent, ResponseWire } from '../../../../src/protocols/shared/http/client-wire.ts';

interface Row {
  readonly name: string;
  readonly method?: string;
  readonly octets: string;
  /** `200 body`; `closed` where the server's end is the body's. */
  readonly says: string;
  readonly closed?: true;
  readonly reusable?: boolean;
}

const ROWS: readonly Row[] = [
  { name: 'a length', octets: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', says: '200 hello', reusable: true },
  { name: 'no content', octets: 'HTTP/1.1 204 No Content\r\n\r\n', says: '204 ', reusable: true },
  { name: 'length 0', octets: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', says: '200 ', reusable: true },
  {
    name: 'HEAD',
    method: 'HEAD',
    octets: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    says: '200 ',
    reusable: true,
  },
  {
    name: 'chunks, an extension, a trailer',
    octets: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n',
    says: '200 hello',
    reusable: true,
  },
  { name: 'until close', octets: 'HTTP/1.1 200 OK\r\n\r\nhello', says: '200 hello', closed: true, reusable: false },
  {
    name: 'Connection: close',
    octets: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na',
    says: '200 a',
    reusable: false,
  },
  { name: 'HTTP/1.0', octets: 'HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\n\r\na', says: '404 a', reusable: false },
  {
    name: 'interim answers',
    octets:
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
    says: '200 a',
    reusable: true,
  },
  { name: 'no reason', octets: 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na', says: '200 a', reusable: true },
];

function tell(events: readonly ResponseEvent[]): string {
  return events
    .map((event) =>
      event.kind === 'head'
        ? `${event.head.status} `
        : event.kind === 'data'
          ? Buffer.from(event.bytes).toString()
          : '',
    )
    .join('');
}

describe('responses', () => {
  for (const { name, method = 'GET', octets, says, closed, reusable } of ROWS) {
    const end = (wire: ResponseWire, events: ResponseEvent[]): void => {
      if (closed) events.push(...wire.end());
      assert.equal(tell(events), says);
      assert.equal(events.filter(({ kind }) => kind === 'end').length, 1);
      assert.equal(wire.reusable, reusable);
    };
    test(`${name}: whole`, () => {
      const wire = new ResponseWire(method);
      end(wire, [...wire.receive(Buffer.from(octets))]);
    });
    test(`${name}: one octet at a time`, () => {
      const wire = new ResponseWire(method);
      const events: ResponseEvent[] = [];
      for (const octet of Buffer.from(octets)) events.push(...wire.receive(Buffer.of(octet)));
      end(wire, events);
    });
    if (closed) continue;
    test(`${name}: what follows is not part of it, and nothing may follow on this connection`, () => {
      const wire = new ResponseWire(method);
      const events = wire.receive(Buffer.from(`${octets}HTTP/1.1 200 smuggled\r\n\r\n`));
      assert.equal(tell(events), says);
      assert.equal(wire.reusable, false);
    });
  }
});

const BROKEN: readonly [string, string, string][] = [
  ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['a broken length in an answer to HEAD', 'HTTP/1.1 204 OK\r\nContent-Length: x\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['101 that nobody asked for', 'HTTP/1.1 101 x\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['CR inside a value', 'HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['a space before the first header', 'HTTP/1.1 200 OK\r\n X: a\r\n\r\n', 'CS_PEER_PROTOCOL'],
  [
    'chunked twice',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
    'CS_PEER_PROTOCOL',
  ],
  [
    'a chunk extension with a control',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\x01\r\na\r\n',
    'CS_PEER_PROTOCOL',
  ],
  [
    'a chunk of 13 digits',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000\r\n',
    'CS_PEER_PROTOCOL',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', 'CS_PEER_PROTOCOL'],
  [
    'length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    'CS_PEER_PROTOCOL',
  ],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['a length of -1', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['a chunk of 0x5', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n', 'CS_PEER_PROTOCOL'],
  [
    'a chunk longer than it says',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    'CS_PEER_PROTOCOL',
  ],
  ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 1\n\na', 'CS_PEER_PROTOCOL'],
  ['obs-fold', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nX : a\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n', 'CS_PEER_PROTOCOL'],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n', 'CS_PEER_PROTOCOL'],
  ['CL-01 a line without end', `HTTP/1.1 200 ${'a'.repeat(20_000)}`, 'CS_PEER_LIMIT'],
  ['CL-01 headers without end', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(300)}`, 'CS_PEER_LIMIT'],
  [
    'CL-01 header lines that are long together',
    `HTTP/1.1 200 OK\r\n${`X: ${'y'.repeat(2000)}\r\n`.repeat(60)}`,
    'CS_PEER_LIMIT',
  ],
  [
    'CL-06 chunks that are all extension',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`1;${'e'.repeat(4000)}\r\na\r\n`.repeat(40)}`,
    'CS_PEER_LIMIT',
  ],
  ['CL-01 interim answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20), 'CS_PEER_LIMIT'],
  [
    'CL-01 trailers without end',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'X: y\r\n'.repeat(300)}`,
    'CS_PEER_LIMIT',
  ],
];
for (const [name, octets, code] of BROKEN) {
  test(`${name}: ${code}`, () => {
    assert.throws(() => new ResponseWire('GET').receive(Buffer.from(octets)), { code });
  });
}

test('a server that hangs up inside its answer is not believed', () => {
  for (const octets of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell']) {
    const wire = new ResponseWire('GET');
    wire.receive(Buffer.from(octets));
    assert.throws(() => wire.end(), { code: 'CS_CANNOT_CONNECT' });
  }
});

test('several lines of one name stay several, in their order; trailers come last', () => {
  const head = 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1, b\r\nX: y\r\nset-cookie: c=2\r\nTransfer-Encoding: chunked\r\n\r\n';
  const [first, ...rest] = new ResponseWire('GET').receive(Buffer.from(`${head}0\r\nX-Sum: 7\r\n\r\n`));
  assert.ok(first?.kind === 'head');
  assert.deepEqual(first.head.fields.slice(0, 3), [
    ['Set-Cookie', 'a=1, b'],
    ['X', 'y'],
    ['set-cookie', 'c=2'],
  ]);
  const last = rest.at(-1);
  assert.deepEqual(last?.kind === 'end' && last.trailers, [['X-Sum', '7']]);
});

test('names of prototypes are header names like others', () => {
  const [event] = new ResponseWire('GET').receive(
    Buffer.from('HTTP/1.1 204 x\r\n__proto__: a\r\nconstructor: b\r\n\r\n'),
  );
  assert.ok(event?.kind === 'head');
  assert.deepEqual(event.head.fields, [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});
