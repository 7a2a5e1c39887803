/** SendGrid's, Postmark's, Amazon's and Mailgun's own clients, with the key of a lent inbox where they have one. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { type Letter, providerClients } from './provider-clients.ts';
import { type Serving, serve } from './server.ts';

const clients = await providerClients();
const TIME = { timeout: 60_000 };

interface Lent {
  readonly address: string;
  readonly token: string;
}
interface Row {
  readonly subject: string;
  readonly id: string;
}

describe('providers', { skip: clients === undefined && 'not installed' }, () => {
  let server: Serving;
  let base = '';
  before(async () => {
    server = await serve(['smtp']);
    base = `http://127.0.0.1:${server.port('inbox')}`;
  });
  after(async () => {
    await server?.stop();
    clients?.[Symbol.dispose]();
  });

  const ask = (method: string, path: string, token?: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const headers = { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' };
      const asking = request(new URL(path, base), { method, headers }, async (answer) => {
        let text = '';
        for await (const chunk of answer) text += String(chunk);
        resolve(JSON.parse(text));
      });
      asking.once('error', reject);
      asking.end(method === 'POST' ? '{}' : undefined);
    });
  const lend = async () => (await ask('POST', '/api/inboxes')) as Lent;

  /** What one inbox has of it, and that no other has it. */
  async function arrived({ token }: Lent, { subject, text, html }: Letter): Promise<void> {
    const { messages } = (await ask('GET', '/api/messages', token)) as { messages: readonly Row[] };
    assert.deepEqual(
      messages.map((row) => row.subject),
      [subject],
    );
    const message = (await ask('GET', `/api/messages/${messages[0]!.id}`, token)) as Letter;
    assert.deepEqual([message.text.trim(), message.html.trim()], [text, html]);
    const other = (await ask('GET', '/api/messages', (await lend()).token)) as { messages: readonly Row[] };
    assert.deepEqual(other.messages, []);
  }

  const letterTo = (to: string, who: string): Letter => ({
    to,
    subject: `Grüße von ${who}`,
    text: 'Hällo',
    html: '<p>Hällo</p>',
  });

  test('@sendgrid/mail', TIME, async () => {
    const inbox = await lend();
    const sendgrid = clients!.get('@sendgrid/mail');
    sendgrid.setApiKey(inbox.token);
    sendgrid.client.setDefaultRequest('baseUrl', base);
    const letter = letterTo('customer@y.test', 'SendGrid');
    const [{ statusCode }] = await sendgrid.send({ from: 'shop@x.test', ...letter });
    assert.equal(statusCode, 202);
    await arrived(inbox, letter);
  });

  test('postmark', TIME, async () => {
    const inbox = await lend();
    const { ServerClient } = clients!.get('postmark');
    const postmark = new ServerClient(inbox.token, { useHttps: false, requestHost: new URL(base).host });
    const letter = letterTo('customer@y.test', 'Postmark');
    const { to, subject, text, html } = letter;
    const told = await postmark.sendEmail({
      From: 'shop@x.test',
      To: to,
      Subject: subject,
      TextBody: text,
      HtmlBody: html,
    });
    assert.equal(told.ErrorCode, 0);
    await arrived(inbox, letter);
  });

  test('mailgun.js', TIME, async () => {
    const inbox = await lend();
    const Mailgun = clients!.get('mailgun.js').default;
    const mailgun = new Mailgun(clients!.get('form-data')).client({ username: 'api', key: inbox.token, url: base });
    const letter = letterTo('customer@y.test', 'Mailgun');
    const told = await mailgun.messages.create('x.test', { from: 'shop@x.test', ...letter });
    assert.match(told.id, /@/);
    await arrived(inbox, letter);
  });

  test('@aws-sdk/client-sesv2, whose signature is no key of ours: by the address', TIME, async () => {
    const inbox = await lend();
    const { SESv2Client, SendEmailCommand } = clients!.get('@aws-sdk/client-sesv2');
    const credentials = { accessKeyId: 'anything', secretAccessKey: 'anything' };
    const ses = new SESv2Client({ endpoint: base, region: 'eu-central-1', credentials });
    const letter = letterTo(inbox.address, 'Amazon');
    const { to, subject, text, html } = letter;
    const told = await ses.send(
      new SendEmailCommand({
        FromEmailAddress: 'shop@x.test',
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text }, Html: { Data: html } } } },
      }),
    );
    ses.destroy();
    assert.ok(told.MessageId);
    await arrived(inbox, letter);
  });
});
