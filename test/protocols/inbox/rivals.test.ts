/** Programs of other mail catchers, unmodified, on the inbox. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mailhog from 'mailhog';
import { MailpitClient } from 'mailpit-api';
import type { Delivery, Envelope } from '../../../src/contracts/delivery.ts';
import { createChosenFaults } from '../../../src/kit/faults.ts';
import { codes, Stage } from '../smtp/stage.ts';
import { type InboxStage, inboxStage } from './stage.ts';

const TIME = { timeout: 120_000 };

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const WHOLE = [
  'From: "Shop, Inc." <shop@x.test>',
  'To: Ann <ann@x.test>, "Bob, B" <bob@x.test>',
  'Cc: cat@x.test',
  'Reply-To: help@x.test',
  'Subject: =?utf-8?b?Q2Fmw6kgb3JkZXI=?=',
  'Message-ID: <1@x.test>',
  'Date: Tue, 24 Nov 2026 10:00:00 +0000',
  'List-Unsubscribe: <https://x.test/u>, <mailto:u@x.test>',
  'X-Tag: one',
  'X-Tag: two',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=m',
  '',
  '--m',
  'Content-Type: multipart/related; boundary=r',
  '',
  '--r',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p>Your code is 4711 <img src=3D"cid:logo"> <script>alert(1)</script><a href=3D"https://x.test/go">go</a></p>',
  '--r',
  'Content-Type: image/png; name=logo.png',
  'Content-Disposition: inline; filename=logo.png',
  'Content-ID: <logo>',
  'Content-Transfer-Encoding: base64',
  '',
  PNG.toString('base64'),
  '--r--',
  '--m',
  'Content-Type: text/plain',
  'Content-Disposition: attachment; filename="bill.txt"',
  '',
  'total 9',
  '--m--',
  '',
].join('\r\n');

function plain(subject: string, from = 'bob@y.test', to = 'ann@x.test', text = 'hello'): string {
  return `From: ${from}\r\nTo: ${to}\r\nSubject: ${subject}\r\nContent-Type: text/plain\r\n\r\n${text}\r\n`;
}

async function withStage(work: (stage: InboxStage, url: string) => Promise<void>, more = {}): Promise<void> {
  await using stage = await inboxStage(more);
  await work(stage, `http://127.0.0.1:${stage.door.port}`);
}

/** What was released, in place of a server. */
function releases() {
  const sent: { envelope: Envelope; text: string }[] = [];
  const delivery: Delivery = {
    open: (envelope) => {
      let text = '';
      return {
        write: (chunk) => {
          text += Buffer.from(chunk).toString();
          return undefined;
        },
        commit: async () => {
          sent.push({ envelope, text });
          return { id: 'r1', size: text.length, results: [] };
        },
        abort: async () => {},
      };
    },
  };
  return { sent, delivery };
}

test('mailpit-api: lists, one message, its parts, headers and source', TIME, () =>
  withStage(async (stage, url) => {
    await stage.deliver(WHOLE);
    await stage.deliver(plain('two'));
    const mailpit = new MailpitClient(url);
    const list = await mailpit.listMessages();
    assert.deepEqual([list.total, list.unread, list.messages_count, list.count, list.start], [2, 2, 2, 2, 0]);
    assert.deepEqual(
      list.messages.map(({ Subject }) => Subject),
      ['two', 'Café order'],
    );
    const item = list.messages[1]!;
    assert.deepEqual(
      [item.From, item.To, item.Cc, item.ReplyTo, item.Read, item.MessageID],
      [
        { Name: 'Shop, Inc.', Address: 'shop@x.test' },
        [
          { Name: 'Ann', Address: 'ann@x.test' },
          { Name: 'Bob, B', Address: 'bob@x.test' },
        ],
        [{ Name: '', Address: 'cat@x.test' }],
        [{ Name: '', Address: 'help@x.test' }],
        false,
        '1@x.test',
      ],
    );
    assert.match(item.Snippet, /Your code is 4711/);
    const message = await mailpit.getMessageSummary(item.ID);
    assert.match(message.HTML, /Your code is 4711/);
    assert.equal(message.Date, '2026-11-24T10:00:00.000Z');
    assert.deepEqual(message.ListUnsubscribe.Links, ['https://x.test/u', 'mailto:u@x.test']);
    assert.deepEqual(
      message.Attachments.map(({ FileName, Size }) => [FileName, Size]),
      [['bill.txt', 7]],
    );
    assert.deepEqual(
      message.Inline.map(({ FileName, ContentID }) => [FileName, ContentID]),
      [['logo.png', 'logo']],
    );
    const part = await mailpit.getMessageAttachment(item.ID, message.Attachments[0]!.PartID);
    assert.equal(await part.text(), 'total 9');
    const image = await mailpit.getAttachmentThumbnail(item.ID, message.Inline[0]!.PartID);
    assert.deepEqual(Buffer.from(await image.arrayBuffer()), PNG);
    const headers = await mailpit.getMessageHeaders(item.ID);
    assert.deepEqual([headers['X-Tag'], headers['Message-Id']], [['one', 'two'], ['<1@x.test>']]);
    assert.equal(await mailpit.getMessageSource(item.ID), WHOLE);
    assert.equal((await mailpit.getMessageSummary()).Subject, 'two');
    const html = await mailpit.renderMessageHTML(item.ID);
    assert.ok(html.includes(`data:image/png;base64,${PNG.toString('base64')}`));
    assert.deepEqual(
      (await mailpit.linkCheck(item.ID)).Links.map(({ URL }) => URL),
      ['https://x.test/go'],
    );
    assert.equal((await mailpit.getInfo()).Messages, 2);
    assert.equal((await mailpit.getConfiguration()).MessageRelay.Enabled, false);
    assert.equal((await mailpit.spamAssassinCheck(item.ID)).IsSpam, false);
    await assert.rejects(mailpit.getChaosTriggers(), /400 .*: Chaos is not enabled$/);
    assert.equal((await mailpit.getConfiguration()).ChaosEnabled, false);
  }),
);

