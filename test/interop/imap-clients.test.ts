/** Python's imaplib, curl, imapflow and mbsync on the IMAP server: in clear text, by STARTTLS and under TLS, on both stores. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ImapFlow } from 'imapflow';
import { mail, RawImap, shownCertificate } from './imap-mailbox.ts';
import { type Serving, serve, sh, tool } from './server.ts';

const curl = tool('curl');
const python = tool('python3');
const mbsync = tool('mbsync');

const WAYS = ['plain', 'STARTTLS', 'TLS'] as const;
type Way = (typeof WAYS)[number];

/** Both sides of a synchronisation hold half of them at first. */
const MESSAGES = Number(process.env.CS_MBSYNC_MESSAGES ?? 5000);

const IMAPLIB = `
import imaplib, ssl, sys
way, port = sys.argv[1], int(sys.argv[2])
context = ssl._create_unverified_context()
m = imaplib.IMAP4_SSL('127.0.0.1', port, ssl_context=context) if way == 'TLS' else imaplib.IMAP4('127.0.0.1', port)
if way == 'STARTTLS': m.starttls(context)
def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
user = 'python-' + way.lower()
ok(m.login(user, 'secret'))
text = b'Subject: one\\r\\n\\r\\n.\\r\\n\\xe9\\r\\n'
ok(m.append('INBOX', '(\\\\Seen $x)', imaplib.Time2Internaldate(0), text))
assert ok(m.select()) == [b'1']
assert ok(m.fetch('1', '(RFC822)'))[0][1] == text
assert ok(m.search(None, 'SEEN', 'SUBJECT', 'one')) == [b'1']
assert ok(m.search('UTF-8', 'UNSEEN')) == [b'']
assert b'$x' in ok(m.store('1', '-FLAGS', '\\\\Seen'))[0]
ok(m.create('Box'))
ok(m.copy('1', 'Box'))
ok(m.uid('MOVE', '1', 'Box'))
assert ok(m.select('Box')) == [b'2']
assert ok(m.sort('(SIZE)', 'UTF-8', 'ALL')) == [b'1 2']
assert ok(m.thread('REFERENCES', 'UTF-8', 'ALL'))[0].startswith(b'(')
ok(m.store('1:*', '+FLAGS', '\\\\Deleted'))
assert ok(m.expunge()) == [b'2', b'1']
assert ok(m.status('Box', '(MESSAGES)')) == [b'Box (MESSAGES 0)']
ok(m.append('Box', None, None, text))
ok(m.noop())
facts, words = ok(m.fetch('1', '(EMAILID THREADID SAVEDATE PREVIEW (LAZY))'))[0]
assert b'EMAILID (M' in facts and b'THREADID NIL' in facts and words == b'. \\xc3\\xa9', facts
ok(m.append('Box', None, None, b'Subject: \\xc3\\xa9\\r\\n\\r\\n'))
ok(m.noop())
assert b'=?utf-8?B?w6k=?=' in ok(m.fetch('2', 'ENVELOPE'))[0]
imaplib.Commands['REPLACE'] = ('SELECTED',)
m.literal = b'Subject: two\\r\\n\\r\\n'
assert m._simple_command('REPLACE', '1', 'Box')[0] == 'OK'
assert ok(m.uid('SEARCH', 'SUBJECT', 'two')) == [b'5']
m.untagged_responses.clear()
ok(m.uid('SEARCH', 'RETURN', '(PARTIAL -1:-1)', 'ALL'))
assert b'UID PARTIAL (-1:-1 5)' in m.untagged_responses['ESEARCH'][0]
assert ok(m.status('Box', '(MAILBOXID)'))[0].startswith(b'Box (MAILBOXID (F')
ok(m.close())
ok(m.delete('Box'))
assert len(ok(m.list())) == 1
ok(m.getquotaroot('INBOX'))
imaplib.Commands['UNAUTHENTICATE'] = ('AUTH', 'SELECTED')
assert m._simple_command('UNAUTHENTICATE')[0] == 'OK'
m.state = 'NONAUTH'
ok(m.login(user, 'secret'))
ok(m.enable('UTF8=ACCEPT'))
assert m.logout()[0] == 'BYE'
`;

