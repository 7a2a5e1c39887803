import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';

const CR = 13;
const LF = 10;
/** First octet of every TLS handshake record. */
const TLS_HANDSHAKE = 0x16;
const NOTHING = Buffer.alloc(0);
/** Octets of a command without its CRLF (RFC 5321 section 4.5.3.1.4); extensions only add to it. */
export const COMMAND_LIMIT = 510;

type Done = (error?: Error | null) => void;
/** A promise holds back everything that follows until it resolves; it never rejects. */
export type Waits = Promise<void> | undefined;

/** Takes the octets that are no commands: DATA, BDAT. */
export interface BodyReader {
  /** Set while no more may be pushed. */
  readonly waits: Waits;
  /** Takes what is its own; gives back what follows the body, or undefined while it goes on. */
  push(chunk: Buffer): Buffer | undefined;
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
 * Octets → lines and bodies, under the base's name so that its connection takes it for its parser. Nothing is decided
 * by how the octets were cut into chunks, and no more than one line is held.
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
  #next: Done | undefined;

  constructor(owner: StreamOwner, lenient: boolean) {
    super({ highWaterMark: 64 * 1024 });
    this.#owner = owner;
    this.#lenient = lenient;
    // The base would run an unterminated last line as a command.
    this.removeAllListeners('finish');
  }

  /** What follows is a body. */
  begin(body: BodyReader): void {
    this.#body = body;
  }

  get inBody(): boolean {
    return this.#body !== undefined;
  }

  override _write(chunk: Buffer, _encoding: string, next: Done): void {
    if (this.isClosed) {
      next();
      return;
    }
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#next = next;
    this.#run();
  }

  override _final(done: Done): void {
    if (!this.isClosed) this.#owner.finished();
    done();
  }

  /** Nothing that came or comes is looked at any more. */
  retire(): void {
    this.isClosed = true;
    this.#held = NOTHING;
    this.#body = undefined;
  }

  #run(): void {
    for (;;) {
      if (this.isClosed) {
        this.#done();
        return;
      }
      const waits = this.#body ? this.#feed(this.#body) : this.#line();
      if (waits === undefined) continue;
      if (waits === 'more') break;
      this.#owner.busy();
      void waits.then(() => this.#run());
      return;
    }
    const full = this.#owner.idle(this.#held.length > 0 || this.#skipped >= 0);
    if (full) void full.then(() => this.#done());
    else this.#done();
  }

  #done(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.();
  }

  #feed(body: BodyReader): Waits | 'more' {
    if (this.#held.length === 0) return 'more';
    const rest = body.push(this.#held);
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
