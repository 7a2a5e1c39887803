/** What a hostile or broken server gets from our client: a clear error, and never more than its share of memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../../../src/kit/errors.ts';
import { client } from '../../../../src/protocols/imap/client.ts';
import { fails, whole } from '../../../conformance/harness.ts';
import { accountAt, context, dialTo, type Script, type Scripted, scripted } from './scripted.ts';

const connect = (server: Scripted, more = {}, address = '127.0.0.1') =>
  client.connect(dialTo(server.connect, address), context(more));
const nothing: Script = () => undefined;

test('IM-16 a server that has logged us in before TLS is refused where TLS is wanted', async () => {
  const server = scripted(nothing, 'IMAP4rev1 STARTTLS', '* PREAUTH welcome\r\n');
  const error = await fails('CS_TLS', () => connect(server, { tls: 'starttls-required' }));
  assert.equal(error.exit, 5);
  assert.ok(!server.heard.some((line) => line.startsWith('STARTTLS')));
  await fails('CS_TLS', () => connect(server, {}, '192.0.2.1'));
});

test('IM-16 what a server says before the handshake, and behind its answer to STARTTLS, is refused', async () => {
  const server = scripted(
    (line) => (line === 'STARTTLS' ? 'T OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n' : undefined),
    'IMAP4rev1 STARTTLS',
  );
  const error = await fails('CS_TLS', () => connect(server, { tls: 'starttls-required' }));
  assert.equal(error.exit, 5);
});

test('CL-04 STARTTLS that is missing or refused is exit 5, and no password travels', async () => {
  for (const capabilities of ['IMAP4rev1 AUTH=PLAIN', 'IMAP4rev1 STARTTLS AUTH=PLAIN']) {
    const server = scripted((line) => (line === 'STARTTLS' ? 'T NO not today\r\n' : undefined), capabilities);
    await fails('CS_TLS', () => connect(server, { tls: 'starttls-required' }));
    await fails('CS_TLS', () => connect(server, {}, '192.0.2.1'));
    assert.ok(!server.heard.some((line) => /AUTHENTICATE|LOGIN/.test(line)));
  }
});

/** What comes in answer to CAPABILITY, and how the client ends. */
const ROWS: readonly [what: string, said: string, code: ErrorCode][] = [
  ['a line without end', 'x'.repeat(1_100_000), 'CS_PEER_LIMIT'],
  ['a literal of 4 GiB', '* LIST () "/" {4294967296}\r\n', 'CS_PEER_LIMIT'],
  ['a literal of more digits than there are', `* LIST () "/" {${'9'.repeat(20)}}\r\n`, 'CS_PEER_LIMIT'],
  ['a flood nobody asked for', '* 1 EXISTS\r\n'.repeat(10_002), 'CS_PEER_LIMIT'],
  ['a tag that was not given', 'x9 OK done\r\n', 'CS_PEER_PROTOCOL'],
  ['another protocol', '250 ok\r\n', 'CS_PEER_PROTOCOL'],
  ['lines that end with LF', '* OK hi\n', 'CS_PEER_PROTOCOL'],
  ['a continuation nobody waits for', '+ more\r\n', 'CS_PEER_PROTOCOL'],
  ['a goodbye', '* BYE [UNAVAILABLE] too busy\r\n', 'CS_PEER_TEMPORARY'],
  ['neither revision', '* CAPABILITY POP3\r\nT OK done\r\n', 'CS_PEER_PROTOCOL'],
  ['a refusal', 'T NO never\r\n', 'CS_PEER_REFUSED'],
];
for (const [what, said, code] of ROWS) {
  test(`CL-01 ${what} ends in ${code}`, async () => {
    await fails(code, () => connect(scripted((line) => (line === 'CAPABILITY' ? said : undefined))));
  });
}

test('CL-01 a list nested very deep and a fetch of nonsense are refused', async () => {
  for (const said of [`* 1 FETCH (X ${'('.repeat(100_000)}\r\n`, '* 1 FETCH (UID x)\r\n', '* 1 FETCH UID\r\n']) {
    const server = scripted((line) => (line.startsWith('UID FETCH') ? `${said}T OK done\r\n` : undefined));
    await using account = await accountAt(server);
    await assert.rejects(account.mail.list('INBOX'), { name: 'CsError' });
  }
});

test('CL-07 names with a line break or NUL are refused before a word is said of them', async () => {
  const server = scripted(nothing);
  await using account = await accountAt(server);
  const before = server.heard.length;
  for (const name of ['a\r\nb LOGOUT', 'a\0b', '']) {
    await fails('CS_INPUT', () => account.mail.create!(name));
    await fails('CS_INPUT', () => account.mail.list(name));
  }
  await fails('CS_INPUT', () => account.mail.flag!('INBOX', [1], 'add', ['a b)\r\n']));
  assert.ok(!server.heard.slice(before).some((line) => /CREATE|LIST|STORE|LOGOUT/.test(line)));
});

test('CL-07 a login name with a line break is refused', async () => {
  const server = scripted(nothing);
  await fails('CS_INPUT', () => connect(server, { user: 'ann\r\nx LOGOUT' }));
  const plain = scripted(nothing, 'IMAP4rev1');
  await fails('CS_INPUT', () => connect(plain, { user: 'ann\r\nx LOGOUT' }));
});

test('a wrong password is exit 4, whatever words the server has for it', async () => {
  for (const reply of ['T NO [AUTHENTICATIONFAILED] no\r\n', 'T NO no\r\n', 'T BAD no\r\n']) {
    const server = scripted((line) => (/^(?:AUTHENTICATE|LOGIN)/.test(line) ? reply : undefined));
    const error = await fails('CS_AUTH_REJECTED', () => connect(server));
    assert.equal(error.exit, 4);
  }
  const busy = scripted((line) => (line.startsWith('AUTH') ? 'T NO [UNAVAILABLE] later\r\n' : undefined));
  await fails('CS_PEER_TEMPORARY', () => connect(busy));
});

test('a message of any size is passed on as it comes, and one that is cut is an error', async () => {
  const size = 3_000_000;
  const server = scripted((line, tag) => {
    if (!line.startsWith('UID FETCH')) return undefined;
    const literal = `* 1 FETCH (UID 5 BODY[] {${size}}\r\n`;
    return Buffer.concat([Buffer.from(literal), Buffer.alloc(size, 'x'), Buffer.from(`)\r\n${tag} OK done\r\n`)]);
  });
  await using account = await accountAt(server);
  assert.equal((await whole(account.mail.read('INBOX', 5))).length, size);
});
