import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawPeer } from '../../transcripts/raw-peer.ts';
import { ask, Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };
const OWNER = 'ann@x.test';
/** RFC 8474 section 7. */
const ID = /\(([A-Za-z0-9_-]{1,255})\)/;

/** The id in the line of an answer that has this word. */
async function idIn(peer: RawPeer, command: string, word: string): Promise<string> {
  const line = (await ask(peer, command)).find((one) => one.includes(`${word} (`)) ?? '';
  return ID.exec(line.slice(line.indexOf(word)))?.[1] ?? assert.fail(`${command}: ${line}`);
}

test('a mailbox keeps its id when it is renamed, and no other ever has it', LIMIT, async () => {
  const stage = await Stage.open();
  const peer = await stage.login();
  assert.match((await ask(peer, 'CAPABILITY'))[0]!, / OBJECTID( |$)/);
  const made = await idIn(peer, 'CREATE Box', 'MAILBOXID');
  assert.equal(await idIn(peer, 'STATUS Box (MESSAGES MAILBOXID)', 'MAILBOXID'), made);
  await ask(peer, 'RENAME Box Other');
  assert.equal(await idIn(peer, 'SELECT Other', 'MAILBOXID'), made);
  assert.equal(await idIn(peer, 'LIST "" Other RETURN (STATUS (MAILBOXID))', 'MAILBOXID'), made);
  assert.notEqual(await idIn(peer, 'CREATE Box', 'MAILBOXID'), made);
  const inbox = await idIn(peer, 'EXAMINE INBOX', 'MAILBOXID');
  await ask(peer, 'RENAME INBOX Old');
  assert.equal(await idIn(peer, 'EXAMINE INBOX', 'MAILBOXID'), inbox);
  assert.notEqual(await idIn(peer, 'EXAMINE Old', 'MAILBOXID'), inbox);
  await ask(peer, 'DELETE Other');
  assert.notEqual(await idIn(peer, 'CREATE Other', 'MAILBOXID'), made);
});

test('a message has one id wherever it stands, and is found by it', LIMIT, async () => {
  const stage = await Stage.open();
  for (const subject of ['one', 'two']) await stage.deliver(OWNER, `Subject: ${subject}\r\n\r\n`);
  const peer = await stage.select();
  const id = await idIn(peer, 'FETCH 1 EMAILID', 'EMAILID');
  const other = await idIn(peer, 'FETCH 2 (UID EMAILID)', 'EMAILID');
  assert.notEqual(other, id);
  await ask(peer, 'CREATE Box');
  await ask(peer, 'COPY 1 Box');
  await ask(peer, 'MOVE 2 Box');
  assert.deepEqual(await ask(peer, `SEARCH EMAILID ${id}`), ['* SEARCH 1', 't OK found']);
  assert.deepEqual(await ask(peer, `SEARCH NOT EMAILID ${id}`), ['* SEARCH', 't OK found']);
  await ask(peer, 'SELECT Box');
  assert.deepEqual(
    [await idIn(peer, 'FETCH 1 EMAILID', 'EMAILID'), await idIn(peer, 'FETCH 2 EMAILID', 'EMAILID')],
    [id, other],
  );
  assert.deepEqual(await ask(peer, `UID SEARCH OR EMAILID ${other} EMAILID Mnone`), ['* SEARCH 2', 't OK found']);
  assert.deepEqual(await ask(peer, 'FETCH 1 (THREADID)'), ['* 1 FETCH (THREADID NIL)', 't OK fetched']);
  assert.deepEqual(await ask(peer, 'SEARCH THREADID T1'), ['* SEARCH', 't OK found']);
});

test('a store that knows no ids has no OBJECTID, and none are told', LIMIT, async () => {
  const { store } = await Stage.open();
  const stage = await Stage.open({
    mail: {
      ...store.mail,
      lock: (owner) => store.mail.lock(owner),
      clear: () => store.mail.clear(),
      of: async (owner) => {
        const { era: _, ...mail } = await store.mail.of(owner);
        return mail;
      },
    },
  });
  const peer = await stage.login();
  assert.doesNotMatch((await ask(peer, 'CAPABILITY'))[0]!, /OBJECTID/);
  assert.ok((await ask(peer, 'SELECT INBOX')).every((line) => !line.includes('MAILBOXID')));
  assert.deepEqual(await ask(peer, 'CREATE Box'), ['t OK made']);
  await ask(peer, 'APPEND INBOX {3+}\r\nabc');
  for (const command of ['STATUS INBOX (MAILBOXID)', 'FETCH 1 (EMAILID)', 'SEARCH EMAILID x']) {
    assert.deepEqual(await ask(peer, command), ['t NO [CANNOT] OBJECTID is not possible here'], command);
  }
});

test('SAVEDATE is when a message came into this mailbox, INTERNALDATE when it was received', LIMIT, async () => {
  const stage = await Stage.open();
  const peer = await stage.select();
  assert.match((await ask(peer, 'CAPABILITY'))[0]!, / SAVEDATE( |$)/);
  await ask(peer, 'APPEND INBOX "01-Feb-1999 10:00:00 +0000" {3+}\r\nabc');
  await ask(peer, 'NOOP');
  const [line = ''] = await ask(peer, 'FETCH 1 (INTERNALDATE SAVEDATE)');
  const [, received, saved = ''] = /INTERNALDATE "(.*?)" SAVEDATE "(.*?)"/.exec(line) ?? assert.fail(line);
  assert.equal(received, ' 1-Feb-1999 10:00:00 +0000');
  assert.ok(Math.abs(Date.parse(saved) - Date.now()) < 60_000);
  for (const [keys, found] of [
    ['SAVEDSINCE 2-Feb-1999', ' 1'],
    ['SAVEDBEFORE 2-Feb-1999', ''],
    ['SAVEDON 1-Feb-1999', ''],
    ['ON 1-Feb-1999', ' 1'],
    ['SAVEDATESUPPORTED', ' 1'],
    ['NOT SAVEDATESUPPORTED', ''],
  ]) {
    assert.deepEqual(await ask(peer, `SEARCH ${keys}`), [`* SEARCH${found}`, 't OK found'], keys);
  }
});