test('mailpit-api: search, wait, read, tags, release, send, delete', TIME, async () => {
  const { sent, delivery } = releases();
  await withStage(
    async (stage, url) => {
      const mailpit = new MailpitClient(url);
      const waiting = mailpit.waitForMessage({ query: 'subject:late' }, { timeout: 10_000, interval: 20 });
      await stage.deliver(plain('early'));
      await stage.deliver(plain('late'));
      const late = await waiting;
      assert.equal(late.Subject, 'late');
      assert.equal((await mailpit.searchMessages({ query: 'subject:early' })).messages_count, 1);
      assert.equal(await mailpit.setReadStatus({ IDs: [late.ID], Read: true }), 'ok');
      assert.equal((await mailpit.searchMessages({ query: 'is:read' })).messages[0]?.ID, late.ID);
      await mailpit.setTags({ IDs: [late.ID], Tags: ['a b', 'c'] });
      assert.deepEqual(await mailpit.getTags(), ['a b', 'c']);
      await mailpit.renameTag('c', 'd');
      await mailpit.deleteTag('a b');
      assert.deepEqual(await mailpit.getTags(), ['d']);
      await mailpit.releaseMessage(late.ID, { To: ['out@z.test'] });
      assert.deepEqual(
        sent.map(({ envelope }) => envelope.to),
        [[{ address: 'out@z.test' }]],
      );
      const { ID } = await mailpit.sendMessage({
        From: { Email: 'a@x.test', Name: 'A "q" B' },
        To: [{ Email: 'ann@x.test', Name: 'Ann' }],
        Cc: [{ Email: 'cat@x.test' }],
        Bcc: ['bcc@x.test'],
        Subject: 'sent ü',
        Text: 'text',
        HTML: '<b>html</b>',
        Headers: { 'X-Own': 'yes' },
        Tags: ['new'],
        Attachments: [{ Filename: 'a.txt', Content: Buffer.from('file').toString('base64') }],
      });
      const got = await mailpit.getMessageSummary(ID);
      assert.deepEqual(
        [got.Subject, got.From.Name, got.Tags, got.Text.trim(), got.HTML, got.Attachments[0]?.FileName],
        ['sent ü', 'A "q" B', ['new'], 'text', '<b>html</b>', 'a.txt'],
      );
      assert.deepEqual((await mailpit.getMessageHeaders(ID))['X-Own'], ['yes']);
      await assert.rejects(mailpit.sendMessage({ From: { Email: 'a@x.test' }, To: [], Subject: 'x' }));
      await mailpit.deleteMessagesBySearch({ query: 'subject:early' });
      await mailpit.deleteMessages({ IDs: [late.ID] });
      assert.deepEqual(
        (await mailpit.listMessages()).messages.map((one) => one.ID),
        [ID],
      );
      await mailpit.deleteMessages();
      assert.equal((await mailpit.listMessages()).total, 0);
      await assert.rejects(mailpit.getMessageSummary('latest'));
    },
    { release: delivery },
  );
});

