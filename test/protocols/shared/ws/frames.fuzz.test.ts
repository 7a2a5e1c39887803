/** A million generated inputs: no crash, no hang, only messages within the limits or a close code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deflate } from '../../../../src/protocols/shared/ws/deflate.ts';
import { WsFailure } from '../../../../src/protocols/shared/ws/failure.ts';
import { frame } from '../../../../src/protocols/shared/ws/frame.ts';
import { WsWire } from '../../../../src/protocols/shared/ws/wire.ts';
import { chance } from '../../../property.ts';

const INPUTS = 1_000_000;
const RULES = { messageBytes: 300, fragments: 4, deflate: new Deflate(15) };
const OPENING = [0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8a];
/** Few: inflating is what takes time. */
const DEFLATED = [0xc1, 0xc2, 0x41];

test(`${INPUTS} generated inputs end in messages within the limits or in a close code`, () => {
  // Half of the inputs are refused: where is not what takes the time here.
  Error.stackTraceLimit = 0;
  const next = (below: number) => Math.floor(chance() * below);
  const codes = new Map<number, number>();
  let messages = 0;
  for (let left = INPUTS; left > 0; ) {
    const wire = new WsWire(RULES);
    try {
      // A connection lives until the first input that it cannot stand.
      for (let octets = 0; left > 0 && wire.state === 'open'; left--) {
        const input = generated(next);
        octets += input.length;
        for (const said of wire.receive(input)) {
          messages += 1;
          const size = said.kind === 'text' ? Buffer.byteLength(said.text) : 'bytes' in said ? said.bytes.length : 0;
          assert.ok(size <= RULES.messageBytes && size <= octets * 1100);
        }
        if (wire.state !== 'open') break;
      }
    } catch (thrown) {
      left -= 1;
      if (!(thrown instanceof WsFailure)) throw thrown;
      codes.set(thrown.closeCode, (codes.get(thrown.closeCode) ?? 0) + 1);
    }
  }
  assert.deepEqual([...codes.keys()].sort(), [1002, 1007, 1009]);
  assert.ok(messages > INPUTS / 10, `${messages} messages`);
});

function generated(next: (below: number) => number): Buffer {
  const length = next(16) === 0 ? next(400) : next(24);
  const payload = Buffer.allocUnsafe(length);
  const ascii = next(3) > 0;
  for (let at = 0; at < length; at++) payload[at] = ascii ? 32 + next(90) : next(256);
  const kind = next(20);
  if (kind === 0) return payload;
  const opening = next(100) === 0 ? DEFLATED : OPENING;
  const first = kind === 1 ? next(256) : opening[next(opening.length)]!;
  const octets = frame(first, payload, Buffer.from([next(256), next(256), next(256), next(256)]));
  if (kind === 2) octets[next(octets.length)] = next(256);
  return kind === 3 ? octets.subarray(0, next(octets.length + 1)) : octets;
}
