/** curl, msmtp and Python's smtplib and poplib: each sends, reads back and compares octets. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Serving, serve, sh, tool } from './server.ts';

const curl = tool('curl');
const msmtp = tool('msmtp');
const python = tool('python3');

const MAIL =
  'From: me@example.test\r\nTo: ann@example.test\r\nSubject: octets\r\n\r\nfirst\r\n.\r\n..dots\r\n.x\r\n\xe9\r\n';

describe('mail clients', () => {
  let server: Serving;
  let file: string;

  before(async () => {
    server = await serve(['smtp', 'smtps', 'pop3', 'pop3s'], { data: true });
    file = join(server.state, 'mail.eml');
    writeFileSync(file, MAIL, 'latin1');
  });
  after(async () => assert.equal(await server.stop(), 0));

  for (const [name, scheme, id, flags] of [
    ['plain', 'smtp', 'smtp', []],
    ['STARTTLS', 'smtp', 'smtp', ['--ssl-reqd', '-k']],
    ['TLS', 'smtps', 'smtps', ['-k']],
  ] as const) {
    test(`curl ${name} sends, and reads it back by POP3`, {
      skip: curl === undefined && 'curl is not installed',
    }, async () => {
      const box = `curl-${name}@example.test`.toLowerCase();
      const sent = await sh(curl ?? '', [
        '-sS',
        ...flags,
        '--url',
        `${scheme}://127.0.0.1:${server.port(id)}/client.example`,
        '--mail-from',
        'me@example.test',
        '--mail-rcpt',
        box,
        '--upload-file',
        file,
      ]);
      assert.equal(sent.code, 0, sent.stderr);
      const pop = scheme === 'smtps' ? 'pop3s' : 'pop3';
      const args = [
        '-sS',
        ...flags,
        '-o',
        join(server.state, 'got'),
        '-u',
        `${box}:any word`,
        `${pop}://127.0.0.1:${server.port(pop)}/1`,
      ];
      const got = await sh(curl ?? '', args);
      assert.equal(got.code, 0, got.stderr);
      const listed = await sh(curl ?? '', [
        '-sS',
        ...flags,
        '-u',
        `${box}:any word`,
        `${pop}://127.0.0.1:${server.port(pop)}/`,
      ]);
      assert.match(listed.stdout, /^1 \d+\r?\n$/);
      const { readFileSync } = await import('node:fs');
      assert.equal(readFileSync(join(server.state, 'got'), 'latin1'), MAIL);
    });
  }

  test('msmtp sends over STARTTLS with a login', {
    skip: msmtp === undefined && 'msmtp is not installed',
  }, async () => {
    const args = [
      '--host=127.0.0.1',
      `--port=${server.port('smtp')}`,
      '--tls=on',
      '--tls-starttls=on',
      '--tls-certcheck=off',
      '--auth=plain',
      '--user=msmtp-user',
      '--passwordeval=echo word',
      '--from=me@example.test',
      'bob@example.test',
    ];
    const sent = await sh(msmtp ?? '', args, { input: Buffer.from(MAIL, 'latin1') });
    assert.equal(sent.code, 0, sent.stderr);
    const waited = await server.cs('wait', 'mail', '--to', 'bob@example.test', '--timeout', '10s', '--json');
    assert.equal(waited.code, 0, waited.stderr);
  });

  test('smtplib and poplib: 8-bit, SMTPUTF8, DSN, DELE, TOP, UIDL', {
    skip: python === undefined && 'python3 is not installed',
  }, async () => {
    const script = `
import smtplib, poplib, sys
smtp, pop = int(sys.argv[1]), int(sys.argv[2])
s = smtplib.SMTP('127.0.0.1', smtp, timeout=20)
s.ehlo()
assert s.has_extn('SMTPUTF8') and s.has_extn('8BITMIME') and s.has_extn('PIPELINING') and s.has_extn('SIZE') and s.has_extn('DSN')
s.login('py@example.test', 'a word')
mail = b'From: me@example.test\\r\\nSubject: one\\r\\n\\r\\n.lead\\r\\n\\xe9\\r\\n'
s.sendmail('me@example.test', ['py@example.test'], mail, mail_options=['BODY=8BITMIME', 'RET=HDRS', 'ENVID=abc'], rcpt_options=['NOTIFY=SUCCESS,FAILURE', 'ORCPT=rfc822;py@example.test'])
s.sendmail('j\\u00fcrgen@ex\\u00e4mple.test', ['py@example.test'], mail, mail_options=['SMTPUTF8', 'BODY=8BITMIME'])
s.quit()
p = poplib.POP3('127.0.0.1', pop, timeout=20)
p.user('py@example.test'); p.pass_('a word with spaces')
assert p.stat()[0] == 2, p.stat()
assert b'\\r\\n'.join(p.retr(1)[1]) + b'\\r\\n' == mail, p.retr(1)
assert len(p.uidl()[1]) == 2
assert p.top(1, 0)[1][0] == b'From: me@example.test'
p.dele(1); p.rset(); p.dele(2); p.quit()
p = poplib.POP3('127.0.0.1', pop, timeout=20)
p.user('py@example.test'); p.pass_('x')
assert p.stat()[0] == 1
p.quit()
print('fine')
`;
    const ran = await sh(python ?? '', ['-c', script, String(server.port('smtp')), String(server.port('pop3'))]);
    assert.equal(ran.stdout.trim(), 'fine', ran.stderr);
  });
});
