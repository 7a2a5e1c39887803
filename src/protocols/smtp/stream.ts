import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { givesBack } from '../shared/give-back.ts';

const CR = 13;
const LF = 10;
/** First octet of every TLS handshake record. */
const TLS_HANDSHAKE = 0x16;
const NOTHING = Buffer.alloc(0);
/** Octets that wait for a body or a command; past them the socket is paused. */
const HIGH_WATER = 64 * 1024;
/** Octets of a command without its CRLF (RFC 5321 section 4.5.3.1.4); extensions only add to it. */
export const COMMAND_LIMIT = 510;

/** A promise holds back everything that follows until it resolves; it never rejects. */
export type Waits = Promise<void> | undefined;

/** Takes the octets that are no commands: DATA, BDAT. */
export interface BodyReader {
  /** Set while no more may be pushed. */
  readonly waits: Waits;
  /**
   * Takes what is its own; gives back what follows the body, or undefined while it goes on.
   * @param own nobody else has seen the octets
   */
  push(chunk: Buffer, own?: boolean): Buffer | undefined;
  /** All of it is here. @param behind octets have arrived already that follow it */
  end(behind: boolean): Waits;
}

/** What the stream tells the session. */
export interface StreamOwner {
  /** One line, its end taken off; @param behind octets that follow it have arrived already. */
  line(line: Buffer, behind: boolean): Waits;
  /** A line that did not end with CRLF. */
  badLine(): void;
  /** Octets the line that begins like this may have, CRLF not counted. */
  lineLimit(start: Buffer): number;
  /** @param twice it is longer than twice the limit already */
  overlong(start: Buffer, twice: boolean): void;
  /** The first octets are no text: a TLS handshake on a port that speaks plain. */
  notText(): void;
  /** Everything that arrived was dealt with; a promise keeps more from being read. @param partial a line has begun */
  idle(partial: boolean): Waits;
  /** Something is being waited for before more is read. */
  busy(): void;
  /** The client has sent its last octet, and everything before it was dealt with. */
  finished(): void;
}

/**
 * Octets → lines and bodies, in the place of the base's parser. Nothing is decided by how the octets were cut into
 * chunks, and no more than one line is held. It is fed by the socket itself: the base's way through `pipe` costs as much
 * again as everything done here.
 */
export class CommandStream extends SMTPStream {
  readonly #owner: StreamOwner;
  readonly #lenient: boolean;
  #held: Buffer = NOTHING;
  #scanned = 0;
  #body: BodyReader | undefined;
  /** Octets of a line over its limit that were thrown away; -1 when there is none. */
  #skipped = -1;
  #skipLimit = 0;
  #socket: Duplex | undefined;
  /** It comes from the system straight to us, through no filter that may remember some of it. */
  #own = false;
  #busy = false;
  #paused = false;
  #ended = false;

  constructor(owner: StreamOwner, lenient: boolean) {
    super();
    this.#owner = owner;
    this.#lenient = lenient;
  }

  /** What follows is a body. */
  begin(body: BodyReader): void {
    this.#body = body;
  }

  get inBody(): boolean {
    return this.#body !== undefined;
  }

  attach(socket: Duplex): void {
    this.#socket = socket;
    this.#own = socket instanceof Socket;
    socket.on('data', this.#take).on('end', this.#end);
  }

  /** Nothing that came or comes is looked at any more; the socket is let go. */
  retire(): void {
    this.isClosed = true;
    this.#held = NOTHING;
    this.#body = undefined;
    this.#socket?.off('data', this.#take).off('end', this.#end);
    this.#socket?.pause();
  }

  #take = (chunk: Buffer): void => {
    this.#held = this.#held.length === 0 ? chunk : this.#joined(this.#held, chunk);
    if (!this.#busy) this.#run();
    else if (this.#held.length >= HIGH_WATER) {
      this.#paused = true;
      this.#socket?.pause();
    }
  };

  #joined(held: Buffer, chunk: Buffer): Buffer {
    const both = Buffer.concat([held, chunk]);
    if (this.#own) for (const one of [held, chunk]) givesBack(one)?.();
    return both;
  }

  #end = (): void => {
    this.#ended = true;
    if (!this.#busy) this.#owner.finished();
  };

  #run(): void {
    this.#busy = false;
    while (!this.isClosed) {
      const waits = this.#body ? this.#feed(this.#body) : this.#line();
      if (waits === undefined) continue;
      if (waits === 'more') {
        this.#idle();
        return;
      }
      this.#owner.busy();
      this.#wait(waits);
      return;
    }
  }

  #idle(): void {
    const full = this.#owner.idle(this.#held.length > 0 || this.#skipped >= 0);
    if (this.isClosed) return;
    if (full) this.#wait(full);
    else if (this.#ended) this.#owner.finished();
    else if (this.#paused) {
      this.#paused = false;
      this.#socket?.resume();
    }
  }

  #wait(waits: Promise<void>): void {
    this.#busy = true;
    void waits.then(() => this.#run());
  }

  #feed(body: BodyReader): Waits | 'more' {
    if (this.#held.length === 0) return 'more';
    const rest = body.push(this.#held, this.#own);
    this.#held = rest ?? NOTHING;
    if (rest === undefined) return body.waits;
    this.#body = undefined;
    const { waits } = body;
    const behind = rest.length > 0;
    return waits ? waits.then(() => body.end(behind)) : body.end(behind);
  }

  #line(): Waits | 'more' {
    if (this.#skipped >= 0) return this.#skip();
    const held = this.#held;
    const at = held.indexOf(LF, this.#scanned);
    if (held[0] === TLS_HANDSHAKE) {
      this.#owner.notText();
      return undefined;
    }
    if (at === -1) return this.#partial(held);
    this.#scanned = 0;
    const crlf = at > 0 && held[at - 1] === CR;
    const line = held.subarray(0, crlf ? at - 1 : at);
    if (line.length > this.#owner.lineLimit(line)) return this.#tooLong(held);
    this.#held = at + 1 === held.length ? NOTHING : held.subarray(at + 1);
    if (!this.#lenient && (!crlf || line.includes(CR))) {
      this.#owner.badLine();
      return undefined;
    }
    return this.#owner.line(line, this.#held.length > 0);
  }

  #partial(held: Buffer): Waits | 'more' {
    this.#scanned = held.length;
    if (held.length <= COMMAND_LIMIT) return 'more';
    const limit = this.#owner.lineLimit(held);
    // One octet over may wait: it may be the CR of the line's end.
    if (held.length > limit + 1 || (held.length > limit && held.at(-1) !== CR)) return this.#tooLong(held);
    return 'more';
  }

  /** Answered once, at the limit; the rest of the line is thrown away as it comes. */
  #tooLong(held: Buffer): Waits {
    this.#skipLimit = this.#owner.lineLimit(held);
    this.#skipped = 0;
    this.#scanned = 0;
    this.#owner.overlong(held.subarray(0, 16), false);
    return undefined;
  }

  #skip(): Waits | 'more' {
    const at = this.#held.indexOf(LF);
    this.#skipped += at === -1 ? this.#held.length : at + 1;
    this.#held = at === -1 ? NOTHING : this.#held.subarray(at + 1);
    if (this.#skipped > 2 * this.#skipLimit) {
      this.#owner.overlong(NOTHING, true);
      return undefined;
    }
    if (at === -1) return 'more';
    this.#skipped = -1;
    return undefined;
  }
}
