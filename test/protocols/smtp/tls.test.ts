import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { certificate } from '../../net/certificate.ts';
import { Client, codes, Stage } from './stage.ts';

const made = await certificate();

/** The same conversation inside TLS. */
async function secured(client: Client): Promise<Client> {
  client.stream.removeAllListeners('data');
  const socket = connectTls({ socket: client.stream as never, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return new Client(socket);
}

test('SM-12 commands behind STARTTLS in one segment never run, and everything said before is forgotten', async () => {
  await using stage = await Stage.open({ certificate: made });
  const client = await stage.greeted();
  client.send('STARTTLS\r\nEHLO x\r\nMAIL FROM:<i@x>\r\n');
  assert.match(await client.reply(), /^220 2\.0\.0 /);
  const inside = await secured(client);
  assert.deepEqual(codes([await inside.ask('MAIL FROM:<a@x.test>')]), ['503 5.5.1'], 'EHLO is needed again');
  const hello = await inside.ask('EHLO again');
  assert.match(hello, /AUTH/);
  assert.doesNotMatch(hello, /STARTTLS/);
  assert.match(await inside.ask('MAIL FROM:<a@x.test>'), /^250 /, 'no transaction was under way');
  await inside.askAll('RCPT TO:<b@y.test>', 'DATA', '.');
  inside.send('QUIT\r\n');
  assert.deepEqual(codes(await inside.goodbye()), ['221 2.0.0']);
  assert.equal((await stage.mails()).length, 1);
  assert.deepEqual(stage.logged, []);
});

test('SM-13 STARTTLS with an argument, after AUTH, inside DATA, and twice', async () => {
  await using stage = await Stage.open({ certificate: made });
  const client = await stage.greeted();
  assert.deepEqual(codes([await client.ask('STARTTLS now')]), ['501 5.5.4']);
  await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  assert.match(await client.ask('STARTTLS\r\n.'), /^250 /);
  assert.equal((await stage.mails())[0]?.text, 'STARTTLS\r\n');
  assert.match(await client.ask('STARTTLS'), /^220 /);
  const inside = await secured(client);
  await inside.ask('EHLO c');
  assert.deepEqual(codes([await inside.ask('STARTTLS')]), ['503 5.5.1']);
  inside.stream.destroy();
  const other = await stage.greeted();
  await other.ask('AUTH PLAIN AHUAcA==');
  assert.deepEqual(codes([await other.ask('STARTTLS')]), ['503 5.5.1']);
  other.end();
});

test('SM-14 garbage or silence behind STARTTLS ends the connection, and the server serves on', async () => {
  await using stage = await Stage.open({ certificate: made, limits: { handshakeTime: 300 } });
  for (const garbage of ['not a handshake at all\r\n', '']) {
    const client = await stage.greeted();
    await client.ask('STARTTLS');
    client.send(garbage);
    await client.rest();
    client.end();
  }
  assert.match(await (await stage.greeted()).ask('NOOP'), /^250 /);
  assert.deepEqual(stage.logged, []);
});

test('who leaves behind STARTTLS without a word may not trust our certificate: the operator is told, once', async () => {
  await using stage = await Stage.open({ certificate: made });
  const trusting = await stage.greeted();
  await trusting.ask('STARTTLS');
  const inside = await secured(trusting);
  await inside.ask('QUIT');
  inside.stream.destroy();
  assert.deepEqual(stage.warned, []);
  for (let times = 0; times < 2; times++) {
    const client = await stage.greeted();
    await client.ask('STARTTLS');
    (await secured(client)).stream.destroy();
    await client.rest();
  }
  assert.equal(stage.warned.length, 1, JSON.stringify(stage.warned));
  assert.match(JSON.stringify(stage.warned), /smtp\.left_at_tls.*--tls off/);
});

test('where TLS is required nothing but the way to it is answered before', async () => {
  await using stage = await Stage.open({ certificate: made, tls: 'required' });
  const client = await stage.client();
  const hello = await client.ask('EHLO c');
  assert.match(hello, /STARTTLS/);
  assert.doesNotMatch(hello, /AUTH/);
  const replies = await client.askAll('MAIL FROM:<a@x.test>', 'AUTH PLAIN AHUAcA==', 'VRFY a', 'NOOP', 'STARTTLS');
  assert.deepEqual(codes(replies), ['530 5.7.0', '530 5.7.0', '530 5.7.0', '250 2.0.0', '220 2.0.0']);
  const inside = await secured(client);
  assert.deepEqual(codes((await inside.askAll('EHLO c', 'MAIL FROM:<a@x.test>')).slice(1)), ['250 2.1.0']);
  inside.stream.destroy();
});

test('implicit TLS: the greeting comes inside', async () => {
  await using stage = await Stage.open({ certificate: made, tls: 'implicit', scheme: 'smtps' });
  const socket = connectTls({ host: '127.0.0.1', port: stage.door.port, rejectUnauthorized: false });
  const client = new Client(socket);
  assert.match(await client.reply(), /^220 mail\.test ESMTP/);
  assert.doesNotMatch(await client.ask('EHLO c'), /STARTTLS/);
  await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA', '.');
  client.send('QUIT\r\n');
  assert.deepEqual(codes(await client.goodbye()), ['221 2.0.0']);
  assert.equal((await stage.mails()).length, 1);
});

test('without a certificate STARTTLS is not offered', async () => {
  await using stage = await Stage.open();
  const client = await stage.client();
  assert.doesNotMatch(await client.ask('EHLO c'), /STARTTLS/);
  assert.deepEqual(codes([await client.ask('STARTTLS')]), ['502 5.5.1']);
  client.end();
});
