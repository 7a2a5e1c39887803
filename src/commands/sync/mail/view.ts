import type { MailStore } from '../../../contracts/mail.ts';

/** What there is in a mailbox: uids, ascending, with their flags. */
export interface SyncView {
  readonly uidValidity: number;
  readonly flags: ReadonlyMap<number, readonly string[]>;
}

export async function viewOf(mail: MailStore, mailbox: string): Promise<SyncView> {
  if (mail.open) {
    const { mailbox: facts, uids, flags, flagSets } = await mail.open(mailbox);
    const all = new Map<number, readonly string[]>();
    for (const [at, uid] of uids.entries()) all.set(uid, flagSets[flags[at]!] ?? []);
    return { uidValidity: facts.uidValidity, flags: all };
  }
  const facts = (await mail.mailboxes()).find(({ name }) => name === mailbox);
  const entries = await mail.list(mailbox);
  return { uidValidity: facts?.uidValidity ?? 0, flags: new Map(entries.map(({ uid, flags }) => [uid, flags])) };
}

/** Flags as a set to compare: caseless, without what the target does not keep or nobody sets. */
export function comparable(flags: readonly string[], unkept: ReadonlySet<string>): readonly string[] {
  const folded = flags.map((flag) => flag.toLowerCase()).filter((flag) => flag !== '\\recent' && !unkept.has(flag));
  return [...new Set(folded)].sort();
}
