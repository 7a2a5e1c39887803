import type { MailStore } from '../../contracts/mail.ts';
import { asCsError } from '../../kit/errors.ts';
import { type Calls, throwTold } from './calls.ts';
import { boxOf, number, numbers, record, text } from './wording.ts';
import { changesOf, flagResultOf, viewOf } from './wording-mail.ts';

type Viewing = Pick<MailStore, 'open' | 'changes' | 'watch' | 'flag' | 'search' | 'contains' | 'quota'>;

export function viewing(calls: Calls, owner: string): Viewing {
  return {
    open: (mailbox) => viewOf(calls.lines('/v1/mail/view', { owner, mailbox })),
    changes: async (mailbox, since) => {
      return changesOf(await calls.get('/v1/mail/changes', { owner, mailbox, since: String(since) }));
    },
    watch: (signal) => watch(calls, owner, signal),
    flag: async (mailbox, uids, change, flags, { unchangedSince } = {}) => {
      const asked = { uids: [...uids], change, flags };
      const since = unchangedSince === undefined ? asked : { ...asked, unchanged_since: unchangedSince };
      return flagResultOf(await calls.post('/v1/mail/flag', since, { owner, mailbox }));
    },
    search: async (mailbox, words) => {
      return numbers(record(await calls.get('/v1/mail/search', { owner, mailbox, words })), 'uids');
    },
    contains: async (mailbox, where, wanted, uids) => {
      const found = record(await calls.get('/v1/mail/contains', { owner, mailbox, where, text: wanted }));
      const among = uids && new Set(uids);
      return Uint32Array.from(numbers(found, 'uids').filter((uid) => among?.has(uid) ?? true));
    },
    quota: async () => {
      const found = record(await calls.get('/v1/mail/quota', { owner }));
      const use = (name: string) => {
        const it = record(found[name] ?? null);
        return { used: number(it, 'used'), ...(it.limit === undefined ? {} : { limit: number(it, 'limit') }) };
      };
      return { bytes: use('bytes'), messages: use('messages') };
    },
  };
}

/** Ends with the signal; a lost instance is an error. */
async function* watch(calls: Calls, owner: string, signal: AbortSignal): AsyncGenerator<string> {
  try {
    for await (const line of calls.lines('/v1/mail/watch', { owner }, signal)) {
      if (signal.aborted) return;
      throwTold(line);
      const it = record(line);
      if (it.watching !== true) yield text(it, 'mailbox');
      // What happened before the stream began is told as well: of each it may be true.
      else for await (const box of calls.lines('/v1/mailboxes', { owner })) yield boxOf(box).name;
    }
  } catch (error) {
    if (!signal.aborted) throw asCsError(error);
  }
}
