import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { start } from '../../../src/index.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { OWN } from '../../net/own-address.ts';

const TIME = { timeout: 30_000 };

async function send(url: string, mail: Record<string, string>): Promise<void> {
  const { hostname, port } = new URL(url);
  const transport = createTransport({ host: hostname, port: Number(port), ignoreTLS: true });
  await transport.sendMail({ from: 'shop@x.test', to: 'ann@x.test', text: 'hello', ...mail });
  transport.close();
}

test('a test starts a server, waits for mail, and everything is gone with the block', TIME, async () => {
  let port = 0;
  let socket = '';
  {
    // Its own address, where no other program listens once this one has gone.
    await using servers = await start('smtp', { host: OWN });
    port = servers.servers[0]!.port;
    socket = servers.env.CS_CONTROL!;
    assert.equal(servers.env.CS_SMTP_URL, servers.url('smtp'));
    const before = await servers.mark();
    const waiting = servers.waitMail({ to: 'ann@x.test', subject: /^welcome/i, after: before });
    await send(servers.url('smtp'), { subject: 'Other' });
    await send(servers.url('smtp'), {
      subject: 'Welcome',
      text: 'Your code is 493817, or go to https://shop.test/verify?t=1.',
      html: '<p>Hi <b>Ann</b></p>',
      headers: undefined as never,
    });
    const mail = await waiting;
    assert.deepEqual([mail.subject, mail.from, mail.to, mail.user], ['Welcome', 'shop@x.test', ['ann@x.test'], null]);
    assert.equal(mail.extract('code'), '493817');
    assert.equal(mail.extract('link'), 'https://shop.test/verify?t=1');
    assert.equal(mail.extract('link:/nothing/'), undefined);
    assert.match(mail.html, /<b>Ann<\/b>/);
    assert.match(mail.header('content-type')[0] ?? '', /^multipart\/alternative/);
    assert.ok(Buffer.from(mail.raw).includes('Subject: Welcome\r\n'));
    assert.ok(mail.cursor > before && mail.receivedAt.getTime() <= Date.now());
    assert.deepEqual(
      (await servers.mails()).map(({ subject }) => subject),
      ['Other', 'Welcome'],
    );
    await servers.noMail({ to: 'bob@x.test' }, 50);
    await assert.rejects(servers.noMail({ to: 'ann@x.test' }, 50), (error: CsError) => error.code === 'CS_ASSERTION');
    assert.equal(await servers.clear(), 2);
    assert.deepEqual(await servers.mails(), []);
  }
  assert.ok(!existsSync(socket));
  await assert.rejects(
    new Promise((resolve, reject) => connect(port, OWN).once('error', reject).once('connect', resolve)),
  );
});

test('what did not come says what came instead', TIME, async () => {
  await using servers = await start('smtp');
  await send(servers.url('smtp'), { subject: 'Other' });
  await assert.rejects(
    servers.waitMail({ subject: 'Welcome', timeout: 2000 }),
    (error: CsError) => error.code === 'CS_TIMEOUT' && /subject "Other".*subject did not match/.test(error.message),
  );
});

test('requests are waited for as mail is', TIME, async () => {
  await using servers = await start(['http'], { record: 'all' });
  const url = new URL('/hook?id=7', servers.url('http'));
  const answered = new Promise((resolve, reject) => {
    const asking = request(url, { method: 'POST', headers: { 'X-Tag': 'a' } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    asking.once('error', reject);
    asking.end('{"event":"paid"}');
  });
  const got = await servers.waitRequest({
    method: 'POST',
    path: '/hook',
    query: { id: /^7$/ },
    header: { 'x-tag': 'a' },
  });
  assert.equal(got.status, await answered);
  assert.deepEqual([got.method, got.path, got.query], ['POST', '/hook', 'id=7']);
});

test('several at once do not meet, and each has its own mail', TIME, async () => {
  const all = await Promise.all([start('smtp'), start('smtp'), start('smtp')]);
  try {
    await Promise.all(all.map((one, index) => send(one.url('smtp'), { subject: `s${index}` })));
    const subjects = await Promise.all(all.map(async (one) => (await one.waitMail()).subject));
    assert.deepEqual(subjects, ['s0', 's1', 's2']);
    assert.deepEqual(await Promise.all(all.map(async (one) => (await one.mails()).length)), [1, 1, 1]);
  } finally {
    await Promise.all(all.map((one) => one.stop()));
  }
});

test('flags are those of the command line, and mistakes are told', TIME, async () => {
  const fails = async (code: string, ...args: Parameters<typeof start>): Promise<CsError> => {
    const failed = await start(...args).then(
      (servers) => servers.stop(),
      (error: unknown) => error,
    );
    assert.ok(failed instanceof CsError);
    assert.equal(failed.code, code, failed.message);
    return failed;
  };
  assert.equal((await fails('CS_USAGE', 'smtp', { dta: './x' })).hint, 'did you mean data?');
  assert.match((await fails('CS_USAGE', 'smpt')).hint ?? '', /smtp/);
  await fails('CS_USAGE', 'smtp', { auth: 'maybe' });
  await fails('CS_UNSAFE', 'smtp', { host: '0.0.0.0' });
  await using servers = await start('smtp', { smtpSize: '1k', connections: 5 });
  await assert.rejects(send(servers.url('smtp'), { text: 'x'.repeat(5000) }), /552/);
});
