/** Flags, copies and removals. What a server cannot do without touching other messages is not done. */
import type { Copied, FlagChange, FlagResult, FlagState } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { formatFlags } from '../syntax/flags.ts';
import { formatSet } from '../syntax/sequence-set.ts';
import { atom } from '../syntax/write.ts';
import { type Account, either, onData } from './account.ts';
import { inMailbox, news, onFetched, sets, uidsOf } from './mailbox.ts';
import type { Session, Tagged } from './session.ts';

const SIGNS: Readonly<Record<FlagChange, string>> = { add: '+', remove: '-', replace: '' };

export async function flagMessages(
  account: Account,
  mailbox: string,
  uids: readonly number[],
  change: FlagChange,
  flags: readonly string[],
  { unchangedSince }: { readonly unchangedSince?: number } = {},
): Promise<FlagResult> {
  const written = formatFlags(flags.filter((flag) => !/^\\recent$/i.test(flag)).map(flagWord));
  const condition = unchangedSince === undefined ? '' : ` (UNCHANGEDSINCE ${unchangedSince})`;
  const changed = new Map<number, FlagState>();
  const refused: number[] = [];
  await inMailbox(account, mailbox, true, async (session) => {
    const take = either(
      onFetched(({ uid, flags: now = [], modseq = 0 }) => {
        // What had these flags already keeps its modseq.
        const same = modseq > 0 && modseq <= session.highest;
        if (uid !== undefined && !same) changed.set(uid, { uid, flags: now, modseq });
      }),
      news,
    );
    for (const set of sets(uids)) {
      const done = await session.run({
        name: 'STORE',
        parts: [`UID STORE ${set}${condition} ${SIGNS[change]}FLAGS ${written}`],
        take,
      });
      if (done.code?.name === 'MODIFIED') refused.push(...uidsOf(done.code.args));
    }
    for (const { modseq } of changed.values()) session.heard(modseq);
  });
  const own = new Set(uids);
  const ours = [...changed.values()].filter(({ uid }) => own.has(uid) && !refused.includes(uid));
  return { changed: ours.sort((a, b) => a.uid - b.uid), refused: refused.sort((a, b) => a - b) };
}

export function flagWord(flag: string): string {
  return flag.startsWith('\\') ? `\\${atom(flag.slice(1))}` : atom(flag);
}

export function copyMessages(account: Account, mailbox: string, uids: readonly number[], to: string): Promise<Copied> {
  return carry(account, 'COPY', mailbox, uids, to);
}

/** MOVE (RFC 6851); without it COPY and UID EXPUNGE of exactly these. */
export async function moveMessages(
  account: Account,
  mailbox: string,
  uids: readonly number[],
  to: string,
): Promise<Copied> {
  if (account.can.has('MOVE')) return carry(account, 'MOVE', mailbox, uids, to);
  const copied = await carry(account, 'COPY', mailbox, uids, to);
  await removeMessages(account, mailbox, copied.from);
  return copied;
}

async function carry(
  account: Account,
  verb: 'COPY' | 'MOVE',
  mailbox: string,
  uids: readonly number[],
  to: string,
): Promise<Copied> {
  const written = account.names.written(to);
  const copied = { uidValidity: 0, from: [] as number[], to: [] as number[] };
  await inMailbox(account, mailbox, verb === 'MOVE', async (session) => {
    const heard = (code: Tagged['code']): void => {
      if (code?.name !== 'COPYUID') return;
      const [validity, from = '', target = ''] = code.args.split(' ');
      const [ours, theirs] = [uidsOf(from), uidsOf(target)];
      if (ours.length !== theirs.length) throw new CsError('CS_PEER_PROTOCOL', 'COPYUID pairs what are no pairs');
      copied.uidValidity = Number(validity);
      copied.from.push(...ours);
      copied.to.push(...theirs);
    };
    // MOVE tells it before the messages go (RFC 6851 section 4.3).
    const take = either(
      (said) => {
        if (said.kind === 'status') heard(said.code);
        return said.kind === 'status' && said.status !== 'BYE';
      },
      onFetched(() => {}),
      news,
    );
    for (const set of sets(uids)) {
      const done = await session.run({ name: verb, parts: [`UID ${verb} ${set} `, written], take });
      heard(done.code);
    }
  });
  return copied;
}

/** Resolves to how many were there. Throws `CS_UNSUPPORTED` where others' messages would go too. */
export function removeMessages(account: Account, mailbox: string, uids: readonly number[]): Promise<number> {
  return inMailbox(account, mailbox, true, async (session) => {
    let removed = 0;
    for (const set of sets(uids)) {
      const there = await searched(session, `UID ${set}`);
      if (there.length === 0) continue;
      const these = formatSet(there);
      const exact = account.can.has('UIDPLUS');
      if (!exact) await onlyThese(session, these, mailbox);
      await session.run({
        name: 'STORE',
        parts: [`UID STORE ${these} +FLAGS.SILENT (\\Deleted)`],
        take: either(
          onFetched(() => {}),
          news,
        ),
      });
      await session.run({
        name: 'EXPUNGE',
        parts: [exact ? `UID EXPUNGE ${these}` : 'EXPUNGE'],
        take: either(
          onFetched(() => {}),
          news,
        ),
      });
      removed += there.length;
    }
    return removed;
  });
}

/** A bare EXPUNGE takes everything that anybody has marked. */
async function onlyThese(session: Session, set: string, mailbox: string): Promise<void> {
  const others = await searched(session, `DELETED NOT UID ${set}`);
  if (others.length === 0) return;
  throw new CsError(
    'CS_UNSUPPORTED',
    `in ${mailbox} ${others.length} other messages are marked as deleted, and this server would remove them too`,
    {
      hint: 'unmark or remove them in the program that marked them',
    },
  );
}

/** Uids of a search, ascending. */
export async function searched(session: Session, keys: string): Promise<readonly number[]> {
  return searchedBy(session, [keys]);
}

export async function searchedBy(
  session: Session,
  keys: Parameters<Session['run']>[0]['parts'],
): Promise<readonly number[]> {
  const found = new Set<number>();
  const extended = session.capabilities.has('ESEARCH');
  const take = either(
    onData('SEARCH', ({ cursor }) => {
      const words = cursor.rest().replace(/\(.*$/, '').trim();
      for (const uid of uidsOf(words.replace(/ +/g, ','))) found.add(uid);
    }),
    onData('ESEARCH', ({ cursor }) => {
      const [, set = ''] = /(?:^| )ALL ([0-9:,]+)/i.exec(cursor.rest()) ?? [];
      for (const uid of uidsOf(set)) found.add(uid);
    }),
    news,
  );
  const front = `UID SEARCH ${extended ? 'RETURN (ALL) ' : ''}`;
  await session.run({ name: 'SEARCH', parts: [front, ...keys], take });
  return [...found].sort((a, b) => a - b);
}
