/** Messages that come from files or stdin: one, or all of a mailbox file. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { MailStore } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { LineNormaliser } from '../../../kit/line-ends.ts';
import { isMbox, MboxReader } from '../../../kit/mbox.ts';

export interface NewMessage {
  readonly name: string;
  /** Milliseconds; undefined: now. */
  readonly receivedAt: number | undefined;
  readonly octets: AsyncIterable<Uint8Array>;
}

/** @param preserve a file's time is the message's */
export async function* messagesOf(source: string, preserve: boolean): AsyncGenerator<NewMessage> {
  if (source === '-') {
    yield* messagesIn('-', process.stdin, undefined);
    return;
  }
  const facts = await stat(source);
  if (facts.isDirectory())
    throw new CsError('CS_IS_DIRECTORY', `${source} is a directory`, { hint: 'cs sync takes a Maildir' });
  yield* messagesIn(source, createReadStream(source), preserve ? facts.mtimeMs : undefined);
}

/** The messages of a stream, one after the other: each has to be read before the next is asked for. */
export async function* messagesIn(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  receivedAt: number | undefined,
): AsyncGenerator<NewMessage> {
  const chunks = stream[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) throw new CsError('CS_INPUT', `${name === '-' ? 'stdin' : name} is empty`);
  const all = (async function* () {
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  })();
  if (!isMbox(first.value)) yield { name, receivedAt, octets: clean(all) };
  else yield* split(name, all);
}

/** Mail's lines end with CRLF. */
async function* clean(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const lines = new LineNormaliser();
  for await (const chunk of chunks) {
    const bytes = lines.push(chunk);
    if (bytes.length > 0) yield bytes;
  }
  const rest = lines.end();
  if (rest.length > 0) yield rest;
}

async function* split(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<NewMessage> {
  const reader = new MboxReader();
  const events = (async function* () {
    for await (const chunk of chunks) yield* reader.push(chunk);
    yield* reader.end();
  })();
  let next = await events.next();
  for (let count = 1; !next.done; count++) {
    if (next.value.kind !== 'message') throw new CsError('CS_BUG', 'octets before a message');
    const { receivedAt } = next.value;
    const octets = (async function* () {
      for (next = await events.next(); !next.done && next.value.kind === 'octets'; next = await events.next())
        yield next.value.bytes;
    })();
    yield { name: `${name} (${count})`, receivedAt, octets };
    // Whoever left some of it unread does not get it as the next one.
    for await (const _left of octets);
  }
}

/** Resolves to uid (0: not told) and octets. */
export async function append(
  mail: MailStore,
  mailbox: string,
  { receivedAt, octets }: Pick<NewMessage, 'receivedAt' | 'octets'>,
  flags: readonly string[],
  moved: () => void,
): Promise<{ readonly uid: number; readonly bytes: number }> {
  if (!mail.append) throw new CsError('CS_UNSUPPORTED', 'this server takes no messages: it only hands them out');
  const time = receivedAt === undefined ? {} : { receivedAt: new Date(receivedAt).toISOString() };
  const draft = await mail.append(mailbox, { flags, ...time });
  let bytes = 0;
  try {
    for await (const chunk of octets) {
      await draft.write(chunk);
      bytes += chunk.length;
      moved();
    }
  } catch (error) {
    await draft.abort();
    throw error;
  }
  return { uid: (await draft.commit()).uid, bytes };
}
