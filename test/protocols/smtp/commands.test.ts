import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '../../../src/contracts/delivery.ts';
import { codes, START, Stage, splitReplies } from './stage.ts';

test('SM-18 addresses of every shape on a server for its own accounts', async () => {
  await using stage = await Stage.open({ auth: 'required' });
  const now = new Date().toISOString();
  const addresses = ['u@c.test', '"u@evil"@local.test', 'user%dom@local.test'];
  await stage.store.users.put({ name: 'u', password: undefined, addresses, createdAt: now, updatedAt: now });
  const client = await stage.greeted();
  const rows: readonly (readonly [string, RegExp])[] = [
    ['<x@foreign.test>', /^550 5\.7\.1 /],
    ['<user%dom@local.test>', /^250 2\.1\.5 /],
    ['<user%dom@foreign.test>', /^550 5\.7\.1 /],
    ['<@a.test,@b.test:u@c.test>', /^250 2\.1\.5 /],
    ['<"u@evil"@local.test>', /^250 2\.1\.5 /],
    ['<u@[127.0.0.1]>', /^550 5\.7\.1 /],
  ];
  await client.ask('MAIL FROM:<a@x.test>');
  for (const [path, expected] of rows) assert.match(await client.ask(`RCPT TO:${path}`), expected, path);
  client.end();
});

test('SM-18 capture takes mail for anybody, as sent and without routes', async () => {
  await using stage = await Stage.open();
  const paths = [
    '<x@foreign.test>',
    '<user%dom@local.test>',
    '<@a.test,@b.test:u@c.test>',
    '<"u@evil"@l.test>',
    '<u@[127.0.0.1]>',
    '<postmaster>',
  ];
  const rcpts = paths.map((path) => `RCPT TO:${path}\r\n`).join('');
  await stage.say(`EHLO c\r\nMAIL FROM:<>\r\n${rcpts}DATA\r\n.\r\nQUIT\r\n`);
  const [mail] = await stage.mails();
  assert.deepEqual(mail?.to, [
    'x@foreign.test',
    'user%dom@local.test',
    'u@c.test',
    '"u@evil"@l.test',
    'u@[127.0.0.1]',
    'postmaster',
  ]);
  assert.equal(mail?.from, '');
});

test('SM-19 VRFY and EXPN say the same about everybody', async () => {
  await using stage = await Stage.open();
  const now = new Date().toISOString();
  await stage.store.users.put({
    name: 'known',
    password: undefined,
    addresses: ['known@x.test'],
    createdAt: now,
    updatedAt: now,
  });
  const client = await stage.greeted();
  const answers = await client.askAll('VRFY known', 'VRFY nobody', 'EXPN known', 'EXPN nobody');
  assert.equal(answers[0], answers[1]);
  assert.equal(answers[2], answers[3]);
  assert.deepEqual(codes(answers), ['252 2.5.0', '252 2.5.0', '502 5.5.1', '502 5.5.1']);
  client.end();
});

test('SM-21 a command too long is answered at the limit, and the connection closed at twice of it', async () => {
  await using stage = await Stage.open();
  const client = await stage.greeted();
  client.send('x'.repeat(513));
  assert.match(await client.reply(), /^500 5\.5\.2 /);
  client.send(`${'x'.repeat(200)}\r\n`);
  assert.match(await client.ask('NOOP'), /^250 /);
  client.send('x'.repeat(513));
  assert.match(await client.reply(), /^500 5\.5\.2 /);
  client.send('x'.repeat(1100));
  assert.deepEqual(await client.goodbye(), []);
  client.end();
});

test('SM-21 the rest of a line too long is no command, and what follows is', async () => {
  await using stage = await Stage.open();
  for (const octets of [511, 513, 700, 1000]) {
    const replies = await stage.say(`${'x'.repeat(octets)}\r\nNOOP\r\nQUIT\r\n`);
    assert.deepEqual(codes(replies), ['500 5.5.2', '250 2.0.0', '221 2.0.0'], `${octets} octets`);
  }
  assert.deepEqual(codes(await stage.say(`NOOP ${'x'.repeat(505)}\r\nQUIT\r\n`)), ['250 2.0.0', '221 2.0.0']);
  for (const octets of [2000, 1024 * 1024]) {
    const replies = await stage.say('x'.repeat(octets));
    assert.deepEqual(codes(replies), ['500 5.5.2'], `${octets} octets`);
  }
});

