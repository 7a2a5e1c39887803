/** Fragments to messages (RFC 6455 section 5.4), within their limits. */
import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import type { Deflate } from './deflate.ts';
import { tooLong, WsFailure } from './failure.ts';
import { OPCODES } from './frame.ts';
import type { Head } from './head.ts';
import type { WsIn } from './said.ts';

export interface AssemblyRules {
  readonly messageBytes: number;
  readonly fragments: number;
  readonly deflate?: Deflate | undefined;
}

interface Begun {
  readonly text: boolean;
  readonly deflated: boolean;
  readonly parts: Buffer[];
  /** Of plain text: each fragment is looked at when it comes. */
  readonly decoder: TextDecoder | undefined;
  words: string;
  octets: number;
  fragments: number;
}

const NOT_UTF8 = 'the text is not UTF-8';

export class Assembly {
  readonly #rules: AssemblyRules;
  #begun: Begun | undefined;

  constructor(rules: AssemblyRules) {
    this.#rules = rules;
  }

  /** Before anything of the frame's payload is kept. Throws `WsFailure`. */
  admit({ opcode, length }: Head): void {
    const begun = this.#begun;
    if (opcode === OPCODES.continuation && !begun) throw new WsFailure(1002, 'a continuation of nothing');
    if (opcode !== OPCODES.continuation && begun) throw new WsFailure(1002, 'a message within a message');
    const { messageBytes, fragments } = this.#rules;
    if ((begun?.octets ?? 0) + length > messageBytes) throw tooLong(messageBytes);
    if ((begun?.fragments ?? 0) >= fragments) throw new WsFailure(1009, `more than ${fragments} fragments`);
  }

  /** The message, with its last fragment. */
  add(head: Head, payload: Buffer): WsIn | undefined {
    if (head.fin && !this.#begun) return this.#whole(head, payload);
    this.#begun ??= begin(head);
    const begun = this.#begun;
    begun.octets += payload.length;
    begun.fragments += 1;
    if (begun.decoder) begun.words += decode(begun.decoder, payload, !head.fin);
    else begun.parts.push(payload);
    if (!head.fin) return undefined;
    this.#begun = undefined;
    if (begun.decoder) return { kind: 'text', text: begun.words };
    return this.#told(begun.text, begun.deflated, Buffer.concat(begun.parts));
  }

  #whole({ opcode, rsv1 }: Head, payload: Buffer): WsIn {
    return this.#told(opcode === OPCODES.text, rsv1, payload);
  }

  #told(text: boolean, deflated: boolean, payload: Buffer): WsIn {
    const { deflate, messageBytes } = this.#rules;
    const bytes = deflated && deflate ? deflate.expand(payload, messageBytes) : payload;
    if (!text) return { kind: 'binary', bytes };
    if (!isUtf8(bytes)) throw new WsFailure(1007, NOT_UTF8);
    return { kind: 'text', text: decoded(bytes) };
  }
}

/** UTF-8 that was looked at; a byte order mark is a character like any other. */
export function decoded(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function begin({ opcode, rsv1 }: Head): Begun {
  const text = opcode === OPCODES.text;
  const decoder = text && !rsv1 ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) : undefined;
  return { text, deflated: rsv1, parts: [], decoder, words: '', octets: 0, fragments: 0 };
}

function decode(decoder: TextDecoder, payload: Buffer, stream: boolean): string {
  try {
    return decoder.decode(payload, { stream });
  } catch {
    throw new WsFailure(1007, NOT_UTF8);
  }
}
