/** FETCH (RFC 9051 section 6.4.5), with CHANGEDSINCE and VANISHED (RFC 7162 sections 3.1.4 and 3.2.6). */
import type { Answer } from '../answer.ts';
import { type Item, readItems } from '../fetch/items.ts';
import { tellMessages, withFacts } from '../fetch/tell.ts';
import { indicesOf } from '../messages.ts';
import { tellVanished } from '../qresync.ts';
import { readWindow, type Window, within } from '../search/partial.ts';
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { mergeRanges, type Range, readSet, resolveSet, type SequenceSet } from '../syntax/sequence-set.ts';

const UID: Item = { kind: 'fact', fact: 'UID' };
const isUid = (item: Item): boolean => item.kind === 'fact' && item.fact === 'UID';

interface Modifiers {
  readonly changedSince: number | undefined;
  readonly vanished: boolean;
  /** Of the messages that are told (RFC 9394 section 3.3). */
  readonly window: Window | undefined;
}

export const fetch: Answer = async (session, { cursor, uid }) => {
  cursor.space();
  const set = readSet(cursor);
  cursor.space();
  const asked = readItems(cursor);
  const { changedSince, vanished, window } = readModifiers(cursor);
  cursor.end();
  if (vanished && !(uid && session.qresync && changedSince !== undefined)) {
    throw cursor.fault('VANISHED only with UID, QRESYNC and CHANGEDSINCE');
  }
  const named = uid && !session.uidOnly && !asked.some(isUid) ? [UID, ...asked] : asked;
  const items = withFacts(named, changedSince === undefined ? [] : ['MODSEQ']);
  if (items.some((item) => item.kind === 'fact' && item.fact === 'MODSEQ')) session.enabled.add('CONDSTORE');
  const view = session.view!;
  const all = indicesOf(session, set, uid);
  if (vanished) await tellVanished(session, view, changedSince!, uidRanges(session, set));
  const wanted = changedSince === undefined ? all : all.filter((index) => view.modseq(index) > changedSince);
  return tellMessages(session, window ? within(wanted, window) : wanted, items);
};

function uidRanges({ view, saved }: Session, set: SequenceSet | 'saved'): readonly Range[] {
  if (set === 'saved') return mergeRanges(saved.map((uid) => [uid, uid]));
  return resolveSet(set, Math.max(1, view!.mailbox.uidNext - 1));
}

function readModifiers(cursor: Cursor): Modifiers {
  let changedSince: number | undefined;
  let vanished = false;
  let window: Window | undefined;
  if (!cursor.accept(' ')) return { changedSince, vanished, window };
  cursor.list(() => {
    const modifier = cursor.word('a modifier');
    if (modifier === 'VANISHED') vanished = true;
    else if (modifier === 'PARTIAL') {
      cursor.space();
      window = readWindow(cursor);
    } else if (modifier === 'CHANGEDSINCE') {
      cursor.space();
      changedSince = cursor.number();
    } else throw cursor.fault('CHANGEDSINCE, PARTIAL or VANISHED');
  });
  return { changedSince, vanished, window };
}