test('SM-21 extensions make MAIL and RCPT longer, and no other command', async () => {
  await using stage = await Stage.open();
  const orcpt = `rfc822;${'x'.repeat(450)}@y.test`;
  const client = await stage.greeted();
  const replies = await client.askAll(
    `MAIL FROM:<a@x.test> AUTH=${'x'.repeat(480)} ENVID=${'y'.repeat(100)}`,
    `RCPT TO:<${'l'.repeat(64)}@y.test> ORCPT=${orcpt} NOTIFY=SUCCESS,FAILURE,DELAY`,
    `NOOP ${'x'.repeat(600)}`,
  );
  assert.deepEqual(codes(replies), ['250 2.1.0', '250 2.1.5', '500 5.5.2']);
  client.end();
});

test('SM-23 SIZE is a number, and too much of it is refused before anything is sent', async () => {
  await using stage = await Stage.open();
  const client = await stage.greeted();
  const replies = await client.askAll(
    ...['99999999999', '-1', '1e9', '0x10', '', '26214401', '26214400'].map(
      (size) => `MAIL FROM:<a@x.test> SIZE=${size}`,
    ),
  );
  assert.deepEqual(codes(replies), [
    '552 5.3.4',
    '501 5.5.4',
    '501 5.5.4',
    '501 5.5.4',
    '501 5.5.4',
    '552 5.3.4',
    '250 2.1.0',
  ]);
  client.end();
});

test('SM-25 the 1,001st recipient is refused, the first 1,000 get the message', async () => {
  await using stage = await Stage.open();
  const rcpts = Array.from({ length: 1001 }, (_, at) => `RCPT TO:<u${at}@y.test>\r\n`).join('');
  const replies = await stage.say(`EHLO c\r\nMAIL FROM:<a@x.test>\r\n${rcpts}DATA\r\n.\r\nQUIT\r\n`);
  assert.deepEqual(codes(replies).slice(-5), ['250 2.1.5', '452 4.5.3', '354', '250 2.0.0', '221 2.0.0']);
  assert.equal((await stage.mails())[0]?.to.length, 1000);
  assert.equal((await stage.fact('limit')).limit, 'recipients');
});

test('SM-26 malformed addresses are refused as what they are', async () => {
  await using stage = await Stage.open({ options: { errors: 1000 } });
  const bad = [
    '<a\x01@x.test>',
    '<a\0@x.test>',
    '<a\x0b@x.test>',
    '<a\x7f@x.test>',
    `<${'a'.repeat(320)}@x.test>`,
    '<a<b>@x.test>',
    '<<a@x.test>>',
    'a@x.test',
    '<a@x.test',
    '<a b@x.test>',
    '<a@x.test>x',
    '<a\xc2\xa0b@x.test>',
    '<a\xe2\x80\x83@x.test>',
    '<a@@x.test>',
    '<@x.test>',
    '<a@x..test>',
    '<.a@x.test>',
  ];
  const client = await stage.greeted();
  for (const path of bad) {
    assert.deepEqual(codes([await client.ask(`MAIL FROM:${path}`)]), ['501 5.1.7'], JSON.stringify(path));
  }
  await client.ask('MAIL FROM:<a@x.test> SMTPUTF8');
  for (const path of [...bad, '<>']) {
    assert.deepEqual(codes([await client.ask(`RCPT TO:${path}`)]), ['501 5.1.3'], JSON.stringify(path));
  }
  client.end();
});

test('SM-26 a bare CR or LF in a command ends the conversation', async () => {
  await using stage = await Stage.open();
  for (const line of ['MAIL FROM:<a\r@x.test>\r\n', 'MAIL FROM:<a\n@x.test>\r\n', 'NOOP\n', 'NOOP\rRSET\r\n']) {
    assert.deepEqual(codes(await stage.say(`EHLO c\r\n${line}QUIT\r\n`)).slice(1), ['500 5.5.2'], JSON.stringify(line));
  }
  await using lenient = await Stage.open({ options: { newline: 'lenient' } });
  assert.deepEqual(codes(await lenient.say('NOOP\nQUIT\n')), ['250 2.0.0', '221 2.0.0']);
});

test('SM-27 web requests and TLS on the plain port are sent away at their first line', async () => {
  await using stage = await Stage.open();
  const hello = Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(190, 7)]);
  for (const first of ['GET / HTTP/1.1\r\n', 'POST / HTTP/1.1\r\nHost: x\r\n', 'CONNECT x:25 HTTP/1.1\r\n', hello]) {
    const replies = await stage.say(Buffer.concat([Buffer.from(first), Buffer.from(START)]));
    assert.deepEqual(codes(replies), ['421 4.7.0']);
  }
  assert.deepEqual(await stage.mails(), []);
});

