/** What programs hand to a provider is captured: the calls as the providers' own clients make them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANYBODY, type Asking, type InboxStage, inboxStage } from './stage.ts';

const TIME = { timeout: 120_000 };
/** As a server where any login is taken. */
const SOMEBODY = async () => ({ name: 'api', addresses: [], known: false });
const OPEN = { accounts: { ...ANYBODY, verify: SOMEBODY, bearer: SOMEBODY } };
const FILE = Buffer.from('file').toString('base64');

async function newest(stage: InboxStage) {
  const { json } = await stage.ask('/api/messages');
  const [row] = json.messages;
  const { json: message } = await stage.ask(`/api/messages/${row?.id}`);
  const source = String((await stage.ask(`/api/messages/${row?.id}/source`)).body);
  return { message, source, total: json.total };
}

function post(body: unknown, headers: Asking['headers'] = {}): Asking {
  return { method: 'POST', body, headers };
}

test('what is no text where text belongs is refused, not failed on', TIME, async () => {
  await using stage = await inboxStage(OPEN);
  const to = 'b@y.test';
  const bodies: readonly (readonly [path: string, body: unknown])[] = [
    ['/email', { From: { Email: 'a@x.test' }, To: [{ Email: to }], Subject: 's' }],
    ['/email', { From: 'a@x.test', To: to, Headers: [{ Name: {}, Value: {} }] }],
    ['/v3/mail/send', { personalizations: [{ to: [{ email: {}, name: {} }] }], from: { email: 'a@x.test' } }],
    ['/v3/mail/send', { personalizations: [{ to: [{ email: to }], substitutions: { a: {} } }], subject: {} }],
    ['/v3/mail/send', { personalizations: [], from: { email: 'a@x.test' } }],
    [
      '/v2/email/outbound-emails',
      { FromEmailAddress: 'a@x.test', Destination: { ToAddresses: [{}] }, Content: { Simple: {} } },
    ],
    ['/api/messages', { from: 'a@x.test', to: [to], text: {} }],
    ['/api/messages/delete', { ids: [{}] }],
    ['/api/wait', { to: [{}] }],
    ['/api/v1/send', { From: { Email: {} }, To: [{ Email: to }] }],
  ];
  for (const [path, body] of bodies) {
    const { status } = await stage.ask(path, post(body));
    assert.ok(status >= 400 && status < 500, `${path} ${JSON.stringify(body)}: ${status}`);
  }
  assert.equal((await stage.ask('/api/messages')).json.total, 0);
});

test('SendGrid: substitutions are put in once, and cannot grow without end', TIME, async () => {
  await using stage = await inboxStage(OPEN);
  const letter = (substitutions: object, value: string) =>
    post({
      personalizations: [{ to: [{ email: 'b@y.test' }], substitutions }],
      from: { email: 'a@x.test' },
      subject: 's',
      content: [{ type: 'text/plain', value }],
    });
  assert.equal(
    (await stage.ask('/v3/mail/send', letter({ '': 'x', '-a-': '-b-', '-b-': 'B', '-a-a': '$&' }, '-a- -b- -a-a')))
      .status,
    202,
  );
  assert.equal((await stage.ask('/api/messages/1')).json.text.trim(), '-b- B $&');
  const doubling = Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`${n}.`, `${n + 1}.${n + 1}.`]));
  assert.equal((await stage.ask('/v3/mail/send', letter(doubling, '0.'))).status, 202);
  for (const [words, text] of [
    [{ a: 'x'.repeat(10_000) }, 'a'],
    [{ a: 'x'.repeat(9_000) }, 'a'.repeat(10_000)],
  ] as const) {
    const { status } = await stage.ask('/v3/mail/send', letter(words, text));
    assert.ok(status === 400 || status === 413, `${status}`);
  }
  const halves = { personalizations: [{ to: [{ email: 'b@y.test' }] }, {}], from: { email: 'a@x.test' }, subject: 's' };
  assert.equal((await stage.ask('/v3/mail/send', post(halves))).status, 400);
  assert.equal((await stage.ask('/api/messages')).json.total, 2, 'all letters are looked at before one is sent');
});

test('SendGrid: a message for each personalization, with names, files and headers', TIME, async () => {
  await using stage = await inboxStage(OPEN);
  const reply = await stage.ask(
    '/v3/mail/send',
    post(
      {
        personalizations: [
          { to: [{ email: 'ann@x.test', name: 'Ann, A' }], subject: 'For -name-', substitutions: { '-name-': 'Ann' } },
          { to: [{ email: 'bob@x.test' }], cc: [{ email: 'cat@x.test' }] },
        ],
        from: { email: 'shop@x.test', name: 'Shop' },
        reply_to: { email: 'help@x.test' },
        subject: 'Hello',
        headers: { 'X-Campaign': '7' },
        content: [
          { type: 'text/plain', value: 'Dear -name-' },
          { type: 'text/html', value: '<b>ü</b>' },
        ],
        attachments: [{ content: FILE, filename: 'a.txt', type: 'text/plain' }],
      },
      { authorization: 'Bearer SG.anything' },
    ),
  );
  assert.equal(reply.status, 202);
  assert.equal(reply.headers['x-message-id'], '2');
  const { json } = await stage.ask('/api/messages');
  assert.deepEqual(
    json.messages.map(({ subject }) => subject),
    ['Hello', 'For Ann'],
  );
  const { source } = await newest(stage);
  assert.match(source, /^Cc: cat@x\.test\r$/m);
  assert.match(source, /^Reply-To: help@x\.test\r$/m);
  assert.match(source, /^X-Campaign: 7\r$/m);
  const { json: first } = await stage.ask('/api/messages/1');
  assert.deepEqual([first.text.trim(), first.html, first.parts.at(-1)?.type], ['Dear Ann', '<b>ü</b>', 'text/plain']);
});

