/** SCRAM-SHA-256, OAUTHBEARER and XOAUTH2 with clients that others wrote, over SMTP and POP3. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Serving, serve, sh, tool } from './server.ts';

const msmtp = tool('msmtp');
const mpop = tool('mpop');
const gsasl = tool('gsasl');
const curl = tool('curl');

const USER = 'ann@example.test';
/** SCRAM prepares it as it likes; a bearer token has no spaces. */
const PASSWORD = 'open sesame, ünd more';
const TOKEN = 'ya29.a-token~of+octets/==';
const BEARER = 'bob@example.test';
const MAIL = 'From: me@example.test\r\nTo: ann@example.test\r\nSubject: who am I\r\n\r\nhello\r\n';

const missing = (program: string | undefined, name: string) => program === undefined && `${name} is not installed`;

describe('SASL', () => {
  let server: Serving;
  let file: string;

  before(async () => {
    server = await serve(['smtp', 'pop3', '--auth', 'required'], { data: true });
    file = join(server.state, 'mail.eml');
    writeFileSync(file, MAIL);
    for (const [name, secret] of [
      [USER, PASSWORD],
      [BEARER, TOKEN],
    ] as const) {
      const path = join(server.state, 'secret');
      writeFileSync(path, secret, { mode: 0o600 });
      const args = ['user', 'add', name, '--scram', '--data', server.data, '--password-file', path];
      const added = await server.cs(...args);
      assert.equal(added.code, 0, added.stderr);
    }
  });
  after(async () => assert.equal(await server.stop(), 0));

  const send = (mechanism: string, user: string, secret: string) =>
    sh(
      msmtp ?? '',
      [
        '--file=/dev/null',
        '--host=127.0.0.1',
        `--port=${server.port('smtp')}`,
        '--tls=off',
        `--auth=${mechanism}`,
        `--user=${user}`,
        `--passwordeval=printf %s '${secret}'`,
        `--from=${user}`,
        user,
      ],
      { input: MAIL },
    );

  /** Fetches and removes everything. */
  const fetch = (mechanism: string, user: string, secret: string) =>
    sh(mpop ?? '', [
      '--file=/dev/null',
      '--host=127.0.0.1',
      `--port=${server.port('pop3')}`,
      '--tls=off',
      `--auth=${mechanism}`,
      `--user=${user}`,
      `--passwordeval=printf %s '${secret}'`,
      '--keep=off',
      // Put in place by renaming: a device under this name would be gone.
      `--uidls-file=${join(server.state, `uidls-${mechanism}`)}`,
      '--received-header=off',
      `--delivery=mbox,${join(server.state, `mbox-${mechanism}`)}`,
    ]);
  for (const [mechanism, user, secret] of [
    ['scram-sha-256', USER, PASSWORD],
    ['oauthbearer', BEARER, TOKEN],
    ['xoauth2', BEARER, TOKEN],
  ] as const) {
    test(`${mechanism}: msmtp sends, mpop fetches; with another secret neither does`, {
      skip: missing(msmtp, 'msmtp') || missing(mpop, 'mpop'),
    }, async () => {
      const refused = await send(mechanism, user, 'wrong');
      assert.equal(refused.code, 77);
      assert.match(refused.stderr, /535 5\.7\.8/);
      assert.equal((await fetch(mechanism, user, 'wrong')).code, 77);
      const sent = await send(mechanism, user, secret);
      assert.equal(sent.code, 0, sent.stderr);
      const fetched = await fetch(mechanism, user, secret);
      assert.equal(fetched.code, 0, fetched.stderr);
      assert.match(readFileSync(join(server.state, `mbox-${mechanism}`), 'latin1'), /^Subject: who am I\n\nhello\n/m);
    });
  }

  // Where both are offered curl takes this one, whatever it is told.
  test('oauthbearer: curl sends and fetches; with another token it does neither', {
    skip: missing(curl, 'curl'),
  }, async () => {
    const login = `${BEARER.replace('@', '%40')};AUTH=OAUTHBEARER`;
    const go = (scheme: string, token: string, path: string, more: readonly string[] = []) => {
      const url = `${scheme}://${login}@127.0.0.1:${server.port(scheme)}/${path}`;
      return sh(curl ?? '', ['-sSv', '--url', url, '--oauth2-bearer', token, ...more]);
    };
    const mail = ['--mail-from', BEARER, '--mail-rcpt', BEARER, '--upload-file', file];
    assert.equal((await go('smtp', 'wrong', 'client.test', mail)).code, 67);
    assert.equal((await go('pop3', 'wrong', '1')).code, 67);
    const sent = await go('smtp', TOKEN, 'client.test', mail);
    assert.equal(sent.code, 0, sent.stderr);
    const got = await go('pop3', TOKEN, '1');
    assert.equal(got.code, 0, got.stderr);
    assert.match(got.stderr, /> AUTH OAUTHBEARER/);
    assert.equal(got.stdout, MAIL);
  });

  test('SCRAM-SHA-256: GNU SASL finds that the server has proved itself', {
    skip: missing(gsasl, 'gsasl'),
  }, async () => {
    const login = (password: string) =>
      sh(gsasl ?? '', [
        '--smtp',
        `--connect=127.0.0.1:${server.port('smtp')}`,
        '--mechanism=SCRAM-SHA-256',
        '--no-starttls',
        '--no-cb',
        `--authentication-id=${USER}`,
        `--password=${password}`,
      ]);
    const ran = await login(PASSWORD);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /server trusted/);
    assert.match(ran.stdout, /^235 2\.7\.0 /m);
    assert.notEqual((await login('wrong')).code, 0);
  });
});
