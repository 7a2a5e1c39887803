/** The libraries that applications send by: PHPMailer, Ruby's mail, Python's aiosmtplib, Perl's Net::SMTP. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { hasPerlModule, type Serving, serve, sh, tool } from './server.ts';

const PHPMAILER = '/usr/share/php/libphp-phpmailer/autoload.php';
/** What starts and ends with dots, and is no ASCII. */
const TEXT = '.lead\n.\ngrün';

const PHP = `
require '${PHPMAILER}';
[, $port, $tls, $auth, $encoding] = $argv;
$m = new PHPMailer\\PHPMailer\\PHPMailer(true);
$m->isSMTP(); $m->Host = '127.0.0.1'; $m->Port = (int) $port; $m->SMTPAutoTLS = $tls === 'tls';
$m->SMTPOptions = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]];
if ($auth !== 'none') { $m->SMTPAuth = true; $m->AuthType = $auth; $m->Username = 'php@ours.test'; $m->Password = 'p'; }
$m->CharSet = 'UTF-8'; $m->Encoding = $encoding; $m->dsn = 'SUCCESS,FAILURE'; $m->SMTPKeepAlive = true;
$m->setFrom('me@c.test', 'Jürgen'); $m->addAddress('to@ours.test', 'Ünal'); $m->addBCC('bcc@ours.test');
$m->Subject = "grün $tls $auth $encoding"; $m->Body = ${JSON.stringify(TEXT)}; $m->addStringAttachment("\\0\\1\\xff", 'ü ä.bin');
$m->send(); $m->send(); $m->smtpClose(); echo 'fine';
`;

const RUBY = `
require 'mail'
port, tls, auth = ARGV # that library upgrades where it can, whatever it is told
login = auth == 'none' ? {} : { user_name: 'ruby@ours.test', password: 'p', authentication: auth }
Mail.defaults { delivery_method :smtp, { address: '127.0.0.1', port: port.to_i, enable_starttls_auto: tls == 'tls', openssl_verify_mode: 'none' }.merge(login) }
m = Mail.new(charset: 'UTF-8') { from 'me@c.test'; to 'to@ours.test'; subject "grün #{tls} #{auth}"; body ${JSON.stringify(TEXT)} }
m.charset = 'UTF-8'
m.deliver!
print 'fine'
`;

const PYTHON = `
import asyncio, aiosmtplib, ssl, sys
async def main(port, tls, auth):
    trust = ssl.create_default_context(); trust.check_hostname = False; trust.verify_mode = ssl.CERT_NONE
    login = {} if auth == 'none' else {'username': 'aio@ours.test', 'password': 'p'}
    async with aiosmtplib.SMTP(hostname='127.0.0.1', port=port, start_tls=tls == 'tls', tls_context=trust if tls == 'tls' else None, timeout=20, **login) as s:
        mail = 'Subject: grün {} {}\\r\\n\\r\\n.lead\\r\\n.\\r\\ngrün\\r\\n'.format(tls, auth).encode()
        refused, said = await s.sendmail('jürgen@c.test', ['to@ours.test', 'grün@ours.test'], mail, mail_options=['SMTPUTF8', 'BODY=8BITMIME'])
        assert refused == {} and said.startswith('2.0.0 '), (refused, said)
        assert (await s.vrfy('to@ours.test')).code == 252
        await s.noop(); await s.rset()
    print('fine', end='')
asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
`;

const PERL = `
use strict; use utf8; use Net::SMTP;
my ($port, $tls, $auth) = @ARGV;
my $s = Net::SMTP->new('127.0.0.1', Port => $port, Timeout => 20, Hello => 'c.test', SSL_verify_mode => 0) or die "new: $@";
if ($tls eq 'tls') { $s->starttls() or die $s->message }
if ($auth ne 'none') { $s->auth('perl@ours.test', 'p') or die $s->message }
$s->mail('me@c.test', Bits => '8', Return => 'HDRS', Envelope => 'abc', Size => 100) or die $s->message;
$s->to('to@ours.test', 'two@ours.test', { Notify => ['SUCCESS', 'FAILURE'], ORcpt => 'rfc822;x@y.test' }) or die $s->message;
$s->data("Subject: gr\\xc3\\xbcn $tls $auth\\n\\n.lead\\n.\\ngr\\xc3\\xbcn\\n") or die $s->message;
$s->reset or die $s->message; $s->verify('to@ours.test'); $s->code == 252 or die $s->message;
$s->quit; print 'fine';
`;

const php = existsSync(PHPMAILER) ? tool('php') : tool(PHPMAILER);
const ruby = tool('ruby');
const perl =
  hasPerlModule('Net::SMTP') && hasPerlModule('Authen::SASL') && hasPerlModule('IO::Socket::SSL')
    ? tool('perl')
    : tool('perl with Authen::SASL');

const libraries = [
  [
    'PHPMailer',
    php,
    ['-r', PHP, '--'],
    [
      ['no', 'none', '8bit'],
      ['tls', 'PLAIN', 'base64'],
      ['no', 'LOGIN', 'quoted-printable'],
    ],
    2,
  ],
  [
    'mail of Ruby',
    ruby,
    ['-e', RUBY, '--'],
    [
      ['tls', 'plain'],
      ['tls', 'login'],
    ],
    1,
  ],
  [
    'aiosmtplib',
    tool('python3') && '/usr/bin/python3',
    ['-c', PYTHON],
    [
      ['no', 'none'],
      ['tls', 'login'],
    ],
    1,
  ],
  [
    'Net::SMTP',
    perl,
    ['-e', PERL],
    [
      ['no', 'none'],
      ['tls', 'login'],
    ],
    1,
  ],
] as const;

describe('libraries that applications send by', () => {
  let server: Serving;
  before(async () => {
    server = await serve(['smtp'], { data: true });
  });
  after(async () => assert.equal(await server.stop(), 0));

  for (const [name, program, how, rows, messages] of libraries) {
    for (const row of rows) {
      test(`${name}: ${row.join(' ')}`, { skip: program === undefined && `${name} is not installed` }, async () => {
        const cursor = (await server.cs('mark', 'mail')).stdout.trim();
        const ran = await sh(program ?? '', [...how, String(server.port('smtp')), ...row], {
          env: { LANG: 'C.UTF-8' },
        });
        assert.equal(ran.stdout, 'fine', ran.stderr);
        const args = ['wait', 'mail', '--after', cursor, '--to', 'to@ours.test', '--count', String(messages)];
        const waited = await server.cs(
          ...args,
          '--subject',
          `grün ${row.join(' ')}`,
          '--print',
          'text',
          '--timeout',
          '10s',
        );
        assert.equal(waited.code, 0, waited.stderr);
        const texts = waited.stdout.replaceAll('\r', '').split(TEXT);
        assert.equal(texts.length, messages + 1, waited.stdout);
      });
    }
  }
});
