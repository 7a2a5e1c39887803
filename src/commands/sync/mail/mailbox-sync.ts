/** One mailbox becomes what another is: missing messages are copied, flags follow, and what is too many is found. */
import { setTimeout } from 'node:timers/promises';
import type { MailDraft, MailReceipt, MailStore } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import type { MailEnd } from '../../places/mail-end.ts';
import type { MailLedger } from '../../transfers/mail/ledger.ts';
import { pairUp, printsOf } from './fingerprint.ts';
import { type Carried, carriedFrom } from './messages.ts';
import { SyncState } from './state.ts';
import { comparable, type SyncView, viewOf } from './view.ts';

export interface MailboxTask {
  readonly from: MailEnd;
  readonly to: MailEnd;
  readonly mailbox: string;
  readonly toMailbox: string;
  /** False: it would be made, and is empty. */
  readonly there: boolean;
}

export interface SyncRules {
  readonly dryRun: boolean;
  readonly ledger: MailLedger;
  /** Where it is remembered; undefined: nowhere. */
  readonly states: string | undefined;
  readonly signal: AbortSignal;
  /** Something came or went. */
  readonly moved: () => void;
  /** Milliseconds in which a message may still arrive that an earlier run had handed over when it ended. */
  readonly settling: number;
}

/** Milliseconds between two looks. */
const LOOK = 200;
/** Messages that go over in one step. */
const TOGETHER = 100;

/** Resolves to what only the target has. */
export async function syncMailbox(task: MailboxTask, rules: SyncRules): Promise<readonly number[]> {
  const { from, to, mailbox, toMailbox, there } = task;
  const source = await viewOf(from.mail, mailbox);
  const target = there ? await viewOf(to.mail, toMailbox) : { uidValidity: 0, flags: new Map() };
  rules.moved();
  const key = { from: from.home, to: to.home, mailbox, toMailbox };
  const validity = { from: source.uidValidity, to: target.uidValidity };
  // Without a UIDVALIDITY a uid is a number of today (POP3 without lasting ids): nothing of it is remembered.
  const lasting = validity.from > 0 && validity.to > 0;
  using state = SyncState.open(lasting ? rules.states : undefined, key, validity, rules.dryRun);
  const pairs = await knownPairs(task, state, source, target, rules);
  const late = await arrivedLate(task, state, { source, target, pairs }, rules);
  await setFlags(task, state, pairs, { source, target: late }, rules);
  const missing = [...source.flags.keys()].filter((uid) => !pairs.has(uid));
  rules.ledger.same(pairs.size);
  await copyMissing(task, state, missing, source, rules);
  const kept = new Set(pairs.values());
  return [...late.flags.keys()].filter((uid) => !kept.has(uid));
}

/** What is on both sides: as it is remembered, and for the rest as the messages say. */
async function knownPairs(
  { from, to, mailbox, toMailbox }: MailboxTask,
  state: SyncState,
  source: SyncView,
  target: SyncView,
  { moved }: SyncRules,
): Promise<Map<number, number>> {
  const pairs = new Map([...state.pairs].filter(([one, other]) => source.flags.has(one) && target.flags.has(other)));
  const used = new Set(pairs.values());
  const left = [...source.flags.keys()].filter((uid) => !pairs.has(uid));
  const right = [...target.flags.keys()].filter((uid) => !used.has(uid));
  if (left.length === 0 || right.length === 0) return pairs;
  const found = pairUp(
    await printsOf(from.mail, mailbox, left, moved),
    await printsOf(to.mail, toMailbox, right, moved),
  );
  for (const [one, other] of found) pairs.set(one, other);
  state.add(found.filter(([one, other]) => from.isLasting(one) && to.isLasting(other)));
  return pairs;
}

/**
 * A run that was cut had handed messages over, and its server may be about to store them: they are waited for, a moment, before
 * they are handed over again. Resolves to the target as it is then, and completes the pairs.
 */
async function arrivedLate(
  task: MailboxTask,
  state: SyncState,
  known: { readonly source: SyncView; readonly target: SyncView; readonly pairs: Map<number, number> },
  rules: SyncRules,
): Promise<SyncView> {
  const { from, to, mailbox, toMailbox } = task;
  const { source, pairs } = known;
  let { target } = known;
  const missing = (): number[] => [...state.begun].filter((uid) => source.flags.has(uid) && !pairs.has(uid));
  const until = performance.now() + rules.settling;
  while (!rules.dryRun && missing().length > 0 && performance.now() < until) {
    await setTimeout(LOOK, undefined, { signal: rules.signal });
    const now = await viewOf(to.mail, toMailbox);
    const news = [...now.flags.keys()].filter((uid) => !target.flags.has(uid));
    target = now;
    rules.moved();
    if (news.length === 0) continue;
    const prints = await printsOf(from.mail, mailbox, missing(), rules.moved);
    const found = pairUp(prints, await printsOf(to.mail, toMailbox, news, rules.moved));
    for (const [one, other] of found) pairs.set(one, other);
    state.add(found.filter(([one, other]) => from.isLasting(one) && to.isLasting(other)));
  }
  if (!rules.dryRun) state.ended([...state.begun]);
  return target;
}

/** Messages with the same flags to be given are told together. */
async function setFlags(
  { to, toMailbox, mailbox }: MailboxTask,
  state: SyncState,
  pairs: ReadonlyMap<number, number>,
  { source, target }: { readonly source: SyncView; readonly target: SyncView },
  { dryRun, ledger, moved }: SyncRules,
): Promise<void> {
  if (!to.mail.flag) return;
  const groups = new Map<string, { readonly flags: readonly string[]; readonly uids: Map<number, number> }>();
  for (const [uid, other] of pairs) {
    const flags = source.flags.get(uid) ?? [];
    const wanted = comparable(flags, state.unkept).join(' ');
    if (wanted === comparable(target.flags.get(other) ?? [], state.unkept).join(' ')) continue;
    const group = groups.get(wanted) ?? { flags: keepable(flags, state.unkept), uids: new Map() };
    group.uids.set(other, uid);
    groups.set(wanted, group);
  }
  for (const { flags, uids } of groups.values()) {
    const changed = dryRun
      ? [...uids.keys()].map((uid) => ({ uid, flags }))
      : await applied(to.mail, toMailbox, uids, flags);
    moved();
    for (const { uid, flags: now } of changed) {
      const before = comparable(target.flags.get(uid) ?? [], state.unkept).join(' ');
      const after = comparable(now, state.unkept);
      state.cannotKeep(comparable(flags, state.unkept).filter((flag) => !after.includes(flag)));
      if (after.join(' ') !== before)
        await ledger.add({ action: 'flagged', mailbox, uid: uids.get(uid)!, to_uid: uid });
    }
  }
}

async function applied(mail: MailStore, mailbox: string, uids: ReadonlyMap<number, number>, flags: readonly string[]) {
  const { changed } = await mail.flag!(mailbox, [...uids.keys()], 'replace', flags);
  return changed.filter(({ uid }) => uids.has(uid));
}

function keepable(flags: readonly string[], unkept: ReadonlySet<string>): readonly string[] {
  return flags.filter((flag) => !unkept.has(flag.toLowerCase()) && !/^\\recent$/i.test(flag));
}

async function copyMissing(
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
