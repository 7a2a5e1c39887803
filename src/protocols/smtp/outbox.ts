import type { Writable } from 'node:stream';
import { type Reply, withoutStatus } from './reply.ts';
import type { Waits } from './stream.ts';

/** Replies on their way out: those of one batch of commands leave in one write (RFC 2920 section 3.2). */
export class Outbox {
  readonly #socket: () => Writable;
  readonly #enhanced: boolean;
  #text = '';
  #soon = false;
  /** Nothing leaves while it is set: the client is made to wait. */
  held = false;

  constructor(socket: () => Writable, enhanced: boolean) {
    this.#socket = socket;
    this.#enhanced = enhanced;
  }

  /** As it goes over the wire. */
  add(reply: Reply): string {
    const wire = this.#enhanced ? reply.wire : withoutStatus(reply);
    this.#text += wire;
    return wire;
  }

  flush(): void {
    if (this.#text === '' || this.held) return;
    const text = this.#text;
    this.#text = '';
    const socket = this.#socket();
    if (socket.writable) socket.write(text, 'latin1');
  }

  /** At the end of this turn: what only waits for promises that are kept already adds to the same write. */
  flushSoon(): void {
    if (this.#text === '' || this.#soon) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      this.flush();
    });
  }

  /** Set while the client does not read what it is told. */
  room(): Waits {
    const socket = this.#socket();
    if (!socket.writableNeedDrain || socket.destroyed) return undefined;
    return new Promise((resolve) => {
      const settle = () => {
        socket.off('drain', settle).off('close', settle);
        resolve();
      };
      socket.on('drain', settle).on('close', settle);
    });
  }
}
