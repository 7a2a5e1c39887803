import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { MailStore } from '../../../src/contracts/mail.ts';
import { certificate } from '../../net/certificate.ts';
import { Client, Stage } from './stage.ts';

/** Of every message, its id at the end. */
async function transcripts(stage: Stage): Promise<string[]> {
  const mail = (await stage.store.mail.of('*')) as Required<MailStore>;
  const entries = await mail.list('INBOX');
  return Promise.all(
    entries.map(async ({ uid, id }) =>
      `${(await mail.origin('INBOX', uid))?.transcript}${id}`.replace(/^# \S+ from/, '# conn from'),
    ),
  );
}

const LETTER = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nSubject: hi\r\n\r\n..\r\n.\r\n';

test('each message keeps the conversation that brought it, from the greeting to its own answer', async () => {
  await using stage = await Stage.open({ options: { hide: ['chunking', 'binarymime', 'dsn', 'smtputf8', 'auth'] } });
  await stage.say(Buffer.from(`EHLO caf\u00e9\\\r\n${LETTER}RSET\r\n${LETTER}QUIT\r\n`));
  const opening = [
    '# conn from 127.0.0.1',
    'S: 220 mail.test ESMTP cs 1.2.3',
    'C: EHLO caf\u00e9\\\\',
    'S: 250-mail.test greets you',
    'S: 250-PIPELINING',
    'S: 250-8BITMIME',
    'S: 250-ENHANCEDSTATUSCODES',
    'S: 250-SIZE 26214400',
    'S: 250 HELP',
  ];
  const letter = [
    'C: MAIL FROM:<a@x.test>',
    'S: 250 2.1.0 ok',
    'C: RCPT TO:<b@y.test>',
    'S: 250 2.1.5 ok',
    'C: DATA',
    'S: 354 end data with <CR><LF>.<CR><LF>',
    'C: <+18 octets>',
    'C: .',
  ];
  assert.deepEqual(await transcripts(stage), [
    [...opening, ...letter, 'S: 250 2.0.0 ok, stored as 1'].join('\n'),
    [
      ...opening,
      '# message 2 of this connection',
      'C: RSET',
      'S: 250 2.0.0 ok',
      ...letter,
      'S: 250 2.0.0 ok, stored as 2',
    ].join('\n'),
  ]);
});

test('a transcript shows STARTTLS and what was refused, and no credential, wherever it was typed', async () => {
  await using stage = await Stage.open({ certificate: await certificate() });
  const plain = await stage.client();
  await plain.ask('EHLO c');
  await plain.ask('STARTTLS');
  plain.stream.removeAllListeners('data');
  const socket = connectTls({ socket: plain.stream as never, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const client = new Client(socket);
  await client.ask('EHLO c');
  await client.ask('PASS canary');
  await client.ask('AUTH SECRET Y2FuYXJ5');
  await client.ask('Y2FuYXJ5');
  await client.ask('AUTH PLAIN');
  await client.ask('*');
  await client.ask('AUTH LOGIN');
  await client.ask('dGVzdDc=');
  await client.ask('Y2FuYXJ5');
  for (const line of ['MAIL FROM:<a@x.test>', 'RCPT TO:<bad', 'RCPT TO:<b@y.test>', 'DATA']) await client.ask(line);
  await client.ask('hi\r\n.');
  client.end();
  const [told = ''] = await transcripts(stage);
  assert.doesNotMatch(told, /canary|Y2FuYXJ5/);
  const lines = told.split('\n');
  assert.ok(
    lines.some((line) => /^# TLSv1\.\d, TLS_/.test(line)),
    told,
  );
  for (const line of [
    'C: AUTH SECRET ***',
    'C: ***',
    'C: PASS ***',
    'C: AUTH PLAIN',
    'S: 334\\x20',
    'C: *',
    'C: AUTH LOGIN',
    'S: 235 2.7.0 logged in',
    'C: RCPT TO:<bad',
    'S: 501 5.1.3 malformed address',
  ]) {
    assert.ok(lines.includes(line), `${line} is missing: ${told}`);
  }
  assert.equal(lines.filter((line) => line === 'C: ***').length, 3);
});

test('BDAT is counted, LMTP answers for each recipient, and only a note tells the id', async () => {
  await using stage = await Stage.open({ scheme: 'lmtp', options: { hide: ['enhancedstatuscodes'] } });
  await stage.say(
    'LHLO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\nBDAT 4\r\nhi\r\nBDAT 0 LAST\r\nQUIT\r\n',
  );
  const [told = ''] = await transcripts(stage);
  assert.match(
    told,
    /\nC: BDAT 4\nC: <\+4 octets>\nS: 250 4 octets received\nC: BDAT 0 LAST\nS: 250 ok\nS: 250 ok\n# stored as 1$/,
  );
});

test('a transcript is bounded: its middle is left out, the end is there', async () => {
  await using stage = await Stage.open({ options: { junk: 10_000 } });
  const rcpts = Array.from({ length: 500 }, (_, at) => `RCPT TO:<someone${at}@y.test>\r\n`).join('');
  await stage.say(`EHLO c\r\n${'NOOP\r\n'.repeat(500)}MAIL FROM:<a@x.test>\r\n${rcpts}DATA\r\nhi\r\n.\r\nQUIT\r\n`);
  const [told = ''] = await transcripts(stage);
  assert.ok(told.length < 12_000, `${told.length} characters`);
  assert.equal(told.match(/\n# \d+ commands and replies are left out here\n/g)?.length, 2);
  assert.match(told, /C: RCPT TO:<someone0@y.test>/);
  assert.match(
    told,
    /C: RCPT TO:<someone499@y.test>\nS: 250 2.1.5 ok\nC: DATA\nS: 354 .*\nC: <\+4 octets>\nC: \.\nS: 250 2.0.0 ok, stored as 1$/,
  );
});

test('--smtp-transcript off keeps none, and still who delivered it', async () => {
  await using stage = await Stage.open({ options: { transcript: 'off' } });
  await stage.say(`EHLO c\r\n${LETTER}QUIT\r\n`);
  const mail = (await stage.store.mail.of('*')) as Required<MailStore>;
  const { transcript, address, helo } = (await mail.origin('INBOX', 1))!;
  assert.deepEqual([transcript, address, helo], [undefined, '127.0.0.1', 'c']);
});
