import assert from 'node:assert/strict';
import type { Delivery, Envelope } from '../../src/contracts/delivery.ts';
import type { Fact, Journal } from '../../src/contracts/journal.ts';
import type { MailStore } from '../../src/contracts/mail.ts';
import type { OpenStore } from '../../src/contracts/store.ts';
import { CsError, type ErrorCode } from '../../src/kit/errors.ts';

/** What a suite runs against; `reopen` only where state outlives the process. */
export interface Subject {
  readonly store: OpenStore;
  /** Closes and opens it again on the same place. */
  readonly reopen?: () => Promise<OpenStore>;
  readonly close: () => Promise<void>;
}
export type Make = () => Promise<Subject>;

export function message(subject: string, body = 'hello\r\n', to = 'ann@x.test'): Buffer {
  return Buffer.from(
    `From: Bob <bob@y.test>\r\nTo: ${to}\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@y>\r\n` +
      `Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\n${body}`,
  );
}

export function envelope(to: readonly string[], user?: string, more: Partial<Envelope> = {}): Envelope {
  return {
    from: 'bob@y.test',
    to: to.map((address) => ({ address })),
    session: {
      server: 'smtp',
      conn: 'c1',
      with: 'ESMTP',
      helo: 'client.test',
      address: '127.0.0.1',
      user,
      secure: false,
    },
    ...more,
  };
}

/** Written in pieces, so that no store may count on one chunk. Resolves to the id. */
export async function deliver(
  delivery: Delivery,
  bytes: Buffer,
  to: readonly string[],
  user?: string,
): Promise<string> {
  const draft = await delivery.open(envelope(to, user));
  const step = Math.max(7, Math.ceil(bytes.length / 50));
  for (let at = 0; at < bytes.length; at += step) await draft.write(Buffer.from(bytes.subarray(at, at + step)));
  const receipt = await draft.commit();
  assert.equal(receipt.size, bytes.length);
  return receipt.id;
}

export async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

export async function inbox(store: MailStore): Promise<readonly { uid: number; id: string; subject: string }[]> {
  const entries = await store.list('INBOX');
  return entries.map(({ uid, id, headers }) => ({ uid, id, subject: headers.subject }));
}

/** The next `count` facts after `cursor`. Ends by itself: a test that waits in vain is stopped by its runner. */
export async function take(journal: Journal, cursor: number, count: number, events: string[] = []): Promise<Fact[]> {
  const facts: Fact[] = [];
  const stop = new AbortController();
  if (count === 0) return facts;
  for await (const fact of journal.since(cursor, events, stop.signal)) {
    facts.push(fact);
    if (facts.length === count) stop.abort();
  }
  return facts;
}

export async function fails(code: ErrorCode, action: () => unknown): Promise<CsError> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof CsError, `not a CsError: ${error}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`did not fail with ${code}`);
}
