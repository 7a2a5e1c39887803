/**
 * The embedded store as IMAP uses it: open a large mailbox, scan headers, find a substring.
 *   node --import tsx bench/mailboxes.ts [messages] [octets]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaults } from '../src/kit/option.ts';
import { open } from '../src/stores/embedded/open.ts';
import { options } from '../src/stores/embedded/options.ts';

const [messages = 100_000, octets = 4096] = process.argv.slice(2, 4).map(Number);
const SCANNED = Math.min(messages, 10_000);
const dir = await mkdtemp(join(process.env.CS_BENCH_DIR ?? tmpdir(), 'cs-bench-'));
const store = await open({ dir, options: { ...defaults(options), durability: 'process' }, log: () => {} });

async function timed(what: string, work: () => Promise<string>): Promise<void> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const said = await work();
  const { user, system } = process.cpuUsage(cpu);
  const ms = performance.now() - began;
  console.log(
    `${what.padEnd(34)} ${ms.toFixed(1).padStart(9)} ms  ${((user + system) / 1000).toFixed(1).padStart(9)} ms CPU  ${said}`,
  );
}

const WORDS = 'the quick brown fox jumps over a lazy dog while nobody looks at what it means for them to be here'.split(
  ' ',
);

function message(n: number): Buffer {
  let text = '';
  for (let at = n; text.length < octets - 600; at = (at * 31 + 7) % 1_000_003) {
    text += WORDS[at % WORDS.length] + (at % 12 === 0 ? '\r\n' : ' ');
  }
  return Buffer.from(
    `From: Bob ${n} <bob${n}@y.test>\r\nTo: ann@x.test\r\nSubject: message ${n} of many\r\nMessage-ID: <${n}@y.test>\r\n` +
      `Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b${n}"\r\n` +
      `\r\n--b${n}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n--b${n}\r\nContent-Type: text/html\r\n\r\n<p>hi\r\n--b${n}--\r\n`,
  );
}

try {
  await timed(`store ${messages} messages`, async () => {
    let n = 0;
    const lane = async (): Promise<void> => {
      while (n < messages) {
        n += 1;
        const bytes = message(n);
        const draft = await store.delivery.open({ from: 'bob@y.test', to: [{ address: 'ann@x.test' }] });
        await draft.write(bytes);
        await draft.commit();
      }
    };
    await Promise.all(Array.from({ length: 200 }, lane));
    return '';
  });
  const mail = await store.mail.of('ann@x.test');
  const uids = Uint32Array.from({ length: SCANNED }, (_, at) => at + 1);
  await timed('open', async () => `${(await mail.open!('INBOX')).uids.length} messages`);
  await timed('open again', async () => `${(await mail.open!('INBOX')).uids.length} messages`);
  const scan = async (wish: Parameters<NonNullable<typeof mail.scan>>[2]): Promise<string> => {
    let [count, batches, sum] = [0, 0, 0];
    for await (const batch of mail.scan!('INBOX', uids, wish)) {
      batches += 1;
      for (const one of batch) {
        count += 1;
        sum += (one.header?.length ?? 0) + (one.index?.envelope?.length ?? 0) + (one.content?.length ?? 0);
      }
    }
    return `${count} messages, ${batches} batches, ${(sum / 1e6).toFixed(1)} MB`;
  };
  await timed('scan headers, not indexed yet', () => scan({ header: true }));
  await timed('index everything', async () => `${(await mail.contains!('INBOX', 'subject', 'nothing')).length} found`);
  await timed('scan headers', () => scan({ header: true }));
  await timed('scan envelopes', () => scan({ index: ['envelope'] }));
  await timed('scan envelope, structure, root', () => scan({ index: ['envelope', 'structure', 'root'] }));
  await timed('scan contents', () => scan({ content: true }));
  for (const [where, text] of [
    ['text', 'no such words'],
    ['body', 'obody looks at'],
    ['subject', 'message 9999 of'],
    ['text', 'x'],
  ] as const) {
    await timed(`contains ${where} ${JSON.stringify(text)}`, async () => {
      return `${(await mail.contains!('INBOX', where, text)).length} of ${messages}`;
    });
  }
  const { mailbox } = await mail.open!('INBOX');
  await timed('flag 1000', async () => {
    const some = Array.from({ length: 1000 }, (_, at) => at + 1);
    return `${(await mail.flag!('INBOX', some, 'add', ['\\Seen'])).changed.length} changed`;
  });
  await timed('changes', async () => `${(await mail.changes!('INBOX', mailbox.highestModseq)).changed.length} changed`);
  await timed('move 1000', async () => {
    await mail.create!('Other');
    return `${
      (
        await mail.move!(
          'INBOX',
          Array.from({ length: 1000 }, (_, at) => at + 1),
          'Other',
        )
      ).to.length
    } moved`;
  });
} finally {
  await store[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
}
