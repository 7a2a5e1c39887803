/** Line ends of a message on its way out: mail knows CRLF and nothing else (RFC 5321 section 2.3.8). */

const CR = 13;
const LF = 10;
const NOTHING = new Uint8Array(0);
const CRLF = Buffer.from('\r\n');

/** Turns a bare CR and a bare LF into CRLF, whatever the split; bytes that are right already are passed on as they are. */
export class LineNormaliser {
  /** A CR at the end of a chunk waits for what follows. */
  #cr = false;

  push(chunk: Uint8Array): Uint8Array {
    const bytes = buffer(this.#cr ? Buffer.concat([Buffer.from([CR]), chunk]) : chunk);
    this.#cr = bytes.at(-1) === CR;
    const whole = this.#cr ? bytes.subarray(0, -1) : bytes;
    return isClean(whole) ? whole : repair(whole);
  }

  /** What was held back; ready for the next message. */
  end(): Uint8Array {
    const rest = this.#cr ? CRLF : NOTHING;
    this.#cr = false;
    return rest;
  }
}

/** A whole message at once. */
export function normaliseLines(message: Uint8Array): Uint8Array {
  const lines = new LineNormaliser();
  const body = lines.push(message);
  const rest = lines.end();
  return rest.length === 0 ? body : Buffer.concat([body, rest]);
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function isClean(bytes: Buffer): boolean {
  let crs = 0;
  for (let at = bytes.indexOf(CR); at !== -1; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] !== LF) return false;
    crs += 1;
  }
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    crs -= 1;
    if (crs < 0) return false;
  }
  return crs === 0;
}

function repair(bytes: Buffer): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length * 2);
  let to = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const octet = bytes[at]!;
    if (octet !== CR && octet !== LF) {
      out[to++] = octet;
      continue;
    }
    if (octet === CR && bytes[at + 1] === LF) at += 1;
    out[to++] = CR;
    out[to++] = LF;
  }
  return out.subarray(0, to);
}
