/** Octets to messages and back, for either end (RFC 6455 sections 5 to 8); no socket, no clock, no promise. */
import { isUtf8 } from 'node:buffer';
import { CsError } from '../../../kit/errors.ts';
import { Assembly, decoded } from './assembly.ts';
import type { Deflate } from './deflate.ts';
import { mayTravel, WsFailure } from './failure.ts';
import { CONTROL_OCTETS, copyMasked, FIN, frame, OPCODES, RSV1 } from './frame.ts';
import { type Head, HeadReader } from './head.ts';
import type { WsIn, WsOut } from './said.ts';

export interface WireRules {
  /** Octets of a message, as it comes and once it is inflated. */
  readonly messageBytes: number;
  /** Frames of a message. */
  readonly fragments: number;
  /** Where both ends agreed on it. */
  readonly deflate?: Deflate | undefined;
  /** Four octets that nobody can foresee (section 5.3), for each frame: a client. */
  readonly masks?: () => Uint8Array;
}

const NOTHING = Buffer.alloc(0);

export class WsWire {
  readonly #rules: WireRules;
  readonly #head: HeadReader;
  readonly #assembly: Assembly;
  #frame: Head | undefined;
  #payload: Buffer = NOTHING;
  #filled = 0;
  #closeIn = false;
  #closeOut = false;

  constructor(rules: WireRules) {
    this.#rules = rules;
    this.#head = new HeadReader(rules.masks === undefined, rules.deflate !== undefined);
    this.#assembly = new Assembly(rules);
  }

  /** `closing`: one of the two has said Close. */
  get state(): 'open' | 'closing' | 'closed' {
    if (this.#closeIn && this.#closeOut) return 'closed';
    return this.#closeIn || this.#closeOut ? 'closing' : 'open';
  }

  /** Whether a Close may still be said. */
  get speaks(): boolean {
    return !this.#closeOut;
  }

  /** Throws `WsFailure`; nothing may be received after that. What follows a Close is not looked at. */
  *receive(chunk: Uint8Array): Generator<WsIn, void, undefined> {
    let at = 0;
    while (!this.#closeIn) {
      if (this.#frame === undefined) {
        if (at === chunk.length) return;
        const head = this.#head.take(chunk[at++]!);
        if (head !== undefined) this.#begin(head);
        if (this.#frame === undefined) continue;
      }
      const end = Math.min(chunk.length, at + this.#payload.length - this.#filled);
      this.#fill(chunk.subarray(at, end));
      at = end;
      if (this.#filled < this.#payload.length) return;
      const told = this.#end();
      if (told) yield told;
    }
  }

  /** Memory is taken only for what may come whole. */
  #begin(head: Head): void {
    if (head.opcode < OPCODES.close) this.#assembly.admit(head);
    this.#frame = head;
    this.#payload = head.length === 0 ? NOTHING : Buffer.allocUnsafe(head.length);
    this.#filled = 0;
  }

  #fill(part: Uint8Array): void {
    if (part.length === 0) return;
    const { mask } = this.#frame!;
    if (mask) copyMasked(part, mask, this.#filled, this.#payload, this.#filled);
    else this.#payload.set(part, this.#filled);
    this.#filled += part.length;
  }

  #end(): WsIn | undefined {
    const head = this.#frame!;
    const payload = this.#payload;
    this.#frame = undefined;
    this.#payload = NOTHING;
    switch (head.opcode) {
      case OPCODES.close:
        return this.#closed(payload);
      case OPCODES.ping:
        return { kind: 'ping', bytes: payload };
      case OPCODES.pong:
        return { kind: 'pong', bytes: payload };
      default:
        return this.#assembly.add(head, payload);
    }
  }

  #closed(payload: Buffer): WsIn {
    if (payload.length === 1) throw new WsFailure(1002, 'half a close code');
    const code = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    if (payload.length > 0 && !mayTravel(code)) throw new WsFailure(1002, `the close code ${code}`);
    const reason = payload.subarray(2);
    if (!isUtf8(reason)) throw new WsFailure(1007, 'the reason is not UTF-8');
    this.#closeIn = true;
    return { kind: 'close', code, reason: decoded(reason) };
  }

  /** Throws `CS_BUG` after a Close, and for what no frame can say. */
  send(out: WsOut): Buffer {
    if (this.#closeOut) throw new CsError('CS_BUG', `${out.kind} after Close`);
    switch (out.kind) {
      case 'text':
        return this.#message(OPCODES.text, Buffer.from(out.text));
      case 'binary':
        return this.#message(OPCODES.binary, out.bytes);
      case 'close':
        this.#closeOut = true;
        return this.#control(OPCODES.close, closing(out.code, out.reason));
      default:
        return this.#control(OPCODES[out.kind], out.bytes);
    }
  }

  #message(opcode: number, payload: Uint8Array): Buffer {
    const { deflate, masks } = this.#rules;
    if (deflate?.worthIt(payload)) return frame(FIN | RSV1 | opcode, deflate.compress(payload), masks?.());
    return frame(FIN | opcode, payload, masks?.());
  }

  #control(opcode: number, payload: Uint8Array): Buffer {
    if (payload.length > CONTROL_OCTETS) throw new CsError('CS_BUG', 'a control frame of more than 125 octets');
    return frame(FIN | opcode, payload, this.#rules.masks?.());
  }
}

/** @param code 1005: none */
function closing(code: number, reason: string): Uint8Array {
  if (code === 1005) return NOTHING;
  if (!mayTravel(code)) throw new CsError('CS_BUG', `the close code ${code} may not be sent`);
  // Cut between characters, or the last one would be none.
  let words = Buffer.from(reason).subarray(0, CONTROL_OCTETS - 2);
  while (!isUtf8(words)) words = words.subarray(0, -1);
  const payload = Buffer.allocUnsafe(2 + words.length);
  payload.writeUInt16BE(code, 0);
  payload.set(words, 2);
  return payload;
}
