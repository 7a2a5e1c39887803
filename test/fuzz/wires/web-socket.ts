/** Frames of a WebSocket (RFC 6455) as a client sends them. */
import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import { Deflate } from '../../../src/protocols/shared/ws/deflate.ts';
import { parseExtensions } from '../../../src/protocols/shared/ws/extensions.ts';
import { FIN, frame, OPCODES, RSV1 } from '../../../src/protocols/shared/ws/frame.ts';
import { WsWire } from '../../../src/protocols/shared/ws/wire.ts';
import { pieces, tame, type Wire } from '../wire.ts';

const MASK = Buffer.from('37fa213d', 'hex');
const framed = (first: number, payload: string | Uint8Array): string =>
  frame(first, Buffer.from(payload as string), MASK).toString('latin1');
const RULES = { messageBytes: 64 * 1024, fragments: 64, deflate: new Deflate(15) };

export const frames: Wire = {
  name: 'web-socket',
  seeds: [
    framed(FIN | OPCODES.text, 'hello') + framed(FIN | OPCODES.ping, 'x') + framed(FIN | OPCODES.close, '\x03\xe8bye'),
    framed(OPCODES.text, 'a ') + framed(FIN | OPCODES.pong, '') + framed(FIN | OPCODES.continuation, '\u00e4'),
    framed(FIN | RSV1 | OPCODES.text, deflateRawSync('deflated '.repeat(50)).subarray(0, -1)),
    framed(FIN | OPCODES.binary, Buffer.alloc(300, 7)),
    'permessage-deflate; client_max_window_bits="10", x; y=1',
  ],
  words: [
    '\x81\x85',
    '\x80\x80',
    '\x89\x80',
    '\x88\x82',
    '\x01',
    '\xc1',
    '\x7e\xff\xff',
    '\xfe\x01\x00',
    '\x7f',
    '\xff',
    '\0'.repeat(7),
    MASK.toString('latin1'),
    '\xed\xa0\x80',
    'permessage-deflate',
    '; ',
    '=',
  ],
  fuzz(data, chance) {
    const all = (chunks: readonly Buffer[]): unknown[] => {
      const wire = new WsWire(RULES);
      const said: unknown[] = [];
      tame(() => {
        for (const chunk of chunks) for (const one of wire.receive(chunk)) said.push(one);
      });
      return said;
    };
    assert.deepEqual(all(pieces(data, chance)), all([data]));
    tame(() => parseExtensions(data.toString('latin1')));
  },
};
