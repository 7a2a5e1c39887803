/** Mailbox files (RFC 4155) as `mboxrd`: messages parted by `From ` lines, such lines inside of one quoted by `>`. */

const LF = 10;
const CR = 13;
const CRLF = Buffer.from('\r\n');
/** Octets of a line that are held to see what it is; a longer one is passed on in parts. */
const HELD = 64 * 1024;
const SEPARATOR = /^From \S.*\d:\d\d/;
const QUOTED = /^>+From /;

export type MboxEvent =
  /** A message begins. `offset`: octets before its `From ` line; `receivedAt`: what that line says, milliseconds. */
  | { readonly kind: 'message'; readonly offset: number; readonly receivedAt: number | undefined }
  /** What it says, quotes taken off, lines ended by CRLF. */
  | { readonly kind: 'octets'; readonly bytes: Buffer };

/** Does this text begin a mailbox file and not a message? */
export function isMbox(start: Uint8Array): boolean {
  return SEPARATOR.test(Buffer.from(start.subarray(0, 200)).toString('latin1').split('\n')[0] ?? '');
}

/** Octets of a mailbox file → messages. What stands before the first `From ` line is passed over. */
export class MboxReader {
  #held: Buffer = Buffer.alloc(0);
  #offset = 0;
  /** The line before was empty: it is held back, since it may belong to the separator. */
  #blank = false;
  #started = false;
  /** Inside of a line that is too long to be held. */
  #long = false;

  *push(chunk: Uint8Array): Generator<MboxEvent> {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    let at = 0;
    const out: Buffer[] = [];
    for (;;) {
      const lf = this.#held.indexOf(LF, at);
      if (lf === -1) break;
      const line = this.#held.subarray(at, lf > at && this.#held[lf - 1] === CR ? lf - 1 : lf);
      const begins = this.#begins(line);
      if (begins) {
        if (out.length > 0) yield { kind: 'octets', bytes: Buffer.concat(out.splice(0)) };
        yield { kind: 'message', offset: this.#offset + at, receivedAt: timeOf(line) };
        this.#started = true;
        this.#blank = false;
      } else if (this.#started) this.#line(line, out);
      this.#long = false;
      at = lf + 1;
    }
    this.#held = this.#held.subarray(at);
    this.#offset += at;
    if (this.#held.length > HELD) this.#part(out);
    if (out.length > 0) yield { kind: 'octets', bytes: Buffer.concat(out) };
  }

  *end(): Generator<MboxEvent> {
    // The empty line that ends the file is not the message's.
    if (this.#held.length === 0 || !this.#started) return;
    const out: Buffer[] = [];
    this.#flushBlank(out);
    yield { kind: 'octets', bytes: Buffer.concat([...out, this.#long ? this.#held : unquoted(this.#held)]) };
    this.#held = Buffer.alloc(0);
  }

  #begins(line: Buffer): boolean {
    const possible = !this.#long && (this.#blank || !this.#started) && line.length < 1000 && line[0] === 0x46;
    return possible && SEPARATOR.test(line.toString('latin1'));
  }

  #line(line: Buffer, out: Buffer[]): void {
    this.#flushBlank(out);
    if (line.length === 0 && !this.#long) this.#blank = true;
    else out.push(this.#long ? line : unquoted(line), CRLF);
  }

  /** The last octet stays: it may be the CR of the line's end. */
  #part(out: Buffer[]): void {
    const part = this.#held.subarray(0, -1);
    if (this.#started) {
      this.#flushBlank(out);
      out.push(this.#long ? part : unquoted(part));
    }
    this.#long = true;
    this.#offset += part.length;
    this.#held = this.#held.subarray(-1);
  }

  #flushBlank(out: Buffer[]): void {
    if (this.#blank) out.push(CRLF);
    this.#blank = false;
  }
}

function unquoted(line: Buffer): Buffer {
  return line[0] === 0x3e && QUOTED.test(line.toString('latin1', 0, 1000)) ? line.subarray(1) : line;
}

/** asctime (RFC 4155 appendix A), in UTC. */
function timeOf(line: Buffer): number | undefined {
  const [, text] = /(\w{3} +\w{3} +\d+ +[\d:]+ +\d{4})\s*$/.exec(line.toString('latin1')) ?? [];
  const time = text === undefined ? Number.NaN : Date.parse(`${text} UTC`);
  return Number.isNaN(time) ? undefined : time;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The line before a message. @param sender its Return-Path; '' is nobody's */
export function mboxSeparator(sender: string, receivedAt: number): Buffer {
  const from = /^[!-~]+$/.test(sender) ? sender : 'MAILER-DAEMON';
  const time = new Date(Number.isFinite(receivedAt) ? receivedAt : 0);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map(two).join(':');
  const day = `${DAYS[time.getUTCDay()]} ${MONTHS[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)}`;
  return Buffer.from(`From ${from} ${day} ${clock} ${time.getUTCFullYear()}\n`);
}

/** A message as it stands in such a file: LF ends its lines, `From ` at the begin of one is quoted, an empty line follows. */
export class MboxWriter {
  #held: Buffer = Buffer.alloc(0);
  #long = false;

  push(chunk: Uint8Array): Buffer {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    const out: Buffer[] = [];
    let at = 0;
    for (let lf = this.#held.indexOf(LF, at); lf !== -1; lf = this.#held.indexOf(LF, at)) {
      const end = lf > at && this.#held[lf - 1] === CR ? lf - 1 : lf;
      out.push(...this.#quoted(this.#held.subarray(at, end)), Buffer.from('\n'));
      this.#long = false;
      at = lf + 1;
    }
    this.#held = this.#held.subarray(at);
    if (this.#held.length > HELD) {
      out.push(...this.#quoted(this.#held.subarray(0, -1)));
      this.#long = true;
      this.#held = this.#held.subarray(-1);
    }
    return Buffer.concat(out);
  }

  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    const last = rest.length > 0 || this.#long ? [...this.#quoted(rest), Buffer.from('\n')] : [];
    this.#long = false;
    return Buffer.concat([...last, Buffer.from('\n')]);
  }

  #quoted(line: Buffer): Buffer[] {
    const quotes =
      !this.#long && (line[0] === 0x3e || line[0] === 0x46) && /^>*From /.test(line.toString('latin1', 0, 1000));
    return quotes ? [Buffer.from('>'), line] : [line];
  }
}
