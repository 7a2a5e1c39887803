import type { MailDraft, MailStore } from '../../../contracts/mail.ts';
import type { ClientContext } from '../../../contracts/protocol.ts';
import type { Account } from './account.ts';
import { commitDrafts, type ImapDraft, openDraft } from './append.ts';
import { copyMessages, flagMessages, moveMessages, removeMessages } from './changing.ts';
import { containing } from './contains.ts';
import { listEntries, readMessage } from './entries.ts';
import { listMailboxes, mailboxChanges } from './mailboxes.ts';
import { readQuota } from './quota.ts';
import { scanMessages } from './scanning.ts';
import { changesSince, openView } from './views.ts';
import { watchMailbox } from './watching.ts';

/** An account at the far end as a store; what its server cannot do is absent. */
export function remoteStore(account: Account, ctx: Pick<ClientContext, 'target'>): MailStore {
  const { can } = account;
  return {
    mailboxes: () => listMailboxes(account),
    list: (mailbox, uids) => listEntries(account, mailbox, uids),
    read: (mailbox, uid, range) => readMessage(account, mailbox, uid, range),
    remove: (mailbox, uids) => removeMessages(account, mailbox, uids),
    open: (mailbox) => openView(account, mailbox),
    scan: (mailbox, uids, wish) => scanMessages(account, mailbox, uids, wish),
    contains: (mailbox, where, text, uids) => containing(account, mailbox, where, text, uids),
    append: (mailbox, how) => openDraft(account, mailbox, how),
    flag: (mailbox, uids, change, flags, how) => flagMessages(account, mailbox, uids, change, flags, how),
    copy: (mailbox, uids, to) => copyMessages(account, mailbox, uids, to),
    ...mailboxChanges(account),
    ...(can.has('MOVE') || can.has('UIDPLUS')
      ? ({ move: (mailbox, uids, to) => moveMessages(account, mailbox, uids, to) } satisfies Partial<MailStore>)
      : {}),
    ...(can.has('MULTIAPPEND')
      ? { commitAll: (drafts: readonly MailDraft[]) => commitDrafts(drafts as readonly ImapDraft[]) }
      : {}),
    ...(can.has('CONDSTORE')
      ? { changes: (mailbox: string, since: number) => changesSince(account, mailbox, since) }
      : {}),
    ...(can.has('IDLE') ? { watch: (signal: AbortSignal) => watchMailbox(account, ctx, signal) } : {}),
    ...(can.has('QUOTA') ? { quota: () => readQuota(account) } : {}),
  };
}
