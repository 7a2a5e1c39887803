import type { Mailbox, MailEntry, MailStore } from '../../contracts/mail.ts';
import type { Calls } from './calls.ts';
import { changing } from './remote-mailboxes.ts';
import { viewing } from './remote-views.ts';
import { boxOf, entryOf, number, record } from './wording.ts';
import { originOf } from './wording-mail.ts';

/** Uids in one request's target. */
const BATCH = 500;

const EVERYTHING = '*';

/** One owner's mail in a running instance; everything captured can be looked at, flagged and removed. */
export function remoteMail(calls: Calls, owner: string): MailStore {
  const looking = { ...reading(calls, owner), ...viewing(calls, owner) };
  return owner === EVERYTHING ? looking : { ...looking, ...changing(calls, owner) };
}

function reading(calls: Calls, owner: string): MailStore {
  return {
    mailboxes: async () => {
      const boxes: Mailbox[] = [];
      for await (const line of calls.lines('/v1/mailboxes', { owner })) boxes.push(boxOf(line));
      return boxes;
    },
    list: async (mailbox, uids) => {
      const entries: MailEntry[] = [];
      for (const batch of batches(uids)) {
        const query = { owner, mailbox, ...(batch === undefined ? {} : { uids: batch.join(',') }) };
        for await (const line of calls.lines('/v1/mail', query)) entries.push(entryOf(line));
      }
      return entries;
    },
    read: (mailbox, uid, range) => calls.bytes(`/v1/mail/${uid}`, { owner, mailbox }, range),
    origin: async (mailbox, uid) => originOf(await calls.get(`/v1/mail/${uid}/origin`, { owner, mailbox })),
    remove: async (mailbox, uids) => {
      const answer = await calls.post('/v1/mail/remove', { uids }, { owner, mailbox });
      return number(record(answer), 'removed');
    },
  };
}

function batches(uids: readonly number[] | undefined): readonly (readonly number[] | undefined)[] {
  if (uids === undefined) return [undefined];
  const sorted = [...uids].sort((a, b) => a - b);
  const count = Math.ceil(sorted.length / BATCH);
  return Array.from({ length: count }, (_, index) => sorted.slice(index * BATCH, (index + 1) * BATCH));
}
