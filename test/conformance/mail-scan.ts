/** `scan` and `contains` of `MailStore`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailStore, Scanned, ScanWish } from '../../src/contracts/mail.ts';
import { MessageIndexer } from '../../src/kit/mime/indexer.ts';
import { noise } from '../property.ts';
import { deliver, fails, type Make, message, whole } from './harness.ts';

type Scanning = MailStore & Required<Pick<MailStore, 'scan' | 'contains'>>;

export function mailScanSuite(name: string, make: Make): void {
  const check = (
    what: string,
    body: (mail: Scanning, give: (bytes: Buffer) => Promise<void>) => Promise<void>,
  ): void => {
    test(`${name}: ${what}`, { timeout: 120_000 }, async () => {
      const subject = await make();
      try {
        const mail = (await subject.store.mail.of('ann@x.test')) as Scanning;
        await body(mail, async (bytes) => void (await deliver(subject.store.delivery, bytes, ['ann@x.test'])));
      } finally {
        await subject.close();
      }
    });
  };

  check('a scan gives what was wished for, in the order asked for', async (mail, give) => {
    const sent = [message('a'), mixed('b', 'text'), message('c', noise(300_000).toString('base64'))];
    for (const bytes of sent) await give(bytes);
    const wish: ScanWish = { index: ['root', 'envelope', 'structure', 'keys'], header: true, content: true };
    const found = await all(mail.scan('INBOX', [3, 9, 1, 2], wish));
    assert.deepEqual(
      found.map(({ uid }) => uid),
      [3, 1, 2],
    );
    const entries = await mail.list('INBOX');
    for (const one of found) {
      const bytes = sent[one.uid - 1]!;
      const index = indexed(bytes);
      const { id, size, receivedAt } = entries[one.uid - 1]!;
      assert.deepEqual([one.id, one.size, one.receivedAt], [id, size, Date.parse(receivedAt)]);
      assert.ok(one.savedAt >= one.receivedAt && one.savedAt <= Date.now());
      assert.deepEqual(one.index, index);
      assert.deepEqual(Buffer.from(one.header!), bytes.subarray(0, index.root.body));
      if (bytes.length > 256 * 1024) assert.equal(one.content, undefined);
      else assert.deepEqual(Buffer.from(one.content!), bytes);
    }
    const [bare] = await all(mail.scan('INBOX', Uint32Array.of(2), {}));
    assert.deepEqual([bare?.index, bare?.header, bare?.content], [undefined, undefined, undefined]);
    const [some] = await all(mail.scan('INBOX', [2], { index: ['envelope'] }));
    assert.deepEqual(some?.index, { envelope: indexed(sent[1]!).envelope });
    await fails('CS_NOT_FOUND', () => all(mail.scan('nowhere', [1], {})));
  });

  check('many messages come in batches of bounded size', async (mail, give) => {
    for (let n = 0; n < 30; n++) await give(message(`m${n}`, 'x'.repeat(100_000)));
    let batches = 0;
    let seen = 0;
    for await (const batch of mail.scan(
      'INBOX',
      Uint32Array.from({ length: 30 }, (_, n) => n + 1),
      { content: true },
    )) {
      batches += 1;
      assert.ok(batch.reduce((sum, { content }) => sum + content!.length, 0) < 1.3 * 1024 * 1024);
      for (const one of batch) assert.equal(one.uid, ++seen);
    }
    assert.equal(seen, 30);
    assert.ok(batches >= 3);
  });

  check('octets of any kind are scanned as they are', async (mail, give) => {
    const odd = [Buffer.alloc(0), Buffer.from('\r\n'), Buffer.from('no header at all'), noise(5000)];
    odd.push(Buffer.from('Subject: \xe4\x00\xff\r\n\r\n\x00\xff', 'latin1'));
    for (const bytes of odd) await give(bytes);
    const found = await all(mail.scan('INBOX', [1, 2, 3, 4, 5], { index: ['root', 'envelope'], content: true }));
    for (const [at, one] of found.entries()) {
      assert.deepEqual(one.index, { root: indexed(odd[at]!).root, envelope: indexed(odd[at]!).envelope });
      assert.deepEqual(Buffer.from(one.content!), odd[at]);
    }
    assert.equal(found.length, 5);
  });

  check('a substring is found in header and text, codings undone, caseless', async (mail, give) => {
    await give(mixed('=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus', Buffer.from('Straße nach KÖLN, Σίσυφος').toString('base64')));
    await give(message('plain', 'The quick-brown fox\r\njumps over\r\n'));
    await give(message('large', `${'lorem ipsum\r\n'.repeat(60_000)}needle at the end\r\n`));
    await give(
      Buffer.from(
        'Subject: outer\r\nX-Odd: %_[a\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?inn=C3=A9r?=\r\n' +
          'Content-Transfer-Encoding: quoted-printable\r\n\r\nsoft=\r\nbreak =C3=A9t=C3=A9 50%\r\n',
      ),
    );
    const rows: [string, string, number[]][] = [
      ['text', 'grüße', [1]],
      ['text', 'GRÜSSE', []],
      ['body', 'nach köln', [1]],
      ['body', 'σίσυφοσ', [1]],
      ['body', 'grüße', []],
      ['text', 'ck-bro', [2]],
      ['body', 'needle at', [3]],
      ['text', 'needle', [3]],
      ['body', 'softbreak ÉTÉ', [4]],
      ['body', 'subject: innér', [4]],
      ['text', '50%', [4]],
      ['text', '0_', []],
      ['x-odd', '%_[', [4]],
      ['X-Odd', '', [4]],
      ['subject', 'OUT', [4]],
      ['subject', 'innér', []],
      ['subject', '', [1, 2, 3, 4]],
      ['from', 'bob@', [1, 2, 3]],
      ['x-none', '', []],
      ['text', 'a', [1, 2, 3, 4]],
      ['text', '', [1, 2, 3, 4]],
      ['text', '"quoted"', []],
    ];
    for (const [where, text, uids] of rows) {
      assert.deepEqual([...(await mail.contains('INBOX', where, text))], uids, `${where} ${text}`);
    }
    assert.deepEqual([...(await mail.contains('INBOX', 'text', 'a', [9, 4, 2]))], [2, 4]);
    assert.deepEqual([...(await mail.contains('INBOX', 'text', 'a', Uint32Array.of(3)))], [3]);
    await mail.remove('INBOX', [4]);
    await give(message('late OUTER'));
    assert.deepEqual([...(await mail.contains('INBOX', 'subject', 'outer'))], [5]);
    await fails('CS_NOT_FOUND', () => mail.contains('nowhere', 'text', 'a'));
  });

  check('an index names octets that can be read', async (mail, give) => {
    const bytes = mixed('parts', 'aGVsbG8=');
    await give(bytes);
    const [one] = await all(mail.scan('INBOX', [1], { index: ['root'] }));
    const part = one!.index!.root!.parts![1]!;
    assert.equal((await whole(mail.read('INBOX', 1, { start: part.body, end: part.end }))).toString(), 'aGVsbG8=');
  });
}

function mixed(subject: string, base64: string): Buffer {
  return Buffer.from(
    `From: bob@y.test\r\nTo: ann@x.test\r\nSubject: ${subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n` +
      `--b\r\nContent-Type: text/html\r\n\r\n<p>hi</p>\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n${base64}\r\n--b--\r\n`,
  );
}

function indexed(bytes: Buffer) {
  const indexer = new MessageIndexer();
  indexer.write(bytes);
  return indexer.end();
}

async function all(batches: AsyncIterable<readonly Scanned[]>): Promise<Scanned[]> {
  const found: Scanned[] = [];
  for await (const batch of batches) found.push(...batch);
  return found;
}