test('Postmark: one, several, and what it cannot send', TIME, async () => {
  await using stage = await inboxStage(OPEN);
  const headers = { 'x-postmark-server-token': 'anything' };
  const letter = {
    From: 'shop@x.test',
    To: '"A, B" <ann@x.test>, bob@x.test',
    Subject: 'Hi',
    TextBody: 'text',
    HtmlBody: '<i>h</i>',
  };
  const one = JSON.parse(String((await stage.ask('/email', post(letter, headers))).body));
  assert.deepEqual([one.ErrorCode, one.Message, one.MessageID], [0, 'OK', '1']);
  const { message } = await newest(stage);
  assert.deepEqual((message as unknown as { envelope: { to: string[] } }).envelope.to, ['ann@x.test', 'bob@x.test']);
  const several = [letter, { ...letter, To: '' }];
  const told = JSON.parse(String((await stage.ask('/email/batch', post(several, headers))).body));
  assert.deepEqual(
    told.map(({ ErrorCode }: { ErrorCode: number }) => ErrorCode),
    [0, 300],
  );
  const wrong = await stage.ask('/email', post({ ...letter, Subject: 'a\r\nBcc: evil@x.test' }, headers));
  assert.equal(wrong.status, 422);
  assert.equal((await newest(stage)).total, 2);
});

test('SES v2: simple and raw', TIME, async () => {
  await using stage = await inboxStage(OPEN);
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=x/20261126/eu/ses/aws4_request, Signature=0' };
  const simple = {
    FromEmailAddress: 'Shop <shop@x.test>',
    Destination: { ToAddresses: ['ann@x.test'], BccAddresses: ['hidden@x.test'] },
    Content: { Simple: { Subject: { Data: 'Grüße' }, Body: { Text: { Data: 'text' }, Html: { Data: '<p>h</p>' } } } },
  };
  const answer = await stage.ask('/v2/email/outbound-emails', post(simple, headers));
  assert.deepEqual(JSON.parse(String(answer.body)), { MessageId: '1' });
  const { message, source } = await newest(stage);
  assert.equal(message.subject, 'Grüße');
  assert.ok(!/hidden@x\.test/.test(source));
  const raw = Buffer.from('From: a@x.test\nTo: ann@x.test, bob@x.test\nSubject: raw\n\nhello\n').toString('base64');
  await stage.ask('/v2/email/outbound-emails', post({ Content: { Raw: { Data: raw } } }, headers));
  const second = await newest(stage);
  assert.equal(second.source, 'From: a@x.test\r\nTo: ann@x.test, bob@x.test\r\nSubject: raw\r\n\r\nhello\r\n');
  assert.equal((await stage.ask('/v2/email/outbound-emails', post({ Content: {} }, headers))).status, 400);
});

test('Mailgun: a form of parts with files, a plain form, a whole message', TIME, async () => {
  await using stage = await inboxStage(OPEN);
  const part = (name: string, value: string, more = ''): string =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const body = [
    part('from', 'Shop <shop@x.test>'),
    part('to', 'ann@x.test'),
    part('to', 'bob@x.test'),
    part('subject', 'Grüße'),
    part('text', 'line one\r\nline two'),
    part('h:X-Own', 'yes'),
    part('h:Reply-To', 'help@x.test'),
    part('attachment', 'a,b\r\n1,2', '; filename="t.csv"\r\nContent-Type: text/csv'),
    '--b--\r\n',
  ].join('');
  const headers = { authorization: `Basic ${Buffer.from('api:key').toString('base64')}` };
  const sent = await stage.ask(
    '/v3/x.test/messages',
    post(body, { ...headers, 'content-type': 'multipart/form-data; boundary=b' }),
  );
  assert.deepEqual(JSON.parse(String(sent.body)), { id: '<1@x.test>', message: 'Queued. Thank you.' });
  const { message, source } = await newest(stage);
  assert.equal(message.subject, 'Grüße');
  assert.equal(message.text.trim(), 'line one\r\nline two');
  assert.match(source, /^X-Own: yes\r$/m);
  assert.match(source, /^Reply-To: help@x\.test\r$/m);
  assert.equal(message.parts.at(-1)?.type, 'text/csv');
  const plain = new URLSearchParams({ from: 'a@x.test', to: 'ann@x.test', subject: 'plain', text: 't' }).toString();
  const urlencoded = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await stage.ask('/v3/x.test/messages', post(plain, urlencoded))).status, 200);
  const whole = [
    part('to', 'ann@x.test'),
    part(
      'message',
      'From: a@x.test\r\nSubject: whole\r\n\r\nhi\r\n',
      '; filename="m.eml"\r\nContent-Type: message/rfc822',
    ),
    '--b--\r\n',
  ].join('');
  const mime = { ...headers, 'content-type': 'multipart/form-data; boundary=b' };
  assert.equal((await stage.ask('/v3/x.test/messages.mime', post(whole, mime))).status, 200);
  assert.equal((await newest(stage)).message.subject, 'whole');
});

test('a page of another origin sends nothing by them', TIME, async () => {
  await using stage = await inboxStage(OPEN);
  const headers = { origin: 'https://evil.test', 'content-type': 'multipart/form-data; boundary=b' };
  for (const path of ['/v3/mail/send', '/email', '/v2/email/outbound-emails', '/v3/x.test/messages']) {
    assert.equal((await stage.ask(path, post('--b--\r\n', headers))).status, 403, path);
  }
});
