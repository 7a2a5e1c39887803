/** What the replies of all line protocols share: how much of them is taken, and what may stand in one that we send. */
import { CsError } from '../../kit/errors.ts';

export interface ReplyLimits {
  /** Octets of one reply. */
  readonly octets: number;
  readonly lines: number;
}

/** Far above any honest greeting, EHLO or CAPA; far below what hurts (trust.md CL-01). */
export const REPLY_LIMITS: ReplyLimits = { octets: 1024 * 1024, lines: 10_000 };

/** Counts one reply of a peer; throws `CS_PEER_LIMIT` past the limits. */
export class ReplyBudget {
  readonly #limits: ReplyLimits;
  #octets = 0;
  #lines = 0;

  constructor(limits: ReplyLimits = REPLY_LIMITS) {
    this.#limits = limits;
  }

  line(octets: number): void {
    this.#octets += octets;
    this.#lines += 1;
    if (this.#octets > this.#limits.octets) {
      throw new CsError('CS_PEER_LIMIT', `a reply of more than ${this.#limits.octets} octets`);
    }
    if (this.#lines > this.#limits.lines) {
      throw new CsError('CS_PEER_LIMIT', `a reply of more than ${this.#limits.lines} lines`);
    }
  }
}

/** Text that may stand in a line of ours. Throws `CS_INPUT`: CR, LF or NUL in it would make it something else (CL-07). */
export function lineText(text: string, what: string): string {
  if (/[\r\n\0]/.test(text)) throw new CsError('CS_INPUT', `${what} holds a line break or NUL`);
  return text;
}
