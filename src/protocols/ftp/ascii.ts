/** TYPE A (RFC 959 section 3.1.1.1): lines end with CRLF on the way and with LF here, whatever the split. */
import type { Convert } from './outflow.ts';

const CR = 13;
const LF = 10;

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** LF → CRLF; what is CRLF already stays. */
export function toNetwork(): Convert {
  let last = 0;
  return (chunk) => {
    const from = buffer(chunk);
    let to: Buffer | undefined;
    let length = 0;
    let done = 0;
    for (let at = from.indexOf(LF); at !== -1; at = from.indexOf(LF, at + 1)) {
      if ((at === 0 ? last : from[at - 1]) === CR) continue;
      to ??= Buffer.allocUnsafe(from.length * 2);
      length += from.copy(to, length, done, at);
      to[length++] = CR;
      done = at;
    }
    last = from.at(-1) ?? last;
    if (!to) return chunk;
    length += from.copy(to, length, done);
    return to.subarray(0, length);
  };
}

export interface FromNetwork {
  readonly push: Convert;
  /** A CR that nothing followed. */
  readonly end: () => Uint8Array;
}

/** CRLF → LF; a CR alone stays. */
export function fromNetwork(): FromNetwork {
  let held = false;
  return {
    push: (chunk) => {
      const from = held ? Buffer.concat([Buffer.of(CR), chunk]) : buffer(chunk);
      held = from.at(-1) === CR;
      const whole = held ? from.subarray(0, -1) : from;
      return whole.indexOf('\r\n') === -1 ? whole : stripped(whole);
    },
    end: () => (held ? Uint8Array.of(CR) : new Uint8Array(0)),
  };
}

function stripped(from: Buffer): Uint8Array {
  const to = Buffer.allocUnsafe(from.length);
  let length = 0;
  let done = 0;
  for (let at = from.indexOf('\r\n'); at !== -1; at = from.indexOf('\r\n', at + 2)) {
    length += from.copy(to, length, done, at);
    done = at + 1;
  }
  length += from.copy(to, length, done);
  return to.subarray(0, length);
}
