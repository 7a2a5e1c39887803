import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { CsError } from '../../../../src/kit/errors.ts';
import { Deflate } from '../../../../src/protocols/shared/ws/deflate.ts';
import { WsFailure } from '../../../../src/protocols/shared/ws/failure.ts';
import { frame } from '../../../../src/protocols/shared/ws/frame.ts';
import type { WsIn, WsOut } from '../../../../src/protocols/shared/ws/said.ts';
import { type WireRules, WsWire } from '../../../../src/protocols/shared/ws/wire.ts';
import { fc } from '../../../property.ts';

const LIMITS = { messageBytes: 64 * 1024, fragments: 64 };
const MASK = Buffer.from('37fa213d', 'hex');

function server(more: Partial<WireRules> = {}): WsWire {
  return new WsWire({ ...LIMITS, ...more });
}

function client(more: Partial<WireRules> = {}): WsWire {
  return new WsWire({ ...LIMITS, masks: () => MASK, ...more });
}

/** A frame as a client sends it. */
function masked(first: number, payload: string | Uint8Array = ''): Buffer {
  return frame(first, Buffer.from(payload as string), MASK);
}

function all(wire: WsWire, octets: Uint8Array, step = octets.length): readonly (WsIn | number)[] {
  const said: (WsIn | number)[] = [];
  try {
    for (let at = 0; at < octets.length; at += Math.max(step, 1)) {
      for (const one of wire.receive(octets.subarray(at, at + step))) said.push(one);
    }
  } catch (thrown) {
    if (!(thrown instanceof WsFailure)) throw thrown;
    said.push(thrown.closeCode);
  }
  return said;
}

/** What comes of these octets, however they are cut. */
function received(octets: Uint8Array, more: Partial<WireRules> = {}): readonly (WsIn | number)[] {
  const whole = all(server(more), octets);
  assert.deepEqual(all(server(more), octets, 1), whole, 'one octet at a time');
  const twice = all(server(more), Buffer.concat([octets, octets]));
  assert.deepEqual(twice.slice(0, whole.length), whole, 'with more behind it');
  return whole;
}

/** The close code that answers them, and nothing before it. */
function refused(octets: Uint8Array, more: Partial<WireRules> = {}): number {
  const [first, ...rest] = received(octets, more);
  assert.equal(rest.length, 0);
  assert.equal(typeof first, 'number');
  return first as number;
}

test('RFC 6455 section 5.7: its examples', () => {
  const hello = [{ kind: 'text', text: 'Hello' }];
  assert.deepEqual(all(client(), Buffer.from('810548656c6c6f', 'hex')), hello);
  assert.deepEqual(received(Buffer.from('818537fa213d7f9f4d5158', 'hex')), hello);
  assert.deepEqual(all(client(), Buffer.from('010348656c80026c6f', 'hex')), hello);
  assert.deepEqual(received(Buffer.from('898537fa213d7f9f4d5158', 'hex')), [
    { kind: 'ping', bytes: Buffer.from('Hello') },
  ]);
  const long = all(client(), Buffer.concat([Buffer.from('827e0100', 'hex'), Buffer.alloc(256, 7)]));
  assert.deepEqual(long, [{ kind: 'binary', bytes: Buffer.alloc(256, 7) }]);
  const longer = Buffer.concat([Buffer.from('827f0000000000010000', 'hex'), Buffer.alloc(65_536, 7)]);
  assert.deepEqual(all(client(), longer), [{ kind: 'binary', bytes: Buffer.alloc(65_536, 7) }]);
  assert.equal(server().send({ kind: 'text', text: 'Hello' }).toString('hex'), '810548656c6c6f');
  assert.equal(client().send({ kind: 'text', text: 'Hello' }).toString('hex'), '818537fa213d7f9f4d5158');
});

