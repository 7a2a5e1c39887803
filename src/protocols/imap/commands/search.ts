import { type Answer, no, ok } from '../answer.ts';
import { foldNews, report } from '../news.ts';
import { Evaluation } from '../search/evaluate.ts';
import { KeyReader } from '../search/keys.ts';
import { readReturn, tellFound } from '../search/results.ts';

const CHARSETS = ['US-ASCII', 'UTF-8'];

/** SEARCH (RFC 9051 section 6.4.4). */
export const search: Answer = async (session, { tag, cursor, uid }) => {
  cursor.space();
  const options = readReturn(cursor);
  if (cursor.match(/CHARSET /iy)) {
    const charset = cursor.astring('a charset').toUpperCase();
    if (!CHARSETS.includes(charset)) return no('UTF-8 or US-ASCII', `BADCHARSET (${CHARSETS.join(' ')})`);
    cursor.space();
  }
  // A search that fails leaves nothing kept (RFC 5182 section 2.1).
  const saved = session.saved;
  if (options?.has('SAVE')) session.saved = [];
  const reader = new KeyReader(cursor, Date.now());
  const key = reader.all();
  cursor.end();
  if (reader.modseq) session.enabled.add('CONDSTORE');
  // What came in a moment ago is found, whoever asked for it first.
  await foldNews(session);
  if (session.over) return undefined;
  const view = session.view!;
  const everything = Uint32Array.from({ length: view.count }, (_, index) => index).filter(
    (index) => !view.isGone(index),
  );
  const now = options?.has('SAVE') ? session.saved : undefined;
  if (now) session.saved = saved;
  const indices = await new Evaluation(session).filter(key, everything);
  if (now) session.saved = now;
  tellFound(session, { tag, uid, indices, options, modseq: reader.modseq });
  report(session, { expunge: uid });
  return ok('found');
};
