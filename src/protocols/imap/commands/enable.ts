import { type Answer, ok } from '../answer.ts';
import type { Extension } from '../session.ts';

const KNOWN: Readonly<Record<string, Extension>> = {
  CONDSTORE: 'CONDSTORE',
  QRESYNC: 'QRESYNC',
  'UTF8=ACCEPT': 'UTF8=ACCEPT',
  IMAP4REV2: 'IMAP4rev2',
  UIDONLY: 'UIDONLY',
};

/** RFC 5161: words that are not known here are passed over. */
export const enable: Answer = (session, { cursor }) => {
  const enabled: Extension[] = [];
  do {
    cursor.space();
    const extension = KNOWN[cursor.word('an extension')];
    if (extension && !session.enabled.has(extension)) enabled.push(extension);
    if (extension) session.enabled.add(extension);
  } while (!cursor.done);
  session.tell(['ENABLED', ...enabled].join(' '));
  return ok('enabled');
};
