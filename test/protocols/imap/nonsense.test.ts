/** Commands that are nearly right: each is answered, and none shows a fault of ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../property.ts';
import { ask, Stage } from './stage.ts';

const WORDS = [
  ...[
    'FETCH',
    'UID',
    'STORE',
    'SEARCH',
    'SORT',
    'THREAD',
    'COPY',
    'MOVE',
    'LIST',
    'LSUB',
    'STATUS',
    'SELECT',
    'EXAMINE',
  ],
  ...[
    'CREATE',
    'DELETE',
    'RENAME',
    'SUBSCRIBE',
    'ENABLE',
    'GETQUOTAROOT',
    'ID',
    'EXPUNGE',
    'NAMESPACE',
    'NOOP',
    'UNSELECT',
  ],
  ...[
    '1',
    '1:*',
    '*',
    '2,1',
    '$',
    '4294967295',
    '0',
    '99999999999',
    'INBOX',
    'a',
    'a/b',
    '"a b"',
    '"\\""',
    'NIL',
    '()',
    '(',
    ')',
  ],
  ...[
    'FLAGS',
    '+FLAGS',
    '-FLAGS.SILENT',
    '(\\Seen)',
    '\\Deleted',
    '(x y)',
    'BODY[]',
    'BODY.PEEK[HEADER.FIELDS (SUBJECT X)]',
  ],
  ...[
    'BODY[1.2.MIME]<0.9>',
    'BINARY[1]',
    'BINARY.SIZE[1]',
    '(UID FLAGS ENVELOPE BODYSTRUCTURE)',
    'BODY',
    'RFC822',
    'ALL',
    'FULL',
  ],
  ...[
    '(CHANGEDSINCE 1)',
    '(CHANGEDSINCE 1 VANISHED)',
    '(UNCHANGEDSINCE 2)',
    '(CONDSTORE)',
    '(QRESYNC (1 1))',
    'MODSEQ',
    'MODSEQ 1',
  ],
  ...[
    'RETURN (MIN MAX COUNT SAVE)',
    'RETURN ()',
    'NOT',
    'OR',
    'SUBJECT',
    'x',
    'BODY',
    'SINCE',
    '1-Feb-1994',
    'LARGER',
    'OLDER',
    '10',
  ],
  ...[
    '(REVERSE DATE)',
    '(SUBJECT)',
    'UTF-8',
    'REFERENCES',
    'ORDEREDSUBJECT',
    'CHARSET',
    '(MESSAGES UNSEEN DELETED)',
    '%',
    '*%*',
  ],
  ...[
    'RETURN (SUBSCRIBED STATUS (UIDNEXT))',
    '(SUBSCRIBED RECURSIVEMATCH)',
    'QRESYNC',
    'UTF8=ACCEPT',
    'IMAP4rev2',
    '{3+}\r\na b',
    '~{2+}\r\n\0\0',
  ],
];

test('whatever is said is answered, and is no fault of ours', { timeout: 120_000 }, async () => {
  const stage = await Stage.open();
  const part = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n';
  await stage.deliver(
    'ann@x.test',
    `Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part}${part}--b--\r\n`,
  );
  await stage.deliver('ann@x.test', 'Subject: Re: x\r\nDate: Mon, 7 Feb 1994 10:00:00 +0000\r\n\r\ntext\r\n');
  const commands = fc.array(fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(commands, async (all) => {
      const peer = await stage.select();
      for (const words of all) {
        const said = await ask(peer, words.join(' '));
        assert.match(said.at(-1) ?? '', /^(t (OK|NO|BAD) |\* BYE )/, words.join(' '));
        assert.doesNotMatch(said.join('\n'), /SERVERBUG|undefined|NaN|\[object/, words.join(' '));
      }
      peer.end();
      await peer.rest();
    }),
    { numRuns: Number(process.env.CS_RUNS ?? 300) },
  );
});
