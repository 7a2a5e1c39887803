import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawPeer } from '../../transcripts/raw-peer.ts';
import { answer, ask, Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };
const OWNER = 'ann@x.test';

async function stageWith(count: number): Promise<Stage> {
  const stage = await Stage.open();
  for (let at = 1; at <= count; at++) await stage.deliver(OWNER, `Subject: ${at}\r\n\r\ntext ${at}\r\n`);
  return stage;
}

async function leave(...peers: RawPeer[]): Promise<void> {
  for (const peer of peers) {
    peer.end();
    await peer.rest();
  }
}

test('what others remove stays numbered until it may be told', LIMIT, async () => {
  const stage = await stageWith(3);
  const [one, two] = [await stage.select(), await stage.select()];
  await ask(two, 'STORE 1 +FLAGS.SILENT (\\Deleted)');
  await ask(two, 'EXPUNGE');
  await stage.deliver(OWNER, 'Subject: 4\r\n\r\n');
  // FETCH and STORE tell what came, never what went.
  const fetched = await ask(one, 'FETCH 1:3 (UID)');
  assert.deepEqual(fetched, [
    '* 1 FETCH (UID 1)',
    '* 2 FETCH (UID 2)',
    '* 3 FETCH (UID 3)',
    '* 4 EXISTS',
    't OK fetched',
  ]);
  assert.deepEqual(await ask(one, 'FETCH 1:2 (RFC822.SIZE)'), [
    '* 2 FETCH (RFC822.SIZE 22)',
    't NO [EXPUNGEISSUED] some are gone',
  ]);
  assert.deepEqual(await ask(one, 'SEARCH ALL'), ['* SEARCH 2 3 4', 't OK found']);
  assert.deepEqual(await ask(one, 'STORE 2 +FLAGS (\\Seen)'), ['* 2 FETCH (FLAGS (\\Seen))', 't OK stored']);
  assert.deepEqual(await ask(one, 'NOOP'), ['* 1 EXPUNGE', 't OK nothing done']);
  assert.deepEqual(await ask(two, 'NOOP'), ['* 3 EXISTS', '* 1 FETCH (FLAGS (\\Seen))', 't OK nothing done']);
  assert.deepEqual(await ask(one, 'FETCH 1:* (UID FLAGS)'), [
    '* 1 FETCH (UID 2 FLAGS (\\Seen))',
    '* 2 FETCH (UID 3 FLAGS ())',
    '* 3 FETCH (UID 4 FLAGS ())',
    't OK fetched',
  ]);
  await leave(one, two);
});

test('EXPUNGE is told from the highest number down, what was never told is not', LIMIT, async () => {
  const stage = await stageWith(5);
  const [one, two] = [await stage.select(), await stage.select()];
  await stage.deliver(OWNER, 'Subject: 6\r\n\r\n');
  await ask(two, 'UID STORE 1,2,4,6 +FLAGS.SILENT (\\Deleted)');
  await ask(two, 'NOOP');
  await ask(two, 'UID STORE 6 +FLAGS.SILENT (\\Deleted)');
  await ask(two, 'EXPUNGE');
  assert.deepEqual(await ask(one, 'NOOP'), ['* 4 EXPUNGE', '* 2 EXPUNGE', '* 1 EXPUNGE', 't OK nothing done']);
  assert.deepEqual(await ask(one, 'UID SEARCH ALL'), ['* SEARCH 3 5', 't OK found']);
  await leave(one, two);
});

test('IDLE tells what happens as it happens', LIMIT, async () => {
  const stage = await stageWith(1);
  const [one, two] = [await stage.select(), await stage.select()];
  one.send('i IDLE\r\n');
  assert.equal(await one.line(), '+ idling');
  await stage.deliver(OWNER, 'Subject: 2\r\n\r\n');
  assert.equal(await one.line(), '* 2 EXISTS');
  await ask(two, 'STORE 1 +FLAGS.SILENT (\\Deleted)');
  assert.equal(await one.line(), '* 1 FETCH (FLAGS (\\Deleted))');
  await ask(two, 'EXPUNGE');
  assert.equal(await one.line(), '* 1 EXPUNGE');
  one.send('DONE\r\n');
  assert.equal(await one.line(), 'i OK idle no more');
  await leave(one, two);
});