test('SM-36 addresses beyond ASCII need SMTPUTF8, and are stored as sent', async () => {
  await using stage = await Stage.open();
  const client = await stage.greeted();
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');
  const replies = await client.askAll(
    utf8('MAIL FROM:<jörg@x.test>'),
    'MAIL FROM:<a@x.test>',
    utf8('RCPT TO:<jörg@y.test>'),
    'RSET',
    utf8('MAIL FROM:<jörg@bücher.test> SMTPUTF8'),
    utf8('RCPT TO:<jörg@bücher.xn--bcher-kva.test>'),
    'DATA',
    '.',
  );
  assert.deepEqual(codes(replies), [
    '553 5.6.7',
    '250 2.1.0',
    '553 5.6.7',
    '250 2.0.0',
    '250 2.1.0',
    '250 2.1.5',
    '354',
    '250 2.0.0',
  ]);
  client.end();
  const [mail] = await stage.mails();
  assert.equal(mail?.from, 'jörg@bücher.test');
  assert.deepEqual(mail?.to, ['jörg@bücher.xn--bcher-kva.test']);
});

test('SM-36 both spellings of a domain are one mailbox', async () => {
  await using stage = await Stage.open({ auth: 'required' });
  const now = new Date().toISOString();
  await stage.store.users.put({
    name: 'ann',
    password: undefined,
    addresses: ['ann@xn--bcher-kva.test'],
    createdAt: now,
    updatedAt: now,
  });
  const client = await stage.greeted();
  await client.ask('MAIL FROM:<> SMTPUTF8');
  const rcpt = (address: string) => client.ask(Buffer.from(`RCPT TO:<${address}>`).toString('latin1'));
  assert.match(await rcpt('ann@bücher.test'), /^250 /);
  assert.match(await rcpt('ann@BÜCHER.test'), /^250 /);
  assert.match(await rcpt('ann@XN--BCHER-KVA.test'), /^250 /);
  client.end();
});

