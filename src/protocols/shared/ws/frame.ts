/** One frame as octets (RFC 6455 section 5.2). */

export const OPCODES = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** Octets of a control frame's payload, at most. */
export const CONTROL_OCTETS = 125;

export const FIN = 0x80;
export const RSV1 = 0x40;
export const MASKED = 0x80;

/** @param first FIN, RSV1 and the opcode @param mask four octets: a client's frame */
export function frame(first: number, payload: Uint8Array, mask?: Uint8Array): Buffer {
  const { length } = payload;
  const sized = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const start = sized + (mask ? 4 : 0);
  const octets = Buffer.allocUnsafe(start + length);
  const masked = mask ? MASKED : 0;
  octets[0] = first;
  if (sized === 2) octets[1] = masked | length;
  else if (sized === 4) {
    octets[1] = masked | 126;
    octets.writeUInt16BE(length, 2);
  } else {
    octets[1] = masked | 127;
    octets.writeUInt32BE(Math.floor(length / 0x1_0000_0000), 2);
    octets.writeUInt32BE(length % 0x1_0000_0000, 6);
  }
  if (mask === undefined) octets.set(payload, start);
  else {
    octets.set(mask, sized);
    copyMasked(payload, mask, 0, octets, start);
  }
  return octets;
}

/** Masks or unmasks (section 5.3: it is the same) while copying. @param phase octets of the payload before these */
export function copyMasked(
  source: Uint8Array,
  mask: Uint8Array,
  phase: number,
  target: Uint8Array,
  start: number,
): void {
  const [a, b, c, d] = [mask[phase & 3]!, mask[(phase + 1) & 3]!, mask[(phase + 2) & 3]!, mask[(phase + 3) & 3]!];
  const whole = source.length - (source.length & 3);
  let at = 0;
  for (; at < whole; at += 4) {
    target[start + at] = source[at]! ^ a;
    target[start + at + 1] = source[at + 1]! ^ b;
    target[start + at + 2] = source[at + 2]! ^ c;
    target[start + at + 3] = source[at + 3]! ^ d;
  }
  for (; at < source.length; at++) target[start + at] = source[at]! ^ mask[(phase + at) & 3]!;
}
