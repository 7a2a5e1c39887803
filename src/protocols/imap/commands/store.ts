/** STORE (RFC 9051 section 6.4.6) with UNCHANGEDSINCE (RFC 7162 section 3.1.3). */
import type { FlagChange } from '../../../contracts/mail.ts';
import { type Answer, no, ok } from '../answer.ts';
import { readIndices } from '../messages.ts';
import { tellFlags } from '../news.ts';
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { lasting, readFlags } from '../syntax/flags.ts';
import { formatSet } from '../syntax/sequence-set.ts';

const CHANGES: Readonly<Record<string, FlagChange>> = { '': 'replace', '+': 'add', '-': 'remove' };

export const store: Answer = async (session, { cursor, uid }) => {
  cursor.space();
  const indices = readIndices(session, cursor, uid);
  cursor.space();
  const unchangedSince = cursor.peek === '(' ? readUnchangedSince(session, cursor) : undefined;
  const change = CHANGES[cursor.match(/[+-]?/y)?.[0] ?? ''] ?? 'replace';
  if (!cursor.match(/FLAGS(?![A-Za-z])/iy)) throw cursor.fault('FLAGS');
  const silent = cursor.match(/\.SILENT/iy) !== undefined;
  cursor.space();
  const flags = lasting(readFlags(cursor, { bare: true }));
  cursor.end();
  const view = session.writable;
  const how = unchangedSince === undefined ? {} : { unchangedSince };
  const { changed, refused } = await session.able('flag')(view.name, view.uidsOf(indices), change, flags, how);
  for (const state of changed) view.learn(state, false);
  tell(session, indices, {
    uid,
    silent,
    changed: new Set(changed.map((state) => state.uid)),
    refused: new Set(refused),
  });
  if (refused.length > 0)
    return ok('some had changed', `MODIFIED ${formatSet(uid ? refused : numbers(session, refused))}`);
  const lost = indices.some((index) => view.isGone(index));
  return lost ? no('some are gone', 'EXPUNGEISSUED') : ok('stored');
};

function readUnchangedSince(session: Session, cursor: Cursor): number {
  cursor.expect('(');
  if (cursor.word() !== 'UNCHANGEDSINCE') throw cursor.fault('UNCHANGEDSINCE');
  cursor.space();
  const modseq = cursor.number();
  cursor.expect(')');
  cursor.space();
  session.enabled.add('CONDSTORE');
  return modseq;
}

function numbers(session: Session, uids: readonly number[]): number[] {
  return uids.map((uid) => session.view!.indexOf(uid) + 1);
}

interface Stored {
  readonly uid: boolean;
  readonly silent: boolean;
  readonly changed: ReadonlySet<number>;
  readonly refused: ReadonlySet<number>;
}

function tell(session: Session, indices: Uint32Array, { uid, silent, changed, refused }: Stored): void {
  const view = session.view!;
  for (const index of indices) {
    const one = view.uid(index);
    if (refused.has(one) || view.isGone(index)) continue;
    if (!silent) {
      tellFlags(session, view, index, uid || session.condstore);
      view.knows(index);
    } else if (session.condstore && changed.has(one)) {
      session.tell(`${session.about(index)} (${session.uidOnly ? '' : `UID ${one} `}MODSEQ (${view.modseq(index)}))`);
    }
  }
}
