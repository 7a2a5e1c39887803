/** Messages of a mailbox with their octets, in order, the next ones on their way while these are written. */
import type { MailStore } from '../../../contracts/mail.ts';
import { messageId } from './fingerprint.ts';

export interface Carried {
  readonly uid: number;
  readonly size: number;
  /** Milliseconds. */
  readonly receivedAt: number;
  readonly messageId: string | undefined;
  readonly octets: () => AsyncIterable<Uint8Array>;
}

/** Batches of at most about 1 MiB; a long message is one alone. */
export async function* carriedFrom(
  mail: MailStore,
  mailbox: string,
  uids: readonly number[],
): AsyncGenerator<readonly Carried[]> {
  if (!mail.scan) {
    yield* oneByOne(mail, mailbox, uids);
    return;
  }
  const batches = mail.scan(mailbox, uids, { header: true, content: true })[Symbol.asyncIterator]();
  let next = batches.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = batches.next();
      // Told where it is awaited.
      next.catch(() => {});
      for (const batch of apart(value)) {
        yield batch.map(({ uid, size, receivedAt, header, content }) => ({
          uid,
          size,
          receivedAt,
          messageId: messageId(Buffer.from(header ?? []).toString('latin1')),
          octets: () => (content ? single(content) : mail.read(mailbox, uid)),
        }));
      }
    }
  } finally {
    await batches.return?.(undefined);
  }
}

function* apart<T extends { readonly content?: Uint8Array }>(batch: readonly T[]): Generator<readonly T[]> {
  const short = batch.filter(({ content }) => content !== undefined);
  if (short.length > 0) yield short;
  for (const one of batch) if (one.content === undefined) yield [one];
}

async function* oneByOne(
  mail: MailStore,
  mailbox: string,
  uids: readonly number[],
): AsyncGenerator<readonly Carried[]> {
  for (const { uid, size, receivedAt, headers } of await mail.list(mailbox, uids)) {
    const time = Date.parse(receivedAt);
    yield [
      { uid, size, receivedAt: time, messageId: headers.messageId || undefined, octets: () => mail.read(mailbox, uid) },
    ];
  }
}

async function* single(content: Uint8Array): AsyncGenerator<Uint8Array> {
  if (content.length > 0) yield content;
}
