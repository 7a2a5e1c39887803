import { type Answer, no, ok, UID_REQUIRED } from '../answer.ts';
import { report } from '../news.ts';
import { withProgress } from '../progress.ts';
import { CHARSETS, find, readProgram } from '../search/finding.ts';
import { readReturn, tellFound } from '../search/results.ts';

/** SEARCH (RFC 9051 section 6.4.4). */
export const search: Answer = async (session, { tag, cursor, uid }) => {
  cursor.space();
  const returned = readReturn(cursor);
  if (cursor.match(/CHARSET /iy)) {
    const charset = cursor.astring('a charset').toUpperCase();
    if (!CHARSETS.includes(charset)) return no('UTF-8 or US-ASCII', `BADCHARSET (${CHARSETS.join(' ')})`);
    cursor.space();
  }
  const { saved } = session;
  try {
    const { key, modseq, numbered } = readProgram(session, cursor);
    if (numbered && session.uidOnly) return UID_REQUIRED;
    const indices = await withProgress(session, tag, () => find(session, key));
    if (session.over) return undefined;
    tellFound(session, { tag, uid, indices, order: undefined, returned, modseq });
  } catch (error) {
    // A search that fails leaves nothing kept (RFC 5182 section 2.1).
    if (returned?.options.has('SAVE') && session.saved === saved) session.saved = [];
    throw error;
  }
  report(session, { expunge: uid });
  return ok('found');
};
