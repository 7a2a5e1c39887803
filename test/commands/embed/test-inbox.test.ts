/** An inbox of one test, by every protocol that its login opens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { type Servers, start, type TestInbox } from '../../../src/index.ts';
import type { CsError } from '../../../src/kit/errors.ts';
import { lineTalk } from './line-talk.ts';

const TIME = { timeout: 60_000 };

async function send(servers: Servers, inbox: TestInbox | undefined, fields: object): Promise<void> {
  const transport = createTransport(inbox ? inbox.url('smtp') : servers.url('smtp'), {} as never);
  await transport.sendMail({ from: 'shop@x.test', text: 'hello', ...fields });
  transport.close();
}

const subjects = async (inbox: TestInbox): Promise<readonly string[]> =>
  (await inbox.mails()).map(({ subject }) => subject);

for (const auth of ['any', 'required'] as const) {
  test(`${auth}: two tests of one name at once have an inbox each`, TIME, async () => {
    await using servers = await start('mail', { auth });
    let name = '';
    {
      await using a = await servers.inbox({ name: 'sign up' });
      await using b = await servers.inbox({ name: 'sign up', ttl: 60_000 });
      assert.notEqual(a.address, b.address);
      name = a.name;
      await send(servers, a, { to: 'customer@y.test', subject: 'by the login of a' });
      await send(servers, b, { to: 'customer@y.test', subject: 'by the login of b' });
      await send(servers, undefined, { to: a.address, subject: 'to a' });
      await send(servers, undefined, { to: b.address.replace('@', '+tag@'), subject: 'to b' });
      assert.deepEqual(await subjects(a), ['by the login of a', 'to a']);
      assert.deepEqual(await subjects(b), ['by the login of b', 'to b']);
      assert.equal((await b.waitMail({ to: /tag/ })).subject, 'to b');
      await a.noMail({ subject: / b$/ }, 20);
      await assert.rejects(
        a.waitMail({ subject: /to b/, timeout: 2000 }),
        ({ message }: CsError) => /2 messages arrived/.test(message) && !/ of b|to b"/.test(message),
      );

      const imap = new ImapFlow({
        host: '127.0.0.1',
        port: Number(new URL(servers.url('imap')).port),
        secure: false,
        auth: { user: a.user, pass: a.password },
        logger: false,
      });
      await imap.connect();
      const lock = await imap.getMailboxLock('INBOX');
      const seen: string[] = [];
      for await (const { envelope } of imap.fetch('1:*', { envelope: true })) seen.push(String(envelope?.subject));
      lock.release();
      await imap.logout();
      assert.deepEqual(seen, ['by the login of a', 'to a']);

      const pop3 = Number(new URL(servers.url('pop3')).port);
      assert.match((await lineTalk(pop3, [`USER ${b.user}`, `PASS ${b.password}`, 'STAT'])).at(-1)!, /^\+OK 2 /);
      assert.match((await lineTalk(pop3, [`USER ${b.user}`, `PASS ${a.password}`])).at(-1)!, /^-ERR/);
      assert.equal(await a.clear(), 2);
      assert.deepEqual(await subjects(b), ['by the login of b', 'to b']);
    }
    const pop3 = Number(new URL(servers.url('pop3')).port);
    const gone = `csi_${'A'.repeat(32)}.${name}`;
    assert.match((await lineTalk(pop3, [`USER ${name}`, `PASS ${gone}`])).at(-1)!, /^-ERR/, 'its login is gone');
  });
}

test('what an inbox cannot hold is refused, and the sender is told', TIME, async () => {
  await using servers = await start('smtp');
  await using inbox = await servers.inbox({ messages: 1 });
  await send(servers, undefined, { to: inbox.address, subject: 'one' });
  await assert.rejects(send(servers, undefined, { to: inbox.address, subject: 'two' }), /452 4\.2\.2/);
  assert.deepEqual(await subjects(inbox), ['one']);
});

test('an inbox that expired is ended without an error', TIME, async () => {
  await using servers = await start('smtp');
  await using inbox = await servers.inbox({ ttl: 30 });
  await send(servers, undefined, { to: inbox.address, subject: 'one' });
  const one = await servers.inbox();
  assert.equal(await one.end(), 0);
  assert.equal(await one.end(), 0);
  await assert.rejects(servers.inbox({ ttl: -1 }), (error: CsError) => error.code === 'CS_INPUT');
});

test('the login of an inbox opens no files', TIME, async () => {
  await using servers = await start(['smtp', 'ftp'], { auth: 'required' });
  await using inbox = await servers.inbox();
  const port = Number(new URL(servers.url('ftp')).port);
  const talk = await lineTalk(port, [`USER ${inbox.user}`, `PASS ${inbox.password}`]);
  assert.match(talk.at(-1)!, /^530 /);
});
