import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsError } from '../../src/kit/errors.ts';
import { decodeIp, encodeIp } from '../../src/net/address.ts';
import { encodeProxyHeader, parseProxyHeader } from '../../src/net/proxy-header.ts';
import { fc } from '../property.ts';

const text = (line: string) => Buffer.from(line, 'latin1');
const SIGNATURE = '0d0a0d0a000d0a515549540a';
const hex = (rest: string) => Buffer.from(SIGNATURE + rest.replaceAll(' ', ''), 'hex');
const four = (source: string, from: number, destination: string, to: number) => ({
  source: { address: source, port: from },
  destination: { address: destination, port: to },
});

const GOOD: readonly [string, Uint8Array, object | undefined][] = [
  ['v1 TCP4', text('PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n'), four('192.0.2.1', 56324, '192.0.2.2', 443)],
  ['v1 TCP6', text('PROXY TCP6 2001:db8::1 ::1 1 65535\r\n'), four('2001:db8::1', 1, '::1', 65535)],
  ['v1 UNKNOWN', text('PROXY UNKNOWN\r\n'), undefined],
  ['v1 UNKNOWN with words', text('PROXY UNKNOWN ffff::1 ::2 1 2\r\n'), undefined],
  ['v2 TCP4', hex('21 11 000c c0000201 c0000202 dc04 01bb'), four('192.0.2.1', 56324, '192.0.2.2', 443)],
  [
    'v2 TCP4 and a TLV',
    hex('21 11 0010 c0000201 c0000202 dc04 01bb 04000141'),
    four('192.0.2.1', 56324, '192.0.2.2', 443),
  ],
  ['v2 LOCAL', hex('20 00 0000'), undefined],
  ['v2 LOCAL with addresses', hex('20 11 000c c0000201 c0000202 dc04 01bb'), undefined],
  ['v2 UNSPEC', hex('21 00 0000'), undefined],
  ['v2 UNIX', hex(`21 31 00d8 ${'00'.repeat(216)}`), undefined],
];

for (const [name, bytes, ends] of GOOD) {
  test(`PROXY header: ${name}, in any split, with what follows left alone`, () => {
    const more = Buffer.concat([bytes, text('EHLO x\r\n')]);
    for (let cut = 0; cut < bytes.length; cut++) assert.equal(parseProxyHeader(more.subarray(0, cut)), undefined);
    for (const whole of [bytes, more]) {
      const header = parseProxyHeader(whole);
      assert.equal(header?.used, bytes.length);
      assert.deepEqual(header?.ends, ends);
    }
  });
}

const BAD: readonly [string, Uint8Array][] = [
  ['another protocol', text('EHLO x\r\n')],
  ['lower case', text('proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
  ['bare LF', text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n')],
  ['two spaces', text('PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n')],
  ['one word more', text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n')],
  ['a name', text('PROXY TCP4 localhost 192.0.2.2 1 2\r\n')],
  ['mixed families', text('PROXY TCP4 192.0.2.1 ::1 1 2\r\n')],
  ['UDP', text('PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n')],
  ['port 65536', text('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n')],
  ['port 01', text('PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n')],
  ['no port', text('PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n')],
  ['octal address', text('PROXY TCP4 0192.0.2.1 192.0.2.2 1 2\r\n')],
  ['a zone', text('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n')],
  ['a line without end', text(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
  ['v2 version 3', hex('31 11 000c c0000201 c0000202 dc04 01bb')],
  ['v2 command 2', hex('22 11 000c c0000201 c0000202 dc04 01bb')],
  ['v2 datagram', hex('21 12 000c c0000201 c0000202 dc04 01bb')],
  ['v2 too short for its addresses', hex('21 11 000b c0000201 c0000202 dc04 01')],
  ['v2 60 KiB', hex('21 11 f000')],
];

for (const [name, bytes] of BAD) {
  test(`PROXY header refused: ${name}`, () =>
    assert.throws(() => parseProxyHeader(bytes), { code: 'CS_PEER_PROTOCOL' }));
}

test('PROXY header: only our typed error escapes, whatever comes', () => {
  const start = fc.constantFrom(
    text('PROXY '),
    text('PROXY TCP4 '),
    hex(''),
    hex('21'),
    hex('2111'),
    new Uint8Array(0),
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 130 }), (head, tail) => {
      try {
        const header = parseProxyHeader(Buffer.concat([head, tail]));
        assert.ok(header === undefined || header.used <= head.length + tail.length);
      } catch (error) {
        assert.ok(error instanceof CsError && error.code === 'CS_PEER_PROTOCOL', String(error));
      }
    }),
    { numRuns: 20_000 },
  );
});

test('PROXY header: decode(encode(x)) is x, both versions, in any split', () => {
  const port = fc.integer({ min: 0, max: 65535 });
  const ends = (address: fc.Arbitrary<string>) => fc.tuple(address, port, address, port);
  const either = fc.oneof(ends(fc.ipV4()), ends(fc.uint8Array({ minLength: 16, maxLength: 16 }).map(canonical)));
  fc.assert(
    fc.property(fc.constantFrom<1 | 2>(1, 2), either, fc.nat(), (version, [source, from, destination, to], cut) => {
      const header = encodeProxyHeader(version, { address: source, port: from }, { address: destination, port: to });
      assert.equal(parseProxyHeader(header.subarray(0, cut % header.length)), undefined);
      assert.deepEqual(parseProxyHeader(header)?.ends, four(source, from, destination, to));
    }),
    { numRuns: 10_000 },
  );
});

/** Any IPv6 address but the IPv4-mapped ones, which are IPv4 to us. */
function canonical(octets: Uint8Array): string {
  const address = decodeIp(octets);
  return address.includes('.') ? '::1' : address;
}

test('PROXY header: families are not mixed', () => {
  const v4 = { address: '192.0.2.1', port: 1 };
  assert.throws(() => encodeProxyHeader(1, v4, { address: '::1', port: 1 }), { code: 'CS_USAGE' });
  assert.throws(() => encodeProxyHeader('v2', v4, { address: 'localhost', port: 1 }), { code: 'CS_USAGE' });
});

test('addresses: octets to text and back, canonical (RFC 5952)', () => {
  const rows: readonly [string, string][] = [
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['192.0.2.1', '192.0.2.1'],
  ];
  for (const [written, canonicalForm] of rows) assert.equal(decodeIp(encodeIp(written)), canonicalForm);
});