test('QRESYNC: VANISHED in place of EXPUNGE, and what was missed at SELECT', LIMIT, async () => {
  const stage = await stageWith(4);
  const [one, two] = [await stage.select(), await stage.login()];
  const selected = await ask(one, 'EXAMINE INBOX');
  const validity = /UIDVALIDITY (\d+)/.exec(selected.join('\n'))?.[1];
  const modseq = /HIGHESTMODSEQ (\d+)/.exec(selected.join('\n'))?.[1];
  assert.deepEqual(await ask(two, 'ENABLE QRESYNC'), ['* ENABLED QRESYNC', 't OK enabled']);
  await ask(two, 'SELECT INBOX');
  await ask(two, 'STORE 1,3 +FLAGS.SILENT (\\Deleted)');
  const expunged = await ask(two, 'EXPUNGE');
  assert.equal(expunged[0], '* VANISHED 1,3');
  assert.match(expunged[1] ?? '', /^t OK \[HIGHESTMODSEQ \d+\] removed$/);
  await ask(two, 'UID STORE 4 +FLAGS.SILENT (\\Seen)');
  const again = await ask(two, `SELECT INBOX (QRESYNC (${validity} ${modseq}))`);
  assert.equal(again[0], '* OK [CLOSED] the mailbox before');
  assert.ok(again.includes('* VANISHED (EARLIER) 1,3'));
  assert.match(again.join('\n'), /\* 2 FETCH \(UID 4 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)/);
  const known = await ask(two, `SELECT INBOX (QRESYNC (${validity} ${modseq} 3:9 (1,2 3,4)))`);
  assert.ok(known.includes('* VANISHED (EARLIER) 3'));
  const other = await ask(two, `SELECT INBOX (QRESYNC (7 ${modseq}))`);
  assert.doesNotMatch(other.join('\n'), /VANISHED/);
  const changed = await ask(two, `UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`);
  assert.equal(changed[0], '* VANISHED (EARLIER) 1,3');
  assert.match(changed[1] ?? '', /^\* 2 FETCH \(UID 4 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$/);
  await leave(one, two);
});

test('CLOSE tells no modseq: what others changed was not told', LIMIT, async () => {
  const stage = await stageWith(2);
  const peer = await stage.login();
  await ask(peer, 'ENABLE QRESYNC');
  await ask(peer, 'SELECT INBOX');
  await ask(peer, 'STORE 1 +FLAGS.SILENT (\\Deleted)');
  const other = await stage.select();
  await ask(other, 'STORE 2 +FLAGS.SILENT (\\Seen)');
  assert.deepEqual(await ask(peer, 'CLOSE'), ['t OK left']);
  await leave(peer, other);
});

test('VANISHED names what was told alone', LIMIT, async () => {
  const stage = await stageWith(2);
  const [one, two] = [await stage.login(), await stage.select()];
  await ask(one, 'ENABLE QRESYNC');
  await ask(one, 'SELECT INBOX');
  await ask(two, 'APPEND INBOX (\\Deleted) {3+}\r\nabc');
  await ask(two, 'STORE 1 +FLAGS.SILENT (\\Deleted)');
  const [gone, done] = await ask(one, 'EXPUNGE');
  assert.equal(gone, '* VANISHED 1');
  assert.match(done ?? '', /^t OK \[HIGHESTMODSEQ \d+\] removed$/);
  assert.deepEqual(await ask(one, 'FETCH 1 UID'), ['* 1 FETCH (UID 2)', 't OK fetched']);
  await leave(one, two);
});

test('a mailbox that is dropped while it is open ends the session, a renamed one goes on', LIMIT, async () => {
  const stage = await stageWith(1);
  const two = await stage.login();
  await ask(two, 'CREATE a');
  await ask(two, 'CREATE a/b');
  const one = await stage.select('a/b');
  assert.deepEqual(await ask(one, 'RENAME a c'), ['t OK renamed']);
  assert.deepEqual(await ask(one, 'NOOP'), ['t OK nothing done']);
  assert.deepEqual(await ask(two, 'DELETE c/b'), ['t OK removed']);
  assert.deepEqual(await ask(one, 'NOOP'), ['* BYE the mailbox is gone']);
  assert.deepEqual((await ask(two, 'SELECT c')).at(-1), 't OK [READ-WRITE] opened');
  assert.deepEqual(await ask(two, 'DELETE c'), ['* OK [CLOSED] the mailbox is gone', 't OK removed']);
  assert.deepEqual(await ask(two, 'CHECK'), ['t BAD CHECK is not for the authenticated state']);
  await leave(one, two);
});

test('large messages pass through, whole, in part and decoded', LIMIT, async () => {
  const stage = await Stage.open();
  const octets = Buffer.alloc(700_000, 'abc\0defg');
  const coded = octets.toString('base64').replace(/.{76}/g, '$&\r\n');
  const mail = `Subject: big\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/x-y\r\n\r\n${coded}\r\n`;
  await stage.deliver(OWNER, mail);
  const peer = await stage.select();
  peer.send('t FETCH 1 (BODY.PEEK[] FLAGS)\r\n');
  assert.equal(await peer.line(), `* 1 FETCH (BODY[] {${mail.length}}`);
  assert.equal((await peer.octets(mail.length)).toString('latin1'), mail);
  assert.equal(await peer.line(), ' FLAGS ())');
  await answer(peer, 't');
  peer.send('t FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1] BINARY.PEEK[1]<699990.100>)\r\n');
  assert.equal(await peer.line(), '* 1 FETCH (BINARY[1] ~{700000}');
  assert.ok((await peer.octets(700_000)).equals(octets));
  assert.equal(await peer.line(), ' BINARY.SIZE[1] 700000 BINARY[1]<699990> ~{10}');
  assert.ok((await peer.octets(10)).equals(octets.subarray(-10)));
  await answer(peer, 't');
  peer.send('t FETCH 1 (BODY.PEEK[1]<100.10> BODY.PEEK[TEXT]<0.5>)\r\n');
  assert.equal(await peer.line(), '* 1 FETCH (BODY[1]<100> {10}');
  assert.equal((await peer.octets(10)).toString(), coded.slice(100, 110));
  await answer(peer, 't');
  await leave(peer);
});

test('PREVIEW of a large message reads its beginning alone', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver(OWNER, `Subject: big\r\n\r\nhello\r\n${'words and '.repeat(70_000)}\r\n`);
  const peer = await stage.select();
  const words = `hello ${'words and '.repeat(20)}`.slice(0, 200).trimEnd();
  assert.deepEqual(await ask(peer, 'FETCH 1 (UID PREVIEW FLAGS)'), [
    `* 1 FETCH (UID 1 PREVIEW "${words}" FLAGS ())`,
    't OK fetched',
  ]);
  await leave(peer);
});
