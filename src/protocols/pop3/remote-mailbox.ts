import type { ByteRange, Mailbox, MailEntry, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { headerFacts } from '../shared/header-facts.ts';
import { type ClientSession, refusal } from './client-session.ts';
import { INBOX } from './maildrop.ts';
import { MessageIndex, type RemoteMessage } from './message-index.ts';
import { retrieve } from './retrieve.ts';

/** Octets of a header that TOP may send. */
const HEADER_LIMIT = 1024 * 1024;
const NEVER = new Date(0).toISOString();

/**
 * A POP3 mailbox as a `MailStore`. One conversation at a time: calls wait for one another, and a message that is being
 * read holds them up until it was read or let go. A session sees what was there when it logged in, and removes only when
 * it ends; so `mailboxes`, `list` and `remove` log in anew where the view might be old.
 */
export class RemoteMailbox implements MailStore {
  readonly #open: () => Promise<ClientSession>;
  #session: ClientSession | undefined;
  #index: MessageIndex | undefined;
  #closed = false;
  #turn: Promise<void> = Promise.resolve();

  /** @param first is logged in already; `open` gives another when that one is used up */
  constructor(first: ClientSession, open: () => Promise<ClientSession>) {
    this.#session = first;
    this.#open = open;
  }

  mailboxes(): Promise<readonly Mailbox[]> {
    return this.#alone(async () => {
      const index = await this.#fresh();
      const { messages, uidValidity, uidNext, bytes } = index;
      const count = messages.length;
      // POP3 knows no flags: what is there is new, and any change of the view is a new state.
      return [{ name: INBOX, uidValidity, uidNext, messages: count, unseen: count, bytes, highestModseq: uidNext }];
    });
  }

  list(mailbox: string, uids?: readonly number[]): Promise<readonly MailEntry[]> {
    return this.#alone(async () => {
      inboxOnly(mailbox);
      const index = uids === undefined ? await this.#fresh() : await this.#knowing(uids);
      const wanted = uids === undefined ? index.messages : index.find(uids);
      return this.#entries(wanted);
    });
  }

  async *read(mailbox: string, uid: number, range?: ByteRange): AsyncGenerator<Uint8Array> {
    inboxOnly(mailbox);
    const done = await this.#takeTurn();
    let whole = false;
    try {
      const [message] = (await this.#knowing([uid])).find([uid]);
      if (!message) throw new CsError('CS_NOT_FOUND', `no message ${uid}`);
      yield* retrieve(await this.#connected(), message, range);
      whole = true;
    } finally {
      // The rest of a body nobody wants would stand between us and the next reply.
      if (!whole) await this.#drop();
      done();
    }
  }

  remove(mailbox: string, uids: readonly number[]): Promise<number> {
    return this.#alone(async () => {
      inboxOnly(mailbox);
      const messages = (await this.#knowing(uids)).find(uids);
      if (messages.length === 0) return 0;
      const session = await this.#connected();
      let marked = 0;
      for await (const { status } of session.askAll(messages.map(({ number }) => dele(number)))) {
        if (status.ok) marked += 1;
      }
      await this.#commit(session);
      return marked;
    });
  }

  /** Says goodbye. Nothing is removed by it that `remove` has not removed already. */
  async close(): Promise<void> {
    await this.#alone(async () => {
      this.#closed = true;
      await this.#drop();
    });
  }

  async #commit(session: ClientSession): Promise<void> {
    this.#session = undefined;
    this.#index = undefined;
    try {
      const { status } = await session.ask('QUIT');
      if (!status.ok) throw refusal('the removal', status);
    } catch (error) {
      if ((error as Partial<CsError>).code !== 'CS_CANNOT_CONNECT') throw error;
      const words = 'the connection broke while the messages were being removed';
      throw new CsError('CS_UNKNOWN_OUTCOME', words, { cause: error });
    } finally {
      await session.close();
    }
  }

  async #entries(messages: readonly RemoteMessage[]): Promise<MailEntry[]> {
    const session = await this.#connected();
    const entries: MailEntry[] = [];
    const tops = messages.map(({ number }) => ({ name: 'TOP' as const, args: [String(number), '0'] }));
    for await (const { body } of session.askAll(tops, HEADER_LIMIT)) {
      const { uid, id, size } = messages[entries.length]!;
      // A server without TOP lists without headers.
      const { headers, envelope, receivedAt = NEVER } = headerFacts(body);
      entries.push({ uid, id, size, flags: [], modseq: uid, headers, envelope, receivedAt });
    }
    return entries;
  }

  /** A view no older than this call, unless nobody has looked at the present one yet. */
  async #fresh(): Promise<MessageIndex> {
    if (this.#index) await this.#drop();
    return this.#knowing([]);
  }

  /** The present view, or a new one when it lacks any of `uids`. */
  async #knowing(uids: readonly number[]): Promise<MessageIndex> {
    if (this.#index && this.#index.find(uids).length === new Set(uids).size) return this.#index;
    if (this.#index) await this.#drop();
    this.#index = await MessageIndex.read(await this.#connected());
    return this.#index;
  }

  async #connected(): Promise<ClientSession> {
    if (this.#closed) throw new CsError('CS_BUG', 'the mailbox was closed before');
    if (this.#session?.conn.signal.aborted) await this.#drop();
    this.#session ??= await this.#open();
    return this.#session;
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#index = undefined;
    await session?.quit();
  }

  async #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = await this.#takeTurn();
    try {
      return await act();
    } finally {
      done();
    }
  }

  async #takeTurn(): Promise<() => void> {
    const before = this.#turn;
    let done = (): void => {};
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    return done;
  }
}

const dele = (number: number) => ({ name: 'DELE' as const, args: [String(number)] });

function inboxOnly(mailbox: string): void {
  if (mailbox.toUpperCase() !== INBOX) {
    throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(mailbox)}: POP3 has ${INBOX} alone`);
  }
}
