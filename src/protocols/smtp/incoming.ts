import type { Draft, Receipt } from '../../contracts/delivery.ts';
import { Hops } from './hops.ts';
import { LineEnds } from './line-ends.ts';
import { BAD_BODY, failureReply, LOOP, type Reply, TOO_BIG } from './reply.ts';
import type { Waits } from './stream.ts';

export interface IncomingRules {
  /** Octets. */
  readonly size: number;
  readonly hops: number;
  /** Bare CR, LF and NUL are content (BINARYMIME, `--newline lenient`). */
  readonly anyOctet: boolean;
}

/** One message on its way from the wire into a draft. The first reason not to take it ends the draft; the octets still come. */
export class Incoming {
  readonly #draft: Draft;
  readonly #rules: IncomingRules;
  readonly #lines = new LineEnds();
  readonly #hops = new Hops();
  #size = 0;
  #refusal: Reply | undefined;
  /** Why a draft failed, for the log. */
  failure: unknown;

  constructor(draft: Draft, rules: IncomingRules) {
    this.#draft = draft;
    this.#rules = rules;
  }

  get refusal(): Reply | undefined {
    return this.#refusal;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Resolves when more may come. Never rejects.
   * @param spent called, if ever, when nobody here looks at the piece any more
   */
  write(piece: Buffer, spent?: () => void): Waits {
    this.#size += piece.length;
    if (this.#refusal) return undefined;
    if (this.#size > this.#rules.size) return this.refuse(TOO_BIG);
    if (!this.#rules.anyOctet && !this.#lines.push(piece)) return this.refuse(BAD_BODY);
    this.#hops.push(piece);
    if (this.#hops.count > this.#rules.hops) return this.refuse(LOOP);
    return this.#store(piece, spent);
  }

  /** What the server itself puts in front. */
  prepend(piece: Buffer): Waits {
    return this.#store(piece);
  }

  /** Forget the message; what still comes of it is counted only. */
  refuse(refusal: Reply): Promise<void> {
    this.#refusal ??= refusal;
    return this.#draft.abort();
  }

  abort(): Promise<void> {
    return this.#draft.abort();
  }

  /** Resolves when it is stored as safely as the store promises; undefined when it was refused, then `refusal` says why. */
  async commit(): Promise<Receipt | undefined> {
    if (!this.#rules.anyOctet && !this.#lines.end()) await this.refuse(BAD_BODY);
    if (this.#refusal) return undefined;
    try {
      return await this.#draft.commit();
    } catch (error) {
      await this.#failed(error);
      return undefined;
    }
  }

  #store(piece: Buffer, spent?: () => void): Waits {
    try {
      const waits = this.#draft.write(piece, spent);
      return waits?.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): Promise<void> {
    this.failure ??= error;
    return this.refuse(failureReply(error));
  }
}
