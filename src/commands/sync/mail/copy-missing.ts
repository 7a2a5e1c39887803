/** Messages that the target lacks go over: several in one step where it can, and remembered as they do. */
import type { MailDraft, MailReceipt } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { printsOf } from './fingerprint.ts';
import { type Carried, carriedFrom } from './messages.ts';
import type { SyncState } from './state.ts';
import type { MailboxTask, SyncRules } from './task.ts';
import { type SyncView, viewOf } from './view.ts';

/** Messages that go over in one step. */
const TOGETHER = 100;

export async function copyMissing(
  task: MailboxTask,
  state: SyncState,
  uids: readonly number[],
  source: SyncView,
  rules: SyncRules,
): Promise<void> {
  const { from, to, mailbox } = task;
  if (uids.length > 0 && !to.mail.append) throw new CsError('CS_UNSUPPORTED', `${to.shown} takes no messages`);
  if (rules.dryRun) {
    for (const { uid, size, says } of await printsOf(from.mail, mailbox, uids, rules.moved))
      await rules.ledger.add({ action: 'copied', mailbox, uid, bytes: size, message_id: says });
    return;
  }
  const left = new Set(uids);
  for await (const batch of carriedFrom(from.mail, mailbox, uids)) {
    for (const { uid } of batch) left.delete(uid);
    for (let at = 0; at < batch.length; at += TOGETHER) {
      rules.signal.throwIfAborted();
      await copyTogether(task, state, batch.slice(at, at + TOGETHER), source, rules);
    }
  }
  if (left.size > 0) await missed(task, [...left], rules);
}

/** A message that was there, and was not handed out when it was asked for: gone meanwhile, or a failure. */
async function missed({ from, mailbox }: MailboxTask, uids: readonly number[], { ledger }: SyncRules): Promise<void> {
  const there = new Set((await viewOf(from.mail, mailbox)).flags.keys());
  for (const uid of uids.filter((one) => there.has(one)))
    await ledger.fail(
      mailbox,
      new CsError('CS_PEER_PROTOCOL', 'the source lists the message and does not hand it out'),
      uid,
    );
}

/** In one step where the target can; where that is refused, each by itself: one bad message must not keep the others. */
async function copyTogether(
  task: MailboxTask,
  state: SyncState,
  batch: readonly Carried[],
  source: SyncView,
  rules: SyncRules,
): Promise<void> {
  const { commitAll } = task.to.mail;
  if (commitAll && batch.length > 1) {
    try {
      const drafts: MailDraft[] = [];
      for (const one of batch) drafts.push(await drafted(task, one, source, rules));
      state.begin(batch.map(({ uid }) => uid));
      await done(task, state, batch, await commitAll(drafts), rules);
      return;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      state.ended(batch.map(({ uid }) => uid));
    }
  }
  for (const one of batch) {
    try {
      const draft = await drafted(task, one, source, rules);
      state.begin([one.uid]);
      await done(task, state, [one], [await draft.commit()], rules);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      state.ended([one.uid]);
      await rules.ledger.fail(task.mailbox, error, one.uid);
    }
  }
}

/** The target does not want this message, and may want the next. */
function isRefusal(error: unknown): boolean {
  const codes = ['CS_PEER_REFUSED', 'CS_INPUT', 'CS_LIMIT', 'CS_NOT_FOUND', 'CS_CHANGED'];
  return error instanceof CsError && codes.includes(error.code);
}

async function drafted(
  { to, toMailbox }: MailboxTask,
  one: Carried,
  source: SyncView,
  { moved }: SyncRules,
): Promise<MailDraft> {
  const flags = (source.flags.get(one.uid) ?? []).filter((flag) => !/^\\recent$/i.test(flag));
  const receivedAt = new Date(one.receivedAt).toISOString();
  const draft = await to.mail.append!(toMailbox, { flags, receivedAt });
  try {
    for await (const chunk of one.octets()) {
      await draft.write(chunk);
      moved();
    }
    return draft;
  } catch (error) {
    await draft.abort();
    throw error;
  }
}

/** Remembered first, told then. */
async function done(
  { from, to, mailbox }: MailboxTask,
  state: SyncState,
  batch: readonly Carried[],
  receipts: readonly MailReceipt[],
  { ledger, moved }: SyncRules,
): Promise<void> {
  const pairs = batch.map(({ uid }, at) => [uid, receipts[at]?.uid ?? 0] as const);
  state.add(pairs.filter(([one, other]) => other !== 0 && from.isLasting(one) && to.isLasting(other)));
  moved();
  for (const [at, { uid, size, messageId }] of batch.entries()) {
    const other = receipts[at]?.uid ?? 0;
    const id = messageId === undefined ? {} : { message_id: messageId };
    await ledger.add({ action: 'copied', mailbox, uid, ...(other === 0 ? {} : { to_uid: other }), bytes: size, ...id });
  }
}
