/** THREAD (RFC 5256 section 3). */
import { type Answer, bad, no, ok, UID_REQUIRED } from '../answer.ts';
import { report } from '../news.ts';
import { withProgress } from '../progress.ts';
import { CHARSETS, find, readProgram } from '../search/finding.ts';
import { sortFacts } from '../sort/facts.ts';
import { type Algorithm, formatThreads, orderedSubject, references } from '../sort/thread.ts';

const ALGORITHMS: Readonly<Record<string, Algorithm>> = { ORDEREDSUBJECT: orderedSubject, REFERENCES: references };

export const thread: Answer = async (session, { tag, cursor, uid }) => {
  cursor.space();
  const algorithm = ALGORITHMS[cursor.word('an algorithm')];
  if (!algorithm) return bad('ORDEREDSUBJECT or REFERENCES');
  cursor.space();
  if (!CHARSETS.includes(cursor.astring('a charset').toUpperCase())) {
    return no('UTF-8 or US-ASCII', `BADCHARSET (${CHARSETS.join(' ')})`);
  }
  cursor.space();
  const { key, numbered } = readProgram(session, cursor);
  if (numbered && session.uidOnly) return UID_REQUIRED;
  const facts = await withProgress(session, tag, async () => {
    const indices = await find(session, key);
    return session.over ? [] : sortFacts(session, indices);
  });
  if (session.over) return undefined;
  const view = session.view!;
  const threads = algorithm(facts);
  const shown = formatThreads(threads, ({ index }) => (uid ? view.uid(index) : index + 1));
  session.tell(shown === '' ? 'THREAD' : `THREAD ${shown}`);
  report(session, { expunge: uid });
  return ok('threaded');
};
