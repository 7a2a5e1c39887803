/** SORT (RFC 5256 section 3) with DISPLAY (RFC 5957) and ESORT (RFC 5267 section 3). */
import { type Answer, no, ok, UID_REQUIRED } from '../answer.ts';
import { report } from '../news.ts';
import { withProgress } from '../progress.ts';
import { CHARSETS, find, readProgram } from '../search/finding.ts';
import { keeping, readReturn, tellFound } from '../search/results.ts';
import { readCriteria } from '../sort/criteria.ts';
import { sortFacts } from '../sort/facts.ts';

export const sort: Answer = (session, { tag, cursor, uid }) => {
  cursor.space();
  const returned = readReturn(cursor);
  return keeping(session, returned, async () => {
    const compare = readCriteria(cursor);
    cursor.space();
    if (!CHARSETS.includes(cursor.astring('a charset').toUpperCase())) {
      return no('UTF-8 or US-ASCII', `BADCHARSET (${CHARSETS.join(' ')})`);
    }
    cursor.space();
    const { key, modseq, numbered } = readProgram(session, cursor);
    if (numbered && session.uidOnly) return UID_REQUIRED;
    const { indices, facts } = await withProgress(session, tag, async () => {
      const found = await find(session, key);
      return { indices: found, facts: session.over ? [] : await sortFacts(session, found) };
    });
    if (session.over) return undefined;
    const order = facts.sort(compare).map(({ index }) => index);
    tellFound(session, { tag, uid, indices, order, returned, modseq });
    report(session, { expunge: uid });
    return ok('sorted');
  });
};
