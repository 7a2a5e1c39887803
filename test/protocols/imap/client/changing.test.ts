import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fails } from '../../../conformance/harness.ts';
import { accountAt, scripted } from './scripted.ts';

const BASE = 'IMAP4rev1 SASL-IR AUTH=PLAIN';

test('a server without UIDPLUS: nothing is expunged while others have messages marked', async () => {
  let marked = '4 9';
  const server = scripted((line) => {
    if (line.startsWith('UID SEARCH DELETED NOT')) return `* SEARCH ${marked}\r\nT OK done\r\n`;
    if (line.startsWith('UID SEARCH')) return '* SEARCH 2 3\r\nT OK done\r\n';
    return /^(?:UID STORE|EXPUNGE)/.test(line) ? 'T OK done\r\n' : undefined;
  }, BASE);
  await using account = await accountAt(server);
  assert.equal(account.mail.move, undefined);
  await fails('CS_UNSUPPORTED', () => account.mail.remove('INBOX', [2, 3]));
  assert.ok(!server.heard.some((line) => /STORE|EXPUNGE/.test(line)));
  marked = '';
  assert.equal(await account.mail.remove('INBOX', [2, 3, 99]), 2);
  assert.deepEqual(server.heard.slice(-2), ['UID STORE 2:3 +FLAGS.SILENT (\\Deleted)', 'EXPUNGE']);
});

test('a server with UIDPLUS: exactly these go, and a move without MOVE is a copy that was told about', async () => {
  const server = scripted((line) => {
    if (line.startsWith('UID COPY')) return 'T OK [COPYUID 7 2:3 11:12] done\r\n';
    if (line.startsWith('UID SEARCH')) return '* SEARCH 2 3\r\nT OK done\r\n';
    return /^UID (?:STORE|EXPUNGE)/.test(line) ? 'T OK done\r\n' : undefined;
  }, `${BASE} UIDPLUS`);
  await using account = await accountAt(server);
  const copied = await account.mail.move!('INBOX', [2, 3], 'Archive');
  assert.deepEqual(copied, { uidValidity: 7, from: [2, 3], to: [11, 12] });
  assert.equal(server.heard.at(-1), 'UID EXPUNGE 2:3');
});

/** Capabilities, and the marks of a literal of 10 and of 5,000 octets. */
const LITERALS: readonly [string, string, string][] = [
  ['', '{10}', '{5000}'],
  ['LITERAL-', '{10+}', '{5000}'],
  ['LITERAL+', '{10+}', '{5000+}'],
];
for (const [capability, short, long] of LITERALS) {
  test(`a message goes out with ${short} and ${long} under ${capability || 'no extension'}`, async () => {
    const server = scripted((line) => {
      if (/^APPEND .*\{\d+\}$/.test(line)) return '+ go\r\n';
      return line === '' || line.endsWith('x') ? 'T OK [APPENDUID 7 4] done\r\n' : undefined;
    }, `${BASE} ${capability}`);
    await using account = await accountAt(server);
    for (const size of [10, 5000]) {
      const draft = await account.mail.append!('Box', { flags: ['\\Seen', '\\Recent'] });
      await draft.write(Buffer.alloc(size, 'x'));
      assert.deepEqual(await draft.commit(), { id: '7.4', size, results: [], uid: 4, uidValidity: 7 });
    }
    const commands = server.heard.filter((line) => line.startsWith('APPEND'));
    assert.deepEqual(commands, [`APPEND Box (\\Seen) ${short}`, `APPEND Box (\\Seen) ${long}`]);
  });
}

test('a refusal before the octets: none are sent, and the conversation goes on', async () => {
  const server = scripted((line) => {
    if (line.startsWith('APPEND')) return 'T NO [TRYCREATE] no such box\r\n';
    return undefined;
  }, BASE);
  await using account = await accountAt(server);
  const draft = await account.mail.append!('Nowhere');
  await draft.write(Buffer.from('secret text'));
  await fails('CS_NOT_FOUND', () => draft.commit());
  assert.ok(!server.heard.some((line) => line.includes('secret text')));
  await fails('CS_NOT_FOUND', async () => {
    const again = await account.mail.append!('Nowhere');
    await again.commit();
  });
});

test('APPENDLIMIT is known before anything is sent', async () => {
  const server = scripted(() => undefined, `${BASE} APPENDLIMIT=20`);
  await using account = await accountAt(server);
  const draft = await account.mail.append!('Box');
  await draft.write(Buffer.alloc(20));
  await fails('CS_LIMIT', () => draft.write(Buffer.alloc(1)));
  await draft.abort();
});

test('several at once are one command, where the server has MULTIAPPEND', async () => {
  const server = scripted(
    (line) => (line.endsWith('b2') ? 'T OK [APPENDUID 7 4:5] done\r\n' : undefined),
    `${BASE} LITERAL+ MULTIAPPEND`,
  );
  await using account = await accountAt(server);
  const drafts = [];
  for (const text of ['b1', 'b2']) {
    const draft = await account.mail.append!('Box', { receivedAt: '2020-02-03T04:05:06.000Z' });
    await draft.write(Buffer.from(text));
    drafts.push(draft);
  }
  const receipts = await account.mail.commitAll!(drafts);
  assert.deepEqual(
    receipts.map(({ uid }) => uid),
    [4, 5],
  );
  assert.ok(server.heard.includes('b1 () " 3-Feb-2020 04:05:06 +0000" {2+}'));
});

test('a message with NUL goes as a binary literal or not at all', async () => {
  for (const more of ['', ' BINARY LITERAL+']) {
    const server = scripted((line) => (line.endsWith('\0') ? 'T OK done\r\n' : undefined), `${BASE}${more}`);
    await using account = await accountAt(server);
    const draft = await account.mail.append!('Box');
    await draft.write(Buffer.from('a\0'));
    if (more === '') await fails('CS_INPUT', () => draft.commit());
    else {
      await draft.commit();
      assert.ok(server.heard.includes('APPEND Box () ~{2+}'));
    }
  }
});

test('an answer that never came leaves the outcome unknown', async () => {
  const server = scripted((line) => (line.endsWith('x') ? '* BYE gone\r\n' : undefined), `${BASE} LITERAL+`);
  await using account = await accountAt(server);
  const draft = await account.mail.append!('Box');
  await draft.write(Buffer.from('x'));
  await assert.rejects(draft.commit(), { exit: 10 });
});

test('a message that came after the mailbox was opened is found, whether a server tells at once or after NOOP', async () => {
  let looked = false;
  const server = scripted((line) => {
    if (line === 'NOOP') looked = true;
    if (!line.startsWith('UID FETCH')) return undefined;
    return looked ? '* 2 FETCH (UID 9 RFC822.SIZE 3 BODY[] {3}\r\nabc)\r\nT OK done\r\n' : 'T OK done\r\n';
  }, BASE);
  for (const way of ['read', 'scan'] as const) {
    looked = false;
    await using account = await accountAt(server);
    await account.mail.list('INBOX');
    const octets: Buffer[] = [];
    if (way === 'read') for await (const chunk of account.mail.read('INBOX', 9)) octets.push(Buffer.from(chunk));
    else
      for await (const [one] of account.mail.scan!('INBOX', [9], { content: true }))
        octets.push(Buffer.from(one!.content!));
    assert.equal(Buffer.concat(octets).toString(), 'abc', way);
  }
  await using account = await accountAt(
    scripted((line) => (line.startsWith('UID FETCH') ? 'T OK done\r\n' : undefined), BASE),
  );
  await fails('CS_NOT_FOUND', async () => {
    for await (const _chunk of account.mail.read('INBOX', 9));
  });
});
