/**
 * permessage-deflate (RFC 7692) without context takeover in either direction: between two messages nothing is kept, so a
 * connection costs no window, and one message can be told to many.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Extension } from './extensions.ts';
import { tooLong, WsFailure } from './failure.ts';

const NAME = 'permessage-deflate';
/** What ends each message and is not sent (section 7.2.1). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** Below it the head of the compressed form costs more than it saves. */
const WORTH_IT = 1024;
/** Streams after the first within one message, each ended by its own last block (section 7.2.3.5). */
const STREAMS = 16;

export class Deflate {
  readonly #windowBits: number;

  /** @param windowBits 9 to 15, of what is sent */
  constructor(windowBits: number) {
    this.#windowBits = windowBits;
  }

  worthIt(payload: Uint8Array): boolean {
    return payload.length >= WORTH_IT;
  }

  compress(payload: Uint8Array): Buffer {
    const all = deflateRawSync(payload, {
      windowBits: this.#windowBits,
      level: 3,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return all.subarray(0, -TAIL.length);
  }

  /** Throws `WsFailure`: 1009 as soon as there is more than `limit`, 1007 for what is no deflated data. */
  expand(payload: Uint8Array, limit: number): Buffer {
    const all = Buffer.concat([payload, TAIL]);
    const parts: Buffer[] = [];
    let octets = 0;
    for (let at = 0, streams = 0; at < all.length; streams++) {
      if (streams > STREAMS) throw new WsFailure(1007, 'too many streams in one message');
      const { buffer, engine } = inflated(all.subarray(at), limit - octets, limit);
      octets += buffer.length;
      if (octets > limit) throw tooLong(limit);
      parts.push(buffer);
      if (engine.bytesWritten === 0) break;
      at += engine.bytesWritten;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}

interface Inflated {
  readonly buffer: Buffer;
  /** `bytesWritten`: octets of the input that were used. */
  readonly engine: { readonly bytesWritten: number };
}

function inflated(octets: Uint8Array, room: number, limit: number): Inflated {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: Math.max(room, 1), info: true };
  try {
    // With `info` it is more than the declared Buffer.
    return inflateRawSync(octets, options) as unknown as Inflated;
  } catch (thrown) {
    if (thrown instanceof RangeError) throw tooLong(limit);
    throw new WsFailure(1007, 'the message is not deflated data');
  }
}

export interface Agreed {
  readonly deflate: Deflate;
  /** Value of `Sec-WebSocket-Extensions` in the answer. */
  readonly answer: string;
}

/** The first offer that can be met (section 5); undefined without one. */
export function agreeOnDeflate(offers: readonly Extension[]): Agreed | undefined {
  for (const { name, parameters } of offers) {
    const windowBits = name === NAME ? offeredWindow(parameters) : undefined;
    if (windowBits === undefined) continue;
    const asked = parameters.some(([key]) => key === 'server_max_window_bits');
    const window = asked ? `; server_max_window_bits=${windowBits}` : '';
    const answer = `${NAME}; server_no_context_takeover; client_no_context_takeover${window}`;
    return { deflate: new Deflate(windowBits), answer };
  }
  return undefined;
}

/** Bits of the window that we may use; undefined where the offer is to be declined (section 7.1). */
function offeredWindow(parameters: Extension['parameters']): number | undefined {
  let windowBits = 15;
  const seen = new Set<string>();
  for (const [key, value] of parameters) {
    if (seen.has(key)) return undefined;
    seen.add(key);
    const bits = value !== undefined && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : undefined;
    switch (key) {
      case 'server_no_context_takeover':
      case 'client_no_context_takeover':
        if (value !== undefined) return undefined;
        break;
      case 'client_max_window_bits':
        if (value !== undefined && bits === undefined) return undefined;
        break;
      case 'server_max_window_bits':
        // zlib has no raw window of 8 bits.
        if (bits === undefined || bits < 9) return undefined;
        windowBits = bits;
        break;
      default:
        return undefined;
    }
  }
  return windowBits;
}
