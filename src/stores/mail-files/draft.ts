import type { MailDraft, MailReceipt } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';

/** What is written here is read there, a piece at a time; nothing is held but the piece that waits. */
export class FilesDraft implements MailDraft {
  readonly #done: Promise<MailReceipt>;
  #waiting: Uint8Array | undefined;
  #ended = false;
  #failure: unknown;
  #taken: (() => void) | undefined;
  #given: (() => void) | undefined;

  constructor(keep: (content: AsyncIterable<Uint8Array>) => Promise<MailReceipt>) {
    this.#done = keep(this.#content());
    this.#done.catch((error: unknown) => {
      this.#failure ??= error;
      this.#taken?.();
    });
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#ended) throw new CsError('CS_BUG', 'written to a draft that is over');
    if (this.#failure !== undefined) throw this.#failure;
    this.#waiting = chunk;
    this.#given?.();
    await new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  commit(): Promise<MailReceipt> {
    this.#ended = true;
    this.#given?.();
    return this.#done;
  }

  async abort(): Promise<void> {
    this.#failure ??= new CsError('CS_FAILED', 'the draft was given up');
    this.#given?.();
    await this.#done.catch(() => {});
  }

  async *#content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const chunk = this.#waiting;
      this.#waiting = undefined;
      if (chunk !== undefined) {
        yield chunk;
        this.#taken?.();
      } else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#given = resolve;
        });
    }
  }
}