for (const store of ['memory', 'embedded'] as const) {
  describe(`IMAP clients, ${store}`, () => {
    let server: Serving;
    before(async () => {
      server = await serve(['imap', 'imaps'], { data: store === 'embedded' });
    });
    after(async () => assert.equal(await server.stop(), 0));

    const portOf = (way: Way) => server.port(way === 'TLS' ? 'imaps' : 'imap');

    for (const way of WAYS) {
      test(`imaplib, ${way}`, { skip: python === undefined && 'python3 is not installed' }, async () => {
        const ran = await sh(python ?? '', ['-c', IMAPLIB, way, `${portOf(way)}`]);
        assert.equal(ran.code, 0, ran.stderr);
      });

      test(`curl, ${way}`, { skip: curl === undefined && 'curl is not installed' }, async () => {
        const file = join(server.state, 'curl.eml');
        const text = mail('curl', 1);
        writeFileSync(file, text);
        const url = `${way === 'TLS' ? 'imaps' : 'imap'}://127.0.0.1:${portOf(way)}/INBOX`;
        const args = ['-sS', ...(way === 'plain' ? [] : ['-k', '--ssl-reqd']), '-u', `curl-${way}:secret`];
        const put = await sh(curl ?? '', [...args, '-T', file, url]);
        assert.equal(put.code, 0, put.stderr);
        const got = await sh(curl ?? '', [...args, `${url};UID=1`]);
        assert.equal(got.stdout, text);
        const found = await sh(curl ?? '', [...args, `${url}?SUBJECT%20curl`]);
        assert.equal(found.stdout, '* SEARCH 1\r\n');
        const header = await sh(curl ?? '', [...args, `${url};UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)`]);
        assert.match(header.stdout, /^Subject: curl 1\r\n/);
      });

      test(`imapflow, ${way}`, () => flow(portOf(way), way));

      test(`mbsync, ${way}: ${MESSAGES} messages both ways, twice, and while mail arrives`, {
        skip: mbsync === undefined && 'isync is not installed',
        timeout: 600_000,
      }, async () => {
        const certificate = way === 'plain' ? undefined : await shownCertificate(server.port('imaps'));
        await syncBothWays(server, {
          way,
          port: portOf(way),
          plainPort: server.port('imap'),
          count: MESSAGES,
          certificate,
        });
      });
    }
  });
}

async function flow(port: number, way: Way): Promise<void> {
  const options = {
    host: '127.0.0.1',
    port,
    secure: way === 'TLS',
    auth: { user: `flow-${way}`, pass: 'secret' },
    logger: false as const,
    tls: { rejectUnauthorized: false },
    ...(way === 'plain' ? { doSTARTTLS: false } : {}),
  };
  const client = new ImapFlow({ ...options, qresync: true });
  await client.connect();
  try {
    for (const word of ['CONDSTORE', 'QRESYNC', 'IMAP4REV2']) assert.ok(client.enabled.has(word), word);
    await client.mailboxCreate(['Arbeit', 'Été']);
    const part = 'Content-Type: application/x-y\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQ=\r\n';
    const text = `Subject: two parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\n${part}--b--\r\n`;
    for (let count = 0; count < 20; count++) await client.append('INBOX', text, count % 2 ? ['\\Seen'] : []);
    const lock = await client.getMailboxLock('INBOX');
    try {
      assert.equal(((await client.search({ seen: false })) || []).length, 10);
      const told = await client.fetchAll('1:*', {
        uid: true,
        flags: true,
        envelope: true,
        bodyStructure: true,
        source: true,
      });
      assert.equal(told.length, 20);
      assert.equal(told[0]?.source?.toString(), text);
      assert.equal(told[0]?.envelope?.subject, 'two parts');
      assert.equal(told[0]?.bodyStructure?.childNodes?.length, 2);
      const { content } = await client.download('3', '2');
      assert.ok(content);
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(chunk as Buffer);
      assert.deepEqual(Buffer.concat(chunks), Buffer.from([0, 1, 2, 3, 4]));
      assert.ok(await client.messageFlagsAdd('1:3', ['\\Flagged', '$x']));
      const moved = await client.messageMove('5', 'Arbeit/Été');
      assert.ok(moved && moved.uidMap?.get(5) === 1);
      assert.ok(await client.messageDelete('1:2'));
      const { mailbox } = client;
      assert.ok(mailbox);
      assert.equal(mailbox.exists, 17);
      const arrived = new Promise<number>((resolve) => client.once('exists', ({ count }) => resolve(count)));
      void client.idle();
      const other = new ImapFlow(options);
      await other.connect();
      await other.append('INBOX', text);
      await other.logout();
      assert.equal(await arrived, 18);
    } finally {
      lock.release();
    }
  } finally {
    await client.logout();
  }
}

