import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptOctets } from '../../kept-octets.ts';
import { codes, ENVELOPE, START, Stage } from './stage.ts';

const SECOND = 'MAIL FROM:<evil@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nhi\r\n.\r\nQUIT\r\n';

const ENDS: readonly (readonly [string, string])[] = [
  ['SM-01', '\n.\n'],
  ['SM-02', '\r.\r'],
  ['SM-03', '\r.\n'],
  ['SM-04', '\n.\r'],
  ['SM-05', '\n.\r\n'],
  ['SM-06', '\r\n.\n'],
  ['SM-07', '\r.\r\n'],
  ['SM-08', '\r\n.\r'],
];

for (const [id, end] of ENDS) {
  test(`${id} a message ended by ${JSON.stringify(end)} smuggles nothing`, async () => {
    await using stage = await Stage.open();
    const replies = await stage.say(`${START}Subject: one\r\n\r\nbody${end}${SECOND}`);
    assert.deepEqual(codes(replies).slice(1), ['250 2.1.0', '250 2.1.5', '354', '550 5.5.2']);
    assert.deepEqual(await stage.mails(), []);
  });

  // Behind SM-08's end the rest of the proper one may still come, so that there is nothing to answer yet.
  const waits = id !== 'SM-08';
  if (waits)
    test(`${id} a client that waits behind ${JSON.stringify(end)} gets its answer`, async () => {
      await using stage = await Stage.open();
      for (const cut of [false, true]) {
        const client = await stage.greeted();
        await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
        if (cut) await client.drip(`Subject: one\r\n\r\nbody${end}`);
        else client.send(`Subject: one\r\n\r\nbody${end}`);
        assert.deepEqual(codes(await client.goodbye()), ['550 5.5.2']);
        client.end();
      }
      assert.deepEqual(await stage.mails(), []);
    });

  test(`${id} with --newline=lenient ${JSON.stringify(end)} is content`, async () => {
    await using stage = await Stage.open({ options: { newline: 'lenient' } });
    const replies = await stage.say(`${START}Subject: one\r\n\r\nbody${end}${SECOND}`);
    assert.deepEqual(codes(replies).slice(-2), ['250 2.0.0', '221 2.0.0']);
    const mails = await stage.mails();
    assert.equal(mails.length, 1);
    assert.equal(mails[0]?.from, 'a@x.test');
    assert.match(mails[0]?.text ?? '', /MAIL FROM:<evil@x.test>/);
  });
}

for (const [id, end] of [
  ['SM-09', '\r\n\0.\r\n'],
  ['SM-10', '\r\n.\0\r\n'],
] as const) {
  test(`${id} ${JSON.stringify(end)} is not an end of data`, async () => {
    for (const newline of ['strict', 'lenient'] as const) {
      await using stage = await Stage.open({ options: { newline } });
      const replies = await stage.say(`${START}body${end}still body\r\n.\r\nQUIT\r\n`);
      const mails = await stage.mails();
      if (newline === 'strict') {
        assert.equal(codes(replies).at(-1), '550 5.5.2');
        assert.deepEqual(mails, []);
      } else {
        assert.match(mails[0]?.text ?? '', /^body\r\n\0?\.?\0?(\.)?\r\nstill body\r\n$/);
        assert.equal(mails.length, 1);
      }
    }
  });
}

test('what is captured is byte for byte what was sent', async () => {
  await using stage = await Stage.open();
  const bodies = [
    '',
    '\r\n',
    'a\r\n',
    '..\r\n.x\r\n..',
    '.\r\n',
    'no end',
    `${'x'.repeat(70_000)}\r\n`,
    'Caf\xe9\r\n\r\n\r\n',
  ];
  for (const body of bodies) {
    const stuffed = body.replace(/^\./gm, '..');
    await stage.say(`${START}${stuffed}${body === '' || body.endsWith('\r\n') ? '' : '\r\n'}.\r\nQUIT\r\n`);
  }
  const expected = bodies.map((body) => (body === '' || body.endsWith('\r\n') ? body : `${body}\r\n`));
  assert.deepEqual(
    (await stage.mails()).map(({ text }) => text),
    expected,
  );
});

test('SM-22 a line of 64 MiB is refused, and none of it is kept', async () => {
  await using stage = await Stage.open({ options: { size: 1024 * 1024 } });
  const client = await stage.greeted();
  await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const before = keptOctets();
  for (let sent = 1; sent <= 64; sent++) {
    if (!client.stream.write(piece)) await new Promise((resolve) => client.stream.once('drain', resolve));
    if (sent % 16 > 0) continue;
    const kept = keptOctets() - before;
    assert.ok(kept < 2 * 1024 * 1024, `${kept} octets are kept after ${sent} MiB`);
  }
  assert.match(await client.ask('\r\n.'), /^552 5\.3\.4 /);
  assert.match(await client.ask('NOOP'), /^250 /);
  assert.deepEqual(await stage.mails(), []);
  client.end();
});

test('SM-24 one octet over the limit is refused, the limit itself is not, whatever SIZE said', async () => {
  await using stage = await Stage.open({ options: { size: 1000 } });
  const message = (octets: number) =>
    `EHLO c\r\nMAIL FROM:<a@x.test> SIZE=10\r\nRCPT TO:<b@y.test>\r\nDATA\r\n${'x'.repeat(octets - 2)}\r\n.\r\nQUIT\r\n`;
  assert.deepEqual(codes(await stage.say(message(1001))).slice(-2), ['552 5.3.4', '221 2.0.0']);
  assert.deepEqual(await stage.mails(), []);
  assert.equal((await stage.fact('limit')).limit, 'message_bytes');
  assert.deepEqual(codes(await stage.say(message(1000))).slice(-2), ['250 2.0.0', '221 2.0.0']);
  assert.equal((await stage.mails())[0]?.text.length, 1000);
});

