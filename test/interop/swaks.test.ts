/** swaks over {plain, STARTTLS, TLS} x {none, PLAIN, LOGIN} x {pipelining on, off} x {PROXY none, v1, v2}, and LMTP. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Serving, serve, sh, tool } from './server.ts';

const swaks = tool('swaks');

/** A client on this machine behind a proxy: its password may come in the clear. */
const SOURCE = '127.0.0.7';

describe('swaks', { skip: swaks === undefined && 'swaks is not installed' }, () => {
  let plain: Serving;
  let proxied: Serving;

  before(async () => {
    plain = await serve(['smtp', 'smtps', 'lmtp'], { data: true });
    proxied = await serve(['smtp', 'smtps', 'lmtp', '--proxy-from', '127.0.0.0/8'], { data: true });
  });
  after(async () => {
    assert.equal(await plain.stop(), 0);
    assert.equal(await proxied.stop(), 0);
  });

  const tls = { plain: [], starttls: ['--tls'], implicit: ['--tls-on-connect'] };
  const auth = {
    none: [],
    plain: ['--auth', 'PLAIN', '--auth-user', 'ann', '--auth-password', 's3cret-word'],
    login: ['--auth', 'LOGIN', '--auth-user', 'ann', '--auth-password', 's3cret-word'],
  };
  const pipelining = { off: [], on: ['--pipeline'] };
  const proxy = {
    none: [],
    v1: [
      '--proxy-version',
      '1',
      '--proxy-family',
      'TCP4',
      '--proxy-source',
      SOURCE,
      '--proxy-source-port',
      '4711',
      '--proxy-dest',
      '192.0.2.1',
      '--proxy-dest-port',
      '25',
    ],
    v2: [
      '--proxy-version',
      '2',
      '--proxy-family',
      'AF_INET',
      '--proxy-protocol',
      'STREAM',
      '--proxy-command',
      'PROXY',
      '--proxy-source',
      SOURCE,
      '--proxy-source-port',
      '4711',
      '--proxy-dest',
      '192.0.2.1',
      '--proxy-dest-port',
      '25',
    ],
  };

  let number = 0;
  for (const [t, tlsFlags] of Object.entries(tls)) {
    for (const [a, authFlags] of Object.entries(auth)) {
      for (const [p, pipeFlags] of Object.entries(pipelining)) {
        for (const [x, proxyFlags] of Object.entries(proxy)) {
          test(`${t}, auth ${a}, pipelining ${p}, PROXY ${x}`, async () => {
            const server = x === 'none' ? plain : proxied;
            await deliver(server, t === 'implicit' ? 'smtps' : 'smtp', [
              ...tlsFlags,
              ...authFlags,
              ...pipeFlags,
              ...proxyFlags,
            ]);
          });
        }
      }
    }
  }

  test('LMTP, two recipients, two replies', async () => {
    const out = await deliver(plain, 'lmtp', ['--protocol', 'LMTP'], 'a@x.test,b@x.test');
    const [, afterData = ''] = out.split('\n -> .\n');
    assert.equal(afterData.split('\n').filter((line) => /^<- {2}250 2\./.test(line)).length, 2, out);
  });

  test('a client that is not on this machine gets no AUTH in the clear', async () => {
    const args = ['--server', '127.0.0.1', '--port', String(proxied.port('smtp')), '--quit-after', 'EHLO', ...proxy.v1];
    const foreign = args.map((arg) => (arg === SOURCE ? '192.0.2.7' : arg));
    const { stdout } = await sh(swaks ?? '', foreign);
    assert.match(stdout, /250-PIPELINING/);
    assert.doesNotMatch(stdout, /250[- ]AUTH/);
    const secure = await sh(swaks ?? '', [...foreign, '--tls']);
    assert.match(secure.stdout, /<~ {2}250[- ]AUTH PLAIN LOGIN/);
  });

  async function deliver(
    server: Serving,
    id: string,
    flags: readonly string[],
    to = 'you@example.test',
  ): Promise<string> {
    number += 1;
    const subject = `number ${number} ${id}`;
    const body = `first line\n.\n..two dots\nlast ${number}`;
    const mark = (await server.cs('mark')).stdout.trim();
    const args = [
      '--server',
      '127.0.0.1',
      '--port',
      String(server.port(id)),
      '--to',
      to,
      '--from',
      'me@example.test',
      '--header',
      `Subject: ${subject}`,
      '--body',
      body,
      '--timeout',
      '20',
      ...flags,
    ];
    const { code, stdout, stderr } = await sh(swaks ?? '', args);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    const waited = await server.cs(
      'wait',
      'mail',
      '--after',
      mark,
      '--subject',
      subject,
      '--print',
      'raw',
      '--timeout',
      '10s',
    );
    assert.equal(waited.code, 0, waited.stderr);
    assert.match(waited.stdout, /\r\nfirst line\r\n\.\r\n\.\.two dots\r\nlast \d+\r\n/);
    return stdout;
  }
});