describe('WS-02', () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ['unmasked', frame(0x81, Buffer.from('hi'))],
    ['unmasked and empty', frame(0x81, Buffer.alloc(0))],
    ['RSV1 without an extension', masked(0xc1, 'hi')],
    ['RSV2', masked(0xa1, 'hi')],
    ['RSV3', masked(0x91, 'hi')],
    ...[3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf].map((code) => [`opcode ${code}`, masked(0x80 | code)] as const),
    ['a ping in fragments', masked(0x09)],
    ['a Close in fragments', masked(0x08)],
    ['a ping of 126 octets', masked(0x89, Buffer.alloc(126))],
    ['half a close code', masked(0x88, 'x')],
    ['a continuation of nothing', masked(0x80, 'x')],
    ['a length in too many octets', Buffer.from('81fe007d00000000', 'hex')],
    ['a length in far too many octets', Buffer.from('81ff000000000000007d00000000', 'hex')],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => {
      const payload = Buffer.from([code >> 8, code & 255]);
      return [`the close code ${code}`, masked(0x88, payload)] as const;
    }),
  ];
  for (const [name, octets] of cases) {
    test(`WS-02 ${name}: 1002`, () => assert.equal(refused(octets), 1002));
  }

  test('WS-02 a message within a message: 1002', () => {
    assert.equal(refused(Buffer.concat([masked(0x01, 'a'), masked(0x81, 'b')])), 1002);
    assert.equal(refused(Buffer.concat([masked(0x01, 'a'), masked(0x02, 'b')])), 1002);
  });

  test('WS-02 a masked frame of a server: 1002', () => {
    assert.deepEqual(all(client(), masked(0x81, 'hi')), [1002]);
  });
});

test('close codes that may travel do, and nothing after Close is looked at', () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999]) {
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from('why')]);
    assert.deepEqual(received(Buffer.concat([masked(0x88, payload), Buffer.from('ff00ff', 'hex')])), [
      { kind: 'close', code, reason: 'why' },
    ]);
  }
  assert.deepEqual(received(masked(0x88)), [{ kind: 'close', code: 1005, reason: '' }]);
});

test('control frames between the fragments of a message', () => {
  const octets = [masked(0x01, 'a'), masked(0x89, '?'), masked(0x00, 'b'), masked(0x8a, '!'), masked(0x80, 'c')];
  assert.deepEqual(received(Buffer.concat(octets)), [
    { kind: 'ping', bytes: Buffer.from('?') },
    { kind: 'pong', bytes: Buffer.from('!') },
    { kind: 'text', text: 'abc' },
  ]);
});

describe('WS-03', () => {
  const BAD = ['c0af', 'eda080', 'f4908080', 'ff', 'e282', '80', 'f0808080', 'c328'];
  for (const hex of BAD) {
    test(`WS-03 ${hex} in one frame, across fragments, and in a reason: 1007`, () => {
      const octets = Buffer.concat([Buffer.from('ok '), Buffer.from(hex, 'hex')]);
      assert.equal(refused(masked(0x81, octets)), 1007);
      for (let at = 0; at <= octets.length; at++) {
        const [head, tail] = [octets.subarray(0, at), octets.subarray(at)];
        assert.equal(refused(Buffer.concat([masked(0x01, head), masked(0x80, tail)])), 1007);
      }
      assert.equal(refused(masked(0x88, Buffer.concat([Buffer.from([3, 232]), octets]))), 1007);
    });
  }

  test('WS-03 as soon as the fragment that is wrong is there', () => {
    assert.equal(refused(Buffer.concat([masked(0x01, 'κόσμε'), masked(0x00, Buffer.from('f490', 'hex'))])), 1007);
  });

  test('a character across fragments is whole, and a byte order mark stays', () => {
    const octets = Buffer.from('\ufeffκόσμε 🎈');
    for (let at = 0; at <= octets.length; at++) {
      const cut = [masked(0x01, octets.subarray(0, at)), masked(0x00), masked(0x80, octets.subarray(at))];
      assert.deepEqual(received(Buffer.concat(cut)), [{ kind: 'text', text: '\ufeffκόσμε 🎈' }]);
    }
  });
});