test('SM-32 51 Received fields are a loop, 50 are not, and those of the body do not count', async () => {
  await using stage = await Stage.open();
  const message = (fields: number) =>
    `${START}${'Received: from a by b;\r\n\tdate\r\n'.repeat(fields)}\r\n${'Received: x\r\n'.repeat(9)}.\r\nQUIT\r\n`;
  assert.equal(codes(await stage.say(message(51))).at(-2), '554 5.4.6');
  assert.deepEqual(await stage.mails(), []);
  assert.equal(codes(await stage.say(message(50))).at(-2), '250 2.0.0');
  assert.equal((await stage.mails()).length, 1);
});

const DIALOGUE = `${START}Subject: cut\r\n\r\nline\r\n..dot\r\n.\r\n${ENVELOPE}two\r\n.\r\nQUIT\r\n`;

test('SM-31 cut at every octet, a message is stored only if its 250 was due', async () => {
  await using stage = await Stage.open();
  const firstEnd = DIALOGUE.indexOf('\r\n.\r\n') + 5;
  const secondEnd = DIALOGUE.lastIndexOf('\r\n.\r\n') + 5;
  let stored = 0;
  for (let cut = 0; cut <= DIALOGUE.length; cut++) {
    await stage.say(DIALOGUE.slice(0, cut));
    stored += cut >= secondEnd ? 2 : cut >= firstEnd ? 1 : 0;
  }
  assert.equal((await stage.mails()).length, stored);
  assert.equal(await stage.door.drain(5000), 0, 'nothing is left of any of them');
  assert.deepEqual(stage.logged, []);
});

test('SM-31 split at every octet, the conversation is the same', async () => {
  await using stage = await Stage.open();
  const whole = await stage.say(DIALOGUE);
  const stripped = (replies: readonly string[]) => replies.map((reply) => reply.replace(/stored as \d+/, ''));
  for (let cut = 1; cut < DIALOGUE.length; cut++) {
    const client = await stage.client();
    client.send(DIALOGUE.slice(0, cut));
    await new Promise(setImmediate);
    client.send(DIALOGUE.slice(cut));
    assert.deepEqual(stripped(await client.goodbye()), stripped(whole), `cut at ${cut}`);
    client.end();
  }
  const texts = new Set((await stage.mails()).map(({ text }) => text));
  assert.deepEqual(texts, new Set(['Subject: cut\r\n\r\nline\r\n.dot\r\n', 'two\r\n']));
});

test('SM-31 one octet at a time, the conversation is the same', async () => {
  await using stage = await Stage.open();
  const client = await stage.client();
  await client.drip(DIALOGUE);
  assert.deepEqual(codes(await client.goodbye()).slice(1), [
    '250 2.1.0',
    '250 2.1.5',
    '354',
    '250 2.0.0',
    '250 2.1.0',
    '250 2.1.5',
    '354',
    '250 2.0.0',
    '221 2.0.0',
  ]);
  client.end();
});

test('SM-11 a client without PIPELINING that talks on before the reply loses the message and the connection', async () => {
  await using stage = await Stage.open();
  const client = await stage.client();
  await client.askAll('HELO c.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  client.send('one\r\n.\r\nMAIL FROM:<evil@x.test>\r\n');
  assert.deepEqual(codes(await client.goodbye()), ['554 5.5.0']);
  client.end();
  assert.deepEqual(await stage.mails(), []);
});

test('SM-11 a body before the 354 is refused where PIPELINING was not granted', async () => {
  await using stage = await Stage.open({ options: { hide: ['pipelining'] } });
  assert.deepEqual(codes(await stage.say(`${START}body\r\n.\r\n`)).slice(1), ['250 2.1.0', '250 2.1.5', '554 5.5.0']);
  assert.deepEqual(await stage.mails(), []);
});

test('SM-34 a full disk at any write is 452, nothing is half-visible, and the next message passes', async () => {
  const { failing } = await import('./failing-delivery.ts');
  for (const step of ['open', 'write', 'late', 'commit'] as const) {
    let broken = true;
    await using stage = await Stage.open({ delivery: (store) => failing(store.delivery, step, () => broken) });
    const message = `${ENVELOPE}${'x'.repeat(200_000)}\r\n.\r\n`;
    const client = await stage.greeted();
    await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>');
    const data = await client.ask('DATA');
    if (step === 'open') assert.match(data, /^452 4\.3\.1 /);
    else assert.match(await client.ask(`${'x'.repeat(200_000)}\r\n.`), /^452 4\.3\.1 /);
    assert.deepEqual(await stage.mails(), []);
    broken = false;
    client.send(`${message}QUIT\r\n`);
    assert.deepEqual(codes(await client.goodbye()).slice(-2), ['250 2.0.0', '221 2.0.0']);
    client.end();
    assert.equal((await stage.mails()).length, 1);
  }
});

test('--smtp-trace on puts Return-Path and Received in front', async () => {
  await using stage = await Stage.open({ options: { trace: 'on' } });
  await stage.say(`${START}Subject: x\r\n\r\n.\r\nQUIT\r\n`);
  const [mail] = await stage.mails();
  assert.match(
    mail?.text ?? '',
    /^Return-Path: <a@x\.test>\r\nReceived: from c\.test \(\[127\.0\.0\.1\]\)\r\n\tby mail\.test with ESMTP id \S+\r\n\tfor <b@y\.test>;\r\n\t\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r\nSubject: x\r\n\r\n$/,
  );
});
