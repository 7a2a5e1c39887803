import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailStore, Scanned } from '../../../src/contracts/mail.ts';
import type { ReaderCalls, WriterCalls } from '../../../src/stores/embedded/calls.ts';
import { Indexer } from '../../../src/stores/embedded/indexer.ts';
import type { Thread } from '../../../src/stores/embedded/thread.ts';
import { envelope, message } from '../../conformance/harness.ts';
import { noise } from '../../property.ts';
import { embedded } from './subject.ts';

const COUNT = 1200;
const WISH = { index: ['envelope', 'root', 'structure', 'keys'], header: true, content: true } as const;

async function scanned(mail: Required<MailStore>, uids: readonly number[]): Promise<Scanned[]> {
  const found: Scanned[] = [];
  for await (const batch of mail.scan('INBOX', uids, WISH)) found.push(...batch);
  return found;
}

function contentOf(uid: number): Buffer {
  if (uid === 7) return Buffer.from('Subject: \xe4\x00\xff\r\nFrom: \xfc@x.test\r\n\r\n\xff', 'latin1');
  if (uid === 8) return Buffer.alloc(0);
  if (uid === 9) return message('long', noise(300_000).toString('base64'));
  return message(`number ${uid}`, 'x'.repeat((uid * 37) % 3000));
}

test('a scan gives the same before and after the index, whatever the order, and across batches', {
  timeout: 60_000,
}, async () => {
  const subject = await embedded();
  try {
    const { store } = subject;
    const mail = (await store.mail.of('ann@x.test')) as Required<MailStore>;
    const sent = Array.from({ length: COUNT }, (_, at) => contentOf(at + 1));
    await Promise.all(
      sent.map(async (bytes) => {
        const draft = await store.delivery.open(envelope(['ann@x.test']));
        await draft.write(bytes);
        return draft.commit();
      }),
    );
    await mail.remove('INBOX', [5, 6, 700]);
    const asked = [3, 3, ...Array.from({ length: COUNT + 10 }, (_, at) => COUNT + 10 - at), 2];
    const before = await scanned(mail, asked);
    assert.deepEqual(
      before.map(({ uid }) => uid),
      asked.filter((uid) => uid <= COUNT && ![5, 6, 700].includes(uid)),
    );
    await mail.contains('INBOX', 'text', 'so that all is indexed');
    assert.deepEqual(await scanned(mail, asked), before);
    const sizes = new Map((await mail.list('INBOX')).map(({ uid, size }) => [uid, size]));
    for (const { uid, size, header, content, index } of before) {
      assert.equal(size, sizes.get(uid));
      assert.equal(header!.length, index!.root!.body);
      assert.equal(content?.length, size > 256 * 1024 ? undefined : size);
      if (content) assert.deepEqual(Buffer.from(content.subarray(0, header!.length)), Buffer.from(header!));
    }
  } finally {
    await subject.close();
  }
});

test('what had no index when it was asked for gets one, though no new mail comes', { timeout: 20_000 }, async () => {
  const batch = { from: 0, upTo: 3, texts: [] };
  let kept: (what: unknown) => void = () => {};
  const keeping = new Promise((resolve) => {
    kept = resolve;
  });
  const reader = { call: async () => batch } as unknown as Thread<ReaderCalls>;
  const writer = {
    call: async (_: string, what: unknown) => {
      kept({ ...(what as object) });
      batch.from = batch.upTo;
      return true;
    },
  } as unknown as Thread<WriterCalls>;
  const indexer = new Indexer(writer, reader);
  indexer.due();
  // The timer alone keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  assert.deepEqual(await keeping, { from: 0, upTo: 3, texts: [] });
  clearInterval(alive);
  await indexer.close();
});