interface Sync {
  readonly way: Way;
  readonly port: number;
  /** To look from outside. */
  readonly plainPort: number;
  readonly count: number;
  readonly certificate: string | undefined;
}

async function syncBothWays(server: Serving, { way, port, plainPort, count, certificate }: Sync): Promise<void> {
  const user = `sync-${way}-${count}`;
  const home = join(server.state, user);
  const inbox = join(home, 'near/INBOX');
  for (const folder of ['cur', 'new', 'tmp']) mkdirSync(join(inbox, folder), { recursive: true });
  const half = count / 2;
  for (let at = 1; at <= half; at++) {
    writeFileSync(join(inbox, `cur/${at}.near.host:2,S`), mail('near', at).replaceAll('\r\n', '\n'));
  }
  await using far = await RawImap.login(plainPort, user);
  await far.fill('INBOX', 'far', half);
  const config = join(home, 'rc');
  if (certificate !== undefined) writeFileSync(join(home, 'cert.pem'), certificate);
  const tls = { plain: 'SSLType None', STARTTLS: 'SSLType STARTTLS', TLS: 'SSLType IMAPS' }[way];
  writeFileSync(
    config,
    `IMAPStore far\nHost 127.0.0.1\nPort ${port}\nUser ${user}\nPass secret\nAuthMechs LOGIN\n${tls}\n${
      certificate === undefined ? '' : `CertificateFile ${join(home, 'cert.pem')}\n`
    }\nMaildirStore near\nPath ${home}/near/\nInbox ${inbox}\nSubFolders Verbatim\n\nChannel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n`,
  );
  const sync = async () => {
    const ran = await sh(mbsync ?? '', ['-c', config, '-a'], { timeout: 300_000, env: { HOME: home } });
    assert.equal(ran.code, 0, ran.stderr);
  };
  await sync();
  assert.equal((await far.subjects('INBOX')).length, count);
  assert.equal(near(inbox).length, count);
  const before = [near(inbox).join(), await far.ask('STATUS INBOX (UIDNEXT HIGHESTMODSEQ)')];
  await sync();
  const later = [near(inbox).join(), await far.ask('STATUS INBOX (UIDNEXT HIGHESTMODSEQ)')];
  // The tags of the questions differ.
  assert.deepEqual(
    later.map((text) => text.replace(/^t\d+ /m, '')),
    before.map((text) => text.replace(/^t\d+ /m, '')),
  );
  const arriving = (async () => {
    for (let at = 1; at <= 20; at++) await far.ask(`APPEND INBOX {${mail('new', at).length}+}\r\n${mail('new', at)}`);
  })();
  await Promise.all([sync(), arriving]);
  await sync();
  const subjects = near(inbox).map(
    (file) => /^Subject: (.*)$/m.exec(readFileSync(file.split(' ')[0] ?? '', 'utf8'))?.[1],
  );
  assert.equal(new Set(subjects).size, count + 20);
  assert.equal(subjects.length, count + 20);
}

/** Every message with its size and time. */
function near(inbox: string): string[] {
  return ['cur', 'new']
    .flatMap((folder) => readdirSync(join(inbox, folder)).map((name) => join(inbox, folder, name)))
    .sort()
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`);
}
