import type { MailDraft, MailReceipt, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import type { Calls, Query } from './calls.ts';
import { number, record, text } from './wording.ts';
import { copiedOf } from './wording-mail.ts';

type Changing = Pick<MailStore, 'append' | 'copy' | 'move' | 'create' | 'drop' | 'rename' | 'subscribe'>;

export function changing(calls: Calls, owner: string): Changing {
  const done = async (what: string, mailbox: string, asked: Parameters<Calls['post']>[1]): Promise<void> => {
    await calls.post(`/v1/mailboxes/${what}`, asked, { owner, mailbox });
  };
  return {
    append: async (mailbox, { flags = [], receivedAt } = {}) => {
      // Refused before the octets travel, as everywhere.
      await calls.get('/v1/mail/changes', { owner, mailbox, since: String(Number.MAX_SAFE_INTEGER) });
      const received: Query = receivedAt === undefined ? {} : { received_at: receivedAt };
      return new RemoteDraft(calls, { owner, mailbox, flags: flags.join(','), ...received });
    },
    copy: async (mailbox, uids, to) => {
      return copiedOf(await calls.post('/v1/mail/copy', { uids: [...uids], to }, { owner, mailbox }));
    },
    move: async (mailbox, uids, to) => {
      return copiedOf(await calls.post('/v1/mail/move', { uids: [...uids], to }, { owner, mailbox }));
    },
    create: (mailbox, how) => done('create', mailbox, how?.use ? { use: how.use } : {}),
    drop: (mailbox) => done('drop', mailbox, {}),
    rename: (mailbox, to) => done('rename', mailbox, { to }),
    subscribe: (mailbox, on) => done('subscribe', mailbox, { on }),
  };
}

/** Travels as a whole when it is committed. */
class RemoteDraft implements MailDraft {
  readonly #calls: Calls;
  readonly #query: Query;
  #chunks: Uint8Array[] = [];
  #open = true;

  constructor(calls: Calls, query: Query) {
    this.#calls = calls;
    this.#query = query;
  }

  write(chunk: Uint8Array): undefined {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#chunks.push(chunk);
  }

  async commit(): Promise<MailReceipt> {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#open = false;
    const it = record(await this.#calls.send('/v1/mail/append', this.#query, Buffer.concat(this.#chunks)));
    return {
      id: text(it, 'id'),
      size: number(it, 'size'),
      results: [],
      uid: number(it, 'uid'),
      uidValidity: number(it, 'uid_validity'),
    };
  }

  async abort(): Promise<void> {
    this.#open = false;
    this.#chunks = [];
  }
}