test('mailhog: messages, search, texts, attachments, release, delete', TIME, async () => {
  const { sent, delivery } = releases();
  await withStage(
    async (stage) => {
      await stage.deliver(plain('first', 'bob@y.test', 'ann@x.test', 'the needle'));
      const id = await stage.deliver(WHOLE, { from: 'shop@x.test', to: [{ address: 'cat@x.test' }] });
      const hog = mailhog({ host: '127.0.0.1', port: stage.door.port });
      const all = (await hog.messages())!;
      assert.deepEqual([all.total, all.count, all.start], [2, 2, 0]);
      const [newest] = all.items;
      assert.equal(newest?.ID, id);
      assert.equal(newest?.subject, 'Café order');
      assert.equal(newest?.from, '"Shop, Inc." <shop@x.test>');
      assert.deepEqual(
        newest?.attachments.map(({ name }: { name: string }) => name),
        ['bill.txt'],
      );
      assert.equal((await hog.messages(1, 1))?.items[0]?.subject, 'first');
      assert.equal((await hog.search('needle'))?.items[0]?.text?.trim(), 'the needle');
      assert.equal((await hog.latestFrom('bob@y.test'))?.subject, 'first');
      assert.equal((await hog.latestTo('cat@x.test'))?.subject, 'Café order');
      assert.equal(await hog.latestContaining('nothing of that'), 0);
      await hog.releaseMessage(id, { host: 'mx', port: '25', email: 'out@z.test' } as never);
      assert.deepEqual(
        sent.map(({ envelope }) => envelope.to),
        [[{ address: 'out@z.test' }]],
      );
      assert.equal((await hog.deleteMessage(id)).statusCode, 200);
      assert.equal((await hog.messages())?.total, 1);
      assert.equal((await hog.deleteAll()).statusCode, 200);
      assert.equal((await hog.messages())?.total, 0);
    },
    { release: delivery },
  );
});

test('GET /api/v1/messages is Mailpit’s object, or MailHog’s list where that is wanted', TIME, async () => {
  await withStage(async (stage) => {
    await stage.deliver(plain('one'));
    assert.ok(!Array.isArray((await stage.ask('/api/v1/messages')).json));
  });
  await withStage(
    async (stage) => {
      await stage.deliver(plain('one'));
      const { json } = await stage.ask('/api/v1/messages');
      assert.ok(Array.isArray(json) && json.length === 1);
    },
    { options: { api: 'mailhog' } },
  );
});

test('MailDev: both bases, filters, HTML, source, attachments, relay, read-all, delete', TIME, async () => {
  const { sent, delivery } = releases();
  await withStage(
    async (stage) => {
      const id = await stage.deliver(WHOLE);
      await stage.deliver(plain('two'));
      for (const base of ['', '/api']) {
        const all = JSON.parse(String((await stage.ask(`${base}/email`)).body)) as Record<string, never>[];
        assert.deepEqual(
          all.map(({ subject }) => subject),
          ['Café order', 'two'],
        );
        const some = JSON.parse(String((await stage.ask(`${base}/email?to.address=bob@x.test`)).body)) as object[];
        assert.equal(some.length, 1);
      }
      const email = JSON.parse(String((await stage.ask(`/email/${id}`)).body));
      assert.deepEqual(email.from, [{ name: 'Shop, Inc.', address: 'shop@x.test' }]);
      assert.deepEqual(email.headers['x-tag'], ['one', 'two']);
      assert.equal(email.attachments.length, 2);
      const file = await stage.ask(`/email/${id}/attachment/bill.txt`);
      assert.equal(String(file.body), 'total 9');
      assert.match(String(file.headers['content-disposition']), /^attachment/);
      assert.equal(String((await stage.ask(`/email/${id}/source`)).body), WHOLE);
      const page = await stage.ask(`/email/${id}/html`);
      assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*sandbox/);
      assert.equal((await stage.ask(`/email/${id}/relay/out@z.test`, { method: 'POST' })).status, 200);
      assert.equal(sent[0]?.envelope.to[0]?.address, 'out@z.test');
      assert.equal(String((await stage.ask('/email/read-all', { method: 'PATCH' })).body).trim(), '2');
      assert.equal(String((await stage.ask(`/email/${id}`, { method: 'DELETE' })).body).trim(), 'true');
      assert.equal(String((await stage.ask('/email/all', { method: 'DELETE' })).body).trim(), 'true');
      assert.deepEqual(JSON.parse(String((await stage.ask('/email')).body)), []);
      assert.equal((await stage.ask('/healthz')).status, 200);
      assert.equal((await stage.ask('/email/99')).status, 404);
    },
    { release: delivery },
  );
});

