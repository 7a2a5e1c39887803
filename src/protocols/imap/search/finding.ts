/** What SEARCH, SORT and THREAD have in common: which messages a program of keys names, of all that are here now. */
import { foldNews } from '../news.ts';
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { Evaluation } from './evaluate.ts';
import { type Key, KeyReader } from './keys.ts';

export const CHARSETS = ['US-ASCII', 'UTF-8'];

export interface Program {
  readonly key: Key;
  readonly modseq: boolean;
  /** Message numbers are among them. */
  readonly numbered: boolean;
}

/** All keys up to the line's end. */
export function readProgram(session: Session, cursor: Cursor): Program {
  const reader = new KeyReader(cursor, Date.now());
  const key = reader.all();
  cursor.end();
  if (reader.modseq) session.enabled.add('CONDSTORE');
  return { key, modseq: reader.modseq, numbered: reader.numbered };
}

/** Ascending indices. What came in a moment ago is found, whoever asked for it first. */
export async function find(session: Session, key: Key): Promise<Uint32Array> {
  await foldNews(session);
  if (session.over) return new Uint32Array(0);
  const view = session.view!;
  const all = Uint32Array.from({ length: view.count }, (_, index) => index);
  return new Evaluation(session).filter(
    key,
    all.filter((index) => !view.isGone(index)),
  );
}
