import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { hashMachineSecret } from '../../../src/auth/password.ts';
import { start } from '../../../src/index.ts';
import { defaults } from '../../../src/kit/option.ts';
import { open as openEmbedded } from '../../../src/stores/embedded/open.ts';
import { options as embeddedOptions } from '../../../src/stores/embedded/options.ts';

const MAIL: SendMailOptions = { from: 'bob@y.test', to: 'ann@x.test', subject: 's', text: 'hi' };

function transport(url: string, user?: string) {
  const { hostname, port } = new URL(url);
  const auth = user === undefined ? {} : { auth: { user, pass: 'secret' } };
  return createTransport({ host: hostname, port: Number(port), ignoreTLS: true, ...auth });
}

test('--greylist: a stranger is put off, on loopback too, and so is a login that proves nothing', async () => {
  await using servers = await start('smtp', { greylist: '1h' });
  const url = servers.url('smtp');
  for (const user of [undefined, 'bob', 'ann@x.test']) {
    await assert.rejects(
      transport(url, user).sendMail(MAIL),
      /451 4\.7\.1 greylisted, try again in (?:3600|359\d) s/,
      user ?? 'without a login',
    );
  }
});

test('--greylist: an account is not put off, its name with something added is', async () => {
  const data = await mkdtemp(join(tmpdir(), 'cs-test-'));
  try {
    const users = await openEmbedded({ dir: data, options: defaults(embeddedOptions), log: () => {} });
    const now = new Date().toISOString();
    const password = hashMachineSecret('secret');
    await users.users.put({ name: 'bob@y.test', password, addresses: [], createdAt: now, updatedAt: now });
    await users[Symbol.asyncDispose]();
    await using servers = await start('smtp', { greylist: '1h', data });
    const url = servers.url('smtp');
    await assert.rejects(transport(url, 'bob+x@y.test').sendMail(MAIL), /451 4\.7\.1 greylisted/);
    await transport(url, 'bob@y.test').sendMail(MAIL);
    const { from } = await servers.waitMail({ to: 'ann@x.test' });
    assert.equal(from, 'bob@y.test');
  } finally {
    await rm(data, { recursive: true, force: true });
  }
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