test('a page of another origin changes nothing by the rivals’ paths either', TIME, () =>
  withStage(async (stage) => {
    const id = await stage.deliver(plain('one'));
    const headers = { origin: 'https://evil.test', 'content-type': 'text/plain' };
    for (const [method, path] of [
      ['DELETE', '/api/v1/messages'],
      ['DELETE', `/api/v1/messages/${id}`],
      ['POST', '/api/v1/send'],
      ['DELETE', '/email/all'],
      ['POST', `/email/${id}/relay`],
    ] as const) {
      assert.equal((await stage.ask(path, { method, headers, body: '{}' })).status, 403, path);
    }
    assert.equal((await stage.ask('/api/messages')).json.total, 1);
  }),
);

test('mailpit-api: html-check tells what mail programs leave out, by our own table', TIME, () =>
  withStage(async (stage, url) => {
    const mailpit = new MailpitClient(url);
    const page = '<p style="display:flex">a</p><p style="display: flex; max-width:9px">b</p><video></video>';
    const id = await stage.deliver(
      `From: a@x.test\r\nTo: b@x.test\r\nSubject: h\r\nContent-Type: text/html\r\n\r\n${page}\r\n`,
    );
    const { Total, Platforms, Warnings } = await mailpit.htmlCheck(id);
    assert.deepEqual(Platforms, {
      'desktop-webmail': ['Gmail', 'Yahoo! Mail'],
      windows: ['Outlook'],
      macos: ['Apple Mail'],
    });
    const flex = Warnings.find(({ Slug }) => Slug === 'css-display-flex')!;
    assert.deepEqual([flex.Category, flex.Score], ['css', { Found: 2, Supported: 50, Partial: 25, Unsupported: 25 }]);
    assert.deepEqual(
      flex.Results.map(({ Family, Support }) => [Family, Support]),
      [
        ['Gmail', 'partial'],
        ['Outlook', 'no'],
        ['Yahoo! Mail', 'yes'],
        ['Apple Mail', 'yes'],
      ],
    );
    assert.deepEqual(Warnings.map(({ Title }) => Title).sort(), ['<video>', 'display: flex', 'max-width']);
    assert.equal(Total.Nodes, 3);
    assert.equal(Total.Supported + Total.Partial + Total.Unsupported, 100);
    assert.equal(Total.Partial, (2 * 25 + 0 + 25) / 4);
    await stage.deliver(plain('words only'));
    await assert.rejects(mailpit.htmlCheck(), /400 .*: message does not contain HTML$/);
  }),
);

test('mailpit-api: chaos is chosen while SMTP runs, with --inbox-chaos on', TIME, () => {
  const chosenFaults = createChosenFaults();
  return withStage(
    async (_stage, url) => {
      const mailpit = new MailpitClient(url);
      const off = (ErrorCode: number) => ({ ErrorCode, Probability: 0 });
      assert.equal((await mailpit.getConfiguration()).ChaosEnabled, true);
      assert.deepEqual(await mailpit.getChaosTriggers(), {
        Sender: off(451),
        Recipient: off(451),
        Authentication: off(535),
      });
      const wanted = { ErrorCode: 550, Probability: 100 };
      assert.deepEqual(
        await mailpit.setChaosTriggers({ Recipient: wanted, Authentication: { ErrorCode: 0, Probability: 7 } }),
        {
          Sender: off(451),
          Recipient: wanted,
          Authentication: { ErrorCode: 535, Probability: 7 },
        },
      );
      await using smtp = await Stage.open({ chosenFaults });
      const letter = 'EHLO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n';
      assert.deepEqual(codes(await smtp.say(letter)).slice(1), ['250 2.1.0', '550 5.3.0']);
      for (const [trigger, problem] of [
        [{ ErrorCode: 250, Probability: 1 }, 'error code must be between 400 and 599'],
        [{ ErrorCode: 451, Probability: 101 }, 'probability must be between 0 and 100'],
      ] as const) {
        await assert.rejects(mailpit.setChaosTriggers({ Sender: trigger }), new RegExp(`400 .*: ${problem}$`));
      }
      assert.deepEqual((await mailpit.getChaosTriggers()).Recipient, wanted, 'what was wrong changed nothing');
      assert.deepEqual((await mailpit.setChaosTriggers()).Recipient, off(451));
      assert.deepEqual(codes(await smtp.say(letter)).slice(1), ['250 2.1.0', '250 2.1.5']);
    },
    { options: { api: 'mailpit', chaos: 'on' }, chosenFaults },
  );
});
