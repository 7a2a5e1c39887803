import { type Answer, bad, no, ok, type Reply, UID_REQUIRED } from '../answer.ts';
import { report } from '../news.ts';
import { withProgress } from '../progress.ts';
import { CHARSETS, find, readProgram } from '../search/finding.ts';
import { keeping, readReturn, tellFound } from '../search/results.ts';
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';

/** SEARCH (RFC 9051 section 6.4.4). */
export const search: Answer = (session, { tag, cursor, uid }) => {
  cursor.space();
  const returned = readReturn(cursor);
  return keeping(session, returned, async () => {
    const refused = readCharset(session, cursor);
    if (refused) return refused;
    const { key, modseq, numbered } = readProgram(session, cursor);
    if (numbered && session.uidOnly) return UID_REQUIRED;
    const indices = await withProgress(session, tag, () => find(session, key));
    if (session.over) return undefined;
    tellFound(session, { tag, uid, indices, order: undefined, returned, modseq });
    report(session, { expunge: uid });
    return ok('found');
  });
};

function readCharset({ enabled }: Session, cursor: Cursor): Reply | undefined {
  if (!cursor.match(/CHARSET /iy)) return undefined;
  // All is UTF-8 then (RFC 6855 section 3).
  if (enabled.has('UTF8=ACCEPT')) return bad('no CHARSET after ENABLE UTF8=ACCEPT');
  if (!CHARSETS.includes(cursor.astring('a charset').toUpperCase())) {
    return no('UTF-8 or US-ASCII', `BADCHARSET (${CHARSETS.join(' ')})`);
  }
  cursor.space();
  return undefined;
}