test('the envelope says what MAIL and RCPT said', async () => {
  const envelopes: Envelope[] = [];
  await using stage = await Stage.open({
    delivery: ({ delivery }) => ({
      open: (envelope) => {
        envelopes.push(envelope);
        return delivery.open(envelope);
      },
    }),
  });
  const client = await stage.greeted();
  await client.askAll(
    'MAIL FROM:<a@x.test> BODY=8bitmime SIZE=10 RET=hdrs ENVID=QQ+2B1 SMTPUTF8',
    'RCPT TO:<b@y.test> NOTIFY=success,FAILURE ORCPT=rfc822;b+2Bx@y.test',
    'RCPT TO:<c@y.test> NOTIFY=NEVER',
    'DATA',
    '.',
  );
  client.end();
  const [{ session, ...rest } = assert.fail()] = envelopes;
  assert.deepEqual(rest, {
    from: 'a@x.test',
    body: '8BITMIME',
    smtputf8: true,
    ret: 'HDRS',
    envid: 'QQ+1',
    size: 10,
    to: [
      { address: 'b@y.test', notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;b+x@y.test' },
      { address: 'c@y.test', notify: ['NEVER'] },
    ],
  });
  const { transcript, ...who } = session ?? assert.fail();
  assert.equal(typeof transcript, 'function');
  assert.deepEqual(
    { ...who, conn: '' },
    {
      server: 'smtp',
      conn: '',
      with: 'UTF8SMTP',
      helo: 'client.test',
      address: '127.0.0.1',
      user: undefined,
      secure: false,
    },
  );
});

test('parameters that are unknown, malformed or given twice are refused', async () => {
  await using stage = await Stage.open({ options: { errors: 1000 } });
  const client = await stage.greeted();
  const mail: readonly (readonly [string, string])[] = [
    ['FOO=1', '555 5.5.4'],
    ['REQUIRETLS', '555 5.5.4'],
    ['BODY=9BIT', '501 5.5.4'],
    ['BODY', '501 5.5.4'],
    ['SMTPUTF8=1', '501 5.5.4'],
    ['RET=SOME', '501 5.5.4'],
    ['ENVID=+zz', '501 5.5.4'],
    ['ENVID=a+0D+0Ab', '501 5.5.4'],
    ['SIZE=1 SIZE=1', '501 5.5.4'],
    ['SIZE=1  RET=FULL', '501 5.5.4'],
    ['=x', '501 5.5.4'],
  ];
  for (const [parameter, code] of mail) {
    assert.deepEqual(codes([await client.ask(`MAIL FROM:<a@x.test> ${parameter}`)]), [code], parameter);
  }
  await client.ask('MAIL FROM:<a@x.test>');
  const rcpt: readonly (readonly [string, string])[] = [
    ['SIZE=1', '555 5.5.4'],
    ['NOTIFY=NEVER,DELAY', '501 5.5.4'],
    ['NOTIFY=DELAY,DELAY', '501 5.5.4'],
    ['NOTIFY=', '501 5.5.4'],
    ['ORCPT=b@y.test', '501 5.5.4'],
    ['ORCPT=rfc822;', '501 5.5.4'],
  ];
  for (const [parameter, code] of rcpt) {
    assert.deepEqual(codes([await client.ask(`RCPT TO:<a@x.test> ${parameter}`)]), [code], parameter);
  }
  client.end();
});

test('commands out of their order are refused, and what was said stays', async () => {
  await using stage = await Stage.open();
  const client = await stage.client();
  const replies = await client.askAll(
    'MAIL FROM:<a@x.test>',
    'RCPT TO:<b@y.test>',
    'EHLO',
    'EHLO c',
    'RCPT TO:<b@y.test>',
    'DATA',
    'MAIL FROM:<a@x.test>',
    'MAIL FROM:<b@x.test>',
    'DATA',
    'RSET x',
    'WIZ',
    'SHELL',
    'KILL',
    'LHLO c',
  );
  assert.deepEqual(
    codes(replies.map((reply) => reply.replace(/\|.*/, ''))),
    [
      '503 5.5.1',
      '503 5.5.1',
      '501 5.5.4',
      '250',
      '503 5.5.1',
      '503 5.5.1',
      '250 2.1.0',
      '503 5.5.1',
      '503 5.5.1',
      '501 5.5.4',
      '500 5.5.2',
      '500 5.5.2',
      '500 5.5.2',
      '500 5.5.1',
    ].map((code) => code),
  );
  client.end();
});

test('a pipelined batch is answered in one write', async () => {
  await using stage = await Stage.open();
  const socket = await stage.socket();
  const chunks: string[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.write('EHLO c\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.write('MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\nDATA\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  assert.deepEqual(codes(splitReplies(chunks[2] ?? '')), ['250 2.1.0', '250 2.1.5', '250 2.1.5', '354']);
  socket.destroy();
});

test('an extension hidden is not offered and not known', async () => {
  await using stage = await Stage.open({
    options: { hide: ['size', 'dsn', 'smtputf8', 'enhancedstatuscodes', 'auth', '8bitmime'] },
  });
  const client = await stage.client();
  const hello = await client.ask('EHLO c');
  assert.doesNotMatch(hello, /SIZE|DSN|UTF8|STATUS|AUTH|8BIT/);
  const replies = await client.askAll(
    'MAIL FROM:<a@x.test> SIZE=1',
    'MAIL FROM:<a@x.test> RET=FULL',
    'AUTH PLAIN',
    'MAIL FROM:<a@x.test>',
  );
  assert.deepEqual(
    replies.map((reply) => reply.slice(0, 6)),
    ['555 SI', '555 RE', '502 co', '250 ok'],
  );
  client.end();
});

test('replies fail on purpose where they were told to', async () => {
  await using stage = await Stage.open({ options: { fail: ['mail:1', 'rcpt:1:550', 'data:1', 'message:1:554'] } });
  const client = await stage.greeted();
  const envelope = ['MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA'];
  const replies = await client.askAll(
    ...envelope.slice(0, 1),
    ...envelope.slice(0, 2),
    'RCPT TO:<b@y.test>',
    'DATA',
    ...envelope,
    '.',
    ...envelope,
    '.',
  );
  assert.deepEqual(codes(replies), [
    '451 4.3.0',
    '250 2.1.0',
    '550 5.3.0',
    '250 2.1.5',
    '451 4.3.0',
    '250 2.1.0',
    '250 2.1.5',
    '354',
    '554 5.3.0',
    '250 2.1.0',
    '250 2.1.5',
    '354',
    '250 2.0.0',
  ]);
  client.end();
  assert.equal((await stage.mails()).length, 1);
});

test('the same seed lets the same commands fail, another one others', async () => {
  const run = async (failSeed: number): Promise<string> => {
    await using stage = await Stage.open({ options: { fail: ['rcpt:50%'], failSeed } });
    const client = await stage.greeted();
    const replies = await client.askAll('MAIL FROM:<a@x.test>', ...Array<string>(20).fill('RCPT TO:<b@y.test>'));
    client.end();
    return codes(replies).join(' ');
  };
  const first = await run(7);
  assert.match(first, /451/);
  assert.equal(await run(7), first);
  assert.notEqual(await run(8), first);
});