describe('WS-04', () => {
  const LENGTHS = ['ff8000000000000000', 'ffffffffffffffffff', 'ff0000000080000000', 'ff0000000000010001'];
  for (const hex of LENGTHS) {
    test(`WS-04 the length ${hex.slice(2)}: 1009 at its head`, () => {
      const before = process.memoryUsage().arrayBuffers;
      assert.equal(refused(Buffer.from(`82${hex}00000000`, 'hex')), 1009);
      assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024, 'nothing is allocated');
    });
  }

  test('WS-04 the limit is of the message, not of the frame', () => {
    const more = { messageBytes: 10 };
    assert.deepEqual(received(masked(0x82, Buffer.alloc(10)), more), [{ kind: 'binary', bytes: Buffer.alloc(10) }]);
    assert.equal(refused(masked(0x82, Buffer.alloc(11)), more), 1009);
    assert.equal(refused(Buffer.concat([masked(0x02, Buffer.alloc(6)), masked(0x80, Buffer.alloc(5))]), more), 1009);
  });
});

test('WS-05 131,000 fragments of one octet, no end: 1009 at the 65th', () => {
  const one = masked(0x00, 'x');
  const wire = server();
  let fragments = 0;
  const flood = (): void => {
    for (const _ of wire.receive(masked(0x01, 'x'))) assert.fail('no message is whole');
    for (fragments = 1; fragments < 131_000; fragments++) {
      for (const _ of wire.receive(one)) assert.fail('no message is whole');
    }
  };
  assert.throws(flood, (error) => error instanceof WsFailure && error.closeCode === 1009);
  assert.equal(fragments, 64);
  const whole = Buffer.concat([masked(0x01), ...Array<Buffer>(62).fill(masked(0x00)), masked(0x80, 'x')]);
  assert.deepEqual(received(whole), [{ kind: 'text', text: 'x' }]);
});

describe('permessage-deflate (RFC 7692)', () => {
  const deflate = new Deflate(15);
  const packed = (hex: string): Buffer => masked(0xc1, Buffer.from(hex, 'hex'));

  test('section 7.2.3: its examples', () => {
    const hello = [{ kind: 'text', text: 'Hello' }];
    assert.deepEqual(received(packed('f248cdc9c90700'), { deflate }), hello, 'one block');
    assert.deepEqual(received(packed('000500faff48656c6c6f00'), { deflate }), hello, 'not compressed');
    assert.deepEqual(received(packed('f348cdc9c9070000'), { deflate }), hello, 'the last block is marked');
    assert.deepEqual(received(packed('f24805000000ffffcac9c90700'), { deflate }), hello, 'two blocks');
    const halves = [masked(0x41, Buffer.from('f248cd', 'hex')), masked(0x80, Buffer.from('c9c90700', 'hex'))];
    assert.deepEqual(received(Buffer.concat(halves), { deflate }), hello, 'in fragments');
    assert.deepEqual(received(packed('00'), { deflate }), [{ kind: 'text', text: '' }]);
    assert.deepEqual(received(masked(0x81, 'plain'), { deflate }), [{ kind: 'text', text: 'plain' }]);
  });

  test('what comes after a marked last block counts too', () => {
    const octets = Buffer.concat([deflateRawSync('one '), deflateRawSync('two'), Buffer.from([0])]);
    assert.deepEqual(received(masked(0xc1, octets), { deflate }), [{ kind: 'text', text: 'one two' }]);
  });

  test('WS-06 1 KiB that becomes 1 MiB: 1009 at the decoded limit', () => {
    const bomb = deflateRawSync(Buffer.alloc(1024 * 1024), { level: 9 });
    assert.ok(bomb.length < 1100);
    assert.equal(refused(masked(0xc2, bomb), { deflate }), 1009);
    const halves = [masked(0x42, bomb.subarray(0, 500)), masked(0x80, bomb.subarray(500))];
    assert.equal(refused(Buffer.concat(halves), { deflate }), 1009);
    const many = Buffer.concat(Array<Buffer>(20).fill(deflateRawSync(Buffer.alloc(60_000))));
    assert.equal(refused(masked(0xc2, many), { deflate }), 1009);
  });

  test('WS-06 64 KiB that would become 64 MiB take no more memory than the limit', () => {
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024 - 100_000), { level: 9 });
    assert.ok(bomb.length < LIMITS.messageBytes);
    const before = process.memoryUsage().arrayBuffers;
    assert.equal(refused(masked(0xc2, bomb), { deflate }), 1009);
    assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024);
  });

  test('no deflated data: 1007; RSV1 where it has no meaning: 1002', () => {
    assert.equal(refused(packed('ffffffff'), { deflate }), 1007);
    assert.equal(refused(Buffer.concat([masked(0x01, 'a'), masked(0xc0, 'b')]), { deflate }), 1002);
    assert.equal(refused(masked(0xc9, 'a'), { deflate }), 1002);
    const notText = deflateRawSync(Buffer.from('c328', 'hex'));
    assert.equal(refused(masked(0xc1, notText), { deflate }), 1007);
  });

  test('what we compress, the other end reads, whatever the window', () => {
    const text = 'so many words, so often said. '.repeat(300);
    for (let bits = 9; bits <= 15; bits++) {
      const octets = server({ deflate: new Deflate(bits) }).send({ kind: 'text', text });
      assert.equal(octets[0], 0xc1);
      assert.ok(octets.length < text.length / 10);
      assert.deepEqual(all(client({ deflate }), octets), [{ kind: 'text', text }]);
    }
    assert.equal(server({ deflate }).send({ kind: 'text', text: 'short' })[0], 0x81);
  });
});

