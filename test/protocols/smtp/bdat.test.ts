import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, Stage } from './stage.ts';

const BEGIN = 'EHLO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n';

test('BDAT takes octets by count, dots and all', async () => {
  await using stage = await Stage.open();
  const replies = await stage.say(`${BEGIN}BDAT 6\r\n.\r\n.\r\nBDAT 0\r\nBDAT 7 LAST\r\n.\r\n..\r\nQUIT\r\n`);
  assert.deepEqual(codes(replies).slice(3), ['250 2.0.0', '250 2.0.0', '250 2.0.0', '221 2.0.0']);
  assert.equal((await stage.mails())[0]?.text, '.\r\n.\r\n.\r\n..\r\n');
});

test('BINARYMIME carries any octet, by BDAT only', async () => {
  await using stage = await Stage.open();
  const octets = Buffer.from([0, 10, 13, 46, 13, 10, 46, 255]);
  const head = Buffer.from(
    'EHLO c\r\nMAIL FROM:<a@x.test> BODY=BINARYMIME\r\nRCPT TO:<b@y.test>\r\nDATA\r\nBDAT 8 LAST\r\n',
  );
  const replies = await stage.say(Buffer.concat([head, octets, Buffer.from('QUIT\r\n')]));
  assert.deepEqual(codes(replies).slice(3), ['503 5.5.1', '250 2.0.0', '221 2.0.0']);
  assert.equal((await stage.mails())[0]?.text, octets.toString('latin1'));
});

test('SM-35 BDAT that is not offered, malformed, or mixed with DATA', async () => {
  await using hidden = await Stage.open({ options: { hide: ['chunking'] } });
  const client = await hidden.client();
  assert.doesNotMatch(await client.ask('EHLO c'), /CHUNKING|BINARYMIME/);
  assert.deepEqual(codes([await client.ask('BDAT 0 LAST')]), ['502 5.5.1']);
  client.end();
  await using stage = await Stage.open();
  const other = await stage.greeted();
  await other.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>');
  for (const bad of ['BDAT', 'BDAT -1', 'BDAT 1e3', 'BDAT x LAST', 'BDAT 5 FIRST', 'BDAT 9999999999999999']) {
    assert.deepEqual(codes([await other.ask(bad)]), ['501 5.5.4'], bad);
  }
  other.send('BDAT 3\r\nabc');
  assert.match(await other.reply(), /^250 /);
  const replies = await other.askAll('DATA', 'MAIL FROM:<c@x.test>', 'RCPT TO:<c@y.test>', 'RSET', 'NOOP');
  assert.deepEqual(codes(replies), ['503 5.5.1', '503 5.5.1', '503 5.5.1', '250 2.0.0', '250 2.0.0']);
  other.end();
  assert.deepEqual(await stage.mails(), []);
});

test('octets of a BDAT that is refused are consumed, never taken for commands', async () => {
  await using stage = await Stage.open({ options: { size: 100 } });
  const trap = 'MAIL FROM:<evil@x.test>\r\n';
  const early = await stage.say(`EHLO c\r\nBDAT ${trap.length} LAST\r\n${trap}NOOP\r\nQUIT\r\n`);
  assert.deepEqual(codes(early).slice(1), ['503 5.5.1', '250 2.0.0', '221 2.0.0']);
  const big = await stage.say(`${BEGIN}BDAT 200\r\n${'x'.repeat(200)}BDAT ${trap.length} LAST\r\n${trap}QUIT\r\n`);
  assert.deepEqual(codes(big).slice(3), ['552 5.3.4', '503 5.5.1', '221 2.0.0']);
  assert.deepEqual(await stage.mails(), []);
});

test('BDAT cut at every octet stores nothing before its LAST chunk is whole', async () => {
  await using stage = await Stage.open();
  const dialogue = `${BEGIN}BDAT 4\r\nab\r\nBDAT 4 LAST\r\ncd\r\nQUIT\r\n`;
  const end = dialogue.indexOf('cd\r\n') + 4;
  for (let cut = BEGIN.length; cut <= dialogue.length; cut++) await stage.say(dialogue.slice(0, cut));
  const mails = await stage.mails();
  assert.equal(mails.length, dialogue.length - end + 1);
  assert.ok(mails.every(({ text }) => text === 'ab\r\ncd\r\n'));
});
