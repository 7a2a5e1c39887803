/** One mailbox becomes what another is: missing messages are copied, flags follow, and what is too many is found. */
import { setTimeout } from 'node:timers/promises';
import type { MailStore } from '../../../contracts/mail.ts';
import { copyMissing } from './copy-missing.ts';
import { pairUp, printsOf } from './fingerprint.ts';
import { SyncState } from './state.ts';
import type { MailboxTask, SyncRules } from './task.ts';
import { comparable, type SyncView, viewOf } from './view.ts';

/** Milliseconds between two looks. */
const LOOK = 200;

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
