/**
 * The TELNET commands that may stand between the octets of the control connection (RFC 959 section 5.3, RFC 854):
 * taken out, and every offer of an option refused (RFC 1123 section 4.1.2.12).
 */

const IAC = 255;
/** Interrupt Process. */
const IP = 244;
/** Data Mark. */
const MARK = 242;
const DONT = 254;
const DO = 253;
const WONT = 252;
const WILL = 251;
/** The lowest octet that is a command behind IAC. */
const COMMAND = 240;
const NOTHING = new Uint8Array(0);

export interface Heard {
  /** What is left for the lines. */
  readonly bytes: Uint8Array;
  /** What is due at once: WONT for each DO, DONT for each WILL. */
  readonly refusals: Uint8Array;
}

export class TelnetFilter {
  #state: 'text' | 'iac' | 'interrupted' | 'do' | 'will' | 'option' = 'text';

  push(chunk: Uint8Array): Heard {
    if (this.#state === 'text' && !chunk.includes(IAC)) return { bytes: chunk, refusals: NOTHING };
    const bytes: number[] = [];
    const refusals: number[] = [];
    for (const octet of chunk) this.#octet(octet, bytes, refusals);
    return { bytes: Uint8Array.from(bytes), refusals: Uint8Array.from(refusals) };
  }

  #octet(octet: number, bytes: number[], refusals: number[]): void {
    switch (this.#state) {
      case 'interrupted':
        this.#state = 'text';
        // BSD's clients send IAC IP IAC as urgent data, then MARK: the second IAC comes out of band, and MARK stands alone.
        if (octet !== MARK) this.#octet(octet, bytes, refusals);
        return;
      case 'text':
        if (octet === IAC) this.#state = 'iac';
        else bytes.push(octet);
        return;
      case 'iac':
        this.#state = 'text';
        if (octet === DO) this.#state = 'do';
        else if (octet === WILL) this.#state = 'will';
        else if (octet === IP) this.#state = 'interrupted';
        else if (octet === WONT || octet === DONT) this.#state = 'option';
        // The mark of a Synch came as urgent data, out of band: what follows is text already.
        else if (octet < COMMAND || octet === IAC) bytes.push(octet);
        return;
      default:
        if (this.#state !== 'option') refusals.push(IAC, this.#state === 'do' ? WONT : DONT, octet);
        this.#state = 'text';
    }
  }
}
