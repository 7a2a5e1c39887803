import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { start } from '../../../src/index.ts';

const MAIL: SendMailOptions = { from: 'bob@y.test', to: 'ann@x.test', subject: 's', text: 'hi' };

function transport(url: string, user?: string) {
  const { hostname, port } = new URL(url);
  const auth = user === undefined ? {} : { auth: { user, pass: 'secret' } };
  return createTransport({ host: hostname, port: Number(port), ignoreTLS: true, ...auth });
}

test('--greylist: a stranger is put off, on loopback too, and who has logged in is not', async () => {
  await using servers = await start('smtp', { greylist: '1h' });
  const url = servers.url('smtp');
  await assert.rejects(transport(url).sendMail(MAIL), /451 4\.7\.1 greylisted, try again in (?:3600|359\d) s/);
  await transport(url, 'bob').sendMail(MAIL);
  const { from } = await servers.waitMail({ to: 'ann@x.test' });
  assert.equal(from, 'bob@y.test');
});

test('--greylist 0s puts nobody off', async () => {
  await using servers = await start('smtp', { greylist: '0s' });
  await transport(servers.url('smtp')).sendMail(MAIL);
  await servers.waitMail({ to: 'ann@x.test' });
});

test('--fail is refused before anything starts where no server here knows the command', async () => {
  await assert.rejects(start(['smtp', 'http'], { fail: ['fetch:1'] }), { code: 'CS_USAGE' });
  await using servers = await start('smtp', { fail: ['mail:1:452'] });
  await assert.rejects(transport(servers.url('smtp')).sendMail(MAIL), /452 4\.3\.0 failed on purpose/);
  await transport(servers.url('smtp')).sendMail(MAIL);
});