test('whatever one end says, the other hears, however it is cut', () => {
  const out: fc.Arbitrary<WsOut> = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }).map((text): WsOut => ({ kind: 'text', text })),
    fc.uint8Array({ maxLength: 70_000 }).map((bytes): WsOut => ({ kind: 'binary', bytes })),
    fc.uint8Array({ maxLength: 125 }).map((bytes): WsOut => ({ kind: 'ping', bytes })),
    fc.uint8Array({ maxLength: 125 }).map((bytes): WsOut => ({ kind: 'pong', bytes })),
  );
  const rules = { messageBytes: 1_000_000 };
  fc.assert(
    fc.property(fc.array(out, { maxLength: 5 }), fc.boolean(), fc.integer({ min: 1, max: 5000 }), (said, zip, step) => {
      const deflate = zip ? new Deflate(12) : undefined;
      for (const [from, to] of [
        [server, client],
        [client, server],
      ] as const) {
        const mouth = from({ ...rules, deflate });
        const octets = Buffer.concat(said.map((one) => mouth.send(one)));
        const heard = all(to({ ...rules, deflate }), octets, step);
        assert.deepEqual(
          heard,
          said.map((one) => ('bytes' in one ? { ...one, bytes: Buffer.from(one.bytes) } : one)),
        );
      }
    }),
    { numRuns: 100 },
  );
});

test('what no frame can say is our own fault', () => {
  const bug = (error: unknown): boolean => error instanceof CsError && error.code === 'CS_BUG';
  assert.throws(() => server().send({ kind: 'ping', bytes: Buffer.alloc(126) }), bug);
  assert.throws(() => server().send({ kind: 'close', code: 1006, reason: '' }), bug);
  const over = server();
  over.send({ kind: 'close', code: 1000, reason: '' });
  assert.equal(over.state, 'closing');
  assert.throws(() => over.send({ kind: 'text', text: 'more' }), bug);
  assert.deepEqual(all(over, masked(0x88)), [{ kind: 'close', code: 1005, reason: '' }]);
  assert.equal(over.state, 'closed');
});

test('a reason is cut between characters', () => {
  const octets = server().send({ kind: 'close', code: 1000, reason: 'é'.repeat(100) });
  assert.deepEqual(all(client(), octets), [{ kind: 'close', code: 1000, reason: 'é'.repeat(61) }]);
});
