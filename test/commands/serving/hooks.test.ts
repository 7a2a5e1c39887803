import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { type Hook, parseHook } from '../../../src/commands/serving/hooks/hook.ts';
import { HookSender } from '../../../src/commands/serving/hooks/sender.ts';
import { secretKey, signedFields } from '../../../src/commands/serving/hooks/signature.ts';
import type { Fact } from '../../../src/contracts/journal.ts';
import { start } from '../../../src/index.ts';
import type { CsError } from '../../../src/kit/errors.ts';
import { MemoryJournal } from '../../../src/stores/memory/journal.ts';

const TIME = { timeout: 30_000 };

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A program that is told; `status` may change from post to post. */
async function receiver(status: (nth: number) => number = () => 204) {
  const posts: Posted[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    posts.push({ headers: request.headers, body });
    response.writeHead(status(posts.length)).end();
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    posts,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    count: (many: number) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (posts.length < many) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function send(url: string, subject: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const transport = createTransport({ host: hostname, port: Number(port), ignoreTLS: true });
  await transport.sendMail({ from: 'bob@y.test', to: 'ann@x.test', subject, text: 'hi' });
  transport.close();
}

test('mail that is stored is posted, signed as Standard Webhooks say', TIME, async () => {
  const there = await receiver();
  const dir = mkdtempSync(join(tmpdir(), 'cs-hook-'));
  const secret = join(dir, 'secret');
  writeFileSync(secret, `whsec_${Buffer.from('0123456789abcdef0123').toString('base64')}\n`);
  try {
    await using servers = await start('smtp', {
      webhook: [`${there.url}#to=ann@x.test`, `${there.url}#subject=/nothing/`],
      webhookSecretFile: secret,
    });
    await send(servers.url('smtp'), 'one');
    await there.count(1);
    await send(servers.url('smtp'), 'two');
    await there.count(2);
  } finally {
    await there.close();
    rmSync(dir, { recursive: true });
  }
  assert.equal(there.posts.length, 2);
  const [{ headers, body }] = there.posts as [Posted, Posted];
  const fact = JSON.parse(body);
  assert.deepEqual(
    [fact.schema, fact.event, fact.subject, fact.to],
    ['cs.event/1', 'mail.stored', 'one', ['ann@x.test']],
  );
  assert.equal(headers['webhook-id'], `mail.stored.${fact.cursor}`);
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', '0123456789abcdef0123').update(signed).digest('base64');
  assert.equal(headers['webhook-signature'], `v1,${expected}`);
});

test('the signature of the specification', () => {
  const key = secretKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const fields = new Map(signedFields('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}', key));
  assert.equal(fields.get('webhook-signature'), 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  assert.throws(
    () => secretKey('short'),
    (error: CsError) => error.code === 'CS_INPUT',
  );
});

test('a receiver that fails is asked again, and what was not told is told after a restart', TIME, async () => {
  const there = await receiver((nth) => (nth <= 2 ? 500 : 204));
  const data = mkdtempSync(join(tmpdir(), 'cs-hook-'));
  try {
    {
      await using servers = await start('smtp', { webhook: there.url, data });
      await send(servers.url('smtp'), 'first');
      await there.count(1);
      // Stopped before the second try is due.
    }
    {
      await using servers = await start('smtp', { webhook: there.url, data });
      await there.count(3);
      await send(servers.url('smtp'), 'second');
      await there.count(4);
    }
    {
      // All was told: a third start says nothing.
      await using servers = await start('smtp', { webhook: there.url, data });
      await send(servers.url('smtp'), 'third');
      await there.count(5);
    }
  } finally {
    await there.close();
    rmSync(data, { recursive: true });
  }
  assert.deepEqual(
    there.posts.map(({ body }) => JSON.parse(body).subject),
    ['first', 'first', 'first', 'second', 'third'],
  );
  assert.equal(new Set(there.posts.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size, 1);
});

async function sending(answers: (id: string) => number | Promise<number>, pauses: readonly number[] = [1, 1]) {
  const journal = new MemoryJournal({ facts: 1000, octets: 1e9 });
  const told: string[] = [];
  const reached: number[] = [];
  const logged: string[] = [];
  const sender = new HookSender({
    hook: parseHook('http://x.test/#event=a&n=/^[0-8]$/') as Hook,
    journal,
    post: async (_hook, id) => {
      told.push(id);
      return answers(id);
    },
    log: (_level, event) => logged.push(event),
    from: 0,
    reached: (cursor) => reached.push(cursor),
    pauses,
    farewell: 20,
  });
  sender.start();
  return { journal, told, reached, logged, sender };
}

async function until(there: () => boolean): Promise<void> {
  while (!there()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('only the events and the facts that are wanted; how far it got is the oldest that is open', TIME, async () => {
  let free: (status: number) => void = () => {};
  const held = new Promise<number>((resolve) => {
    free = resolve;
  });
  const { journal, told, reached, sender } = await sending((id) => (id === 'a.2' ? held : 200));
  for (const [event, n] of [
    ['a', 1],
    ['a', 2],
    ['b', 3],
    ['a', 9],
    ['a', 4],
  ] as const)
    await journal.add({ event, n });
  await until(() => told.length === 3);
  await until(() => reached.at(-1) === 1);
  free(200);
  await until(() => reached.at(-1) === 5);
  await sender.stop();
  assert.deepEqual(told, ['a.1', 'a.2', 'a.5']);
});

test('after the last try, and at 410, it is given up and told', TIME, async () => {
  const { journal, told, logged, reached, sender } = await sending((id) => (id === 'a.1' ? 503 : 410));
  await journal.add({ event: 'a', n: 1 });
  await journal.add({ event: 'a', n: 2 });
  await until(() => reached.at(-1) === 2);
  await sender.stop();
  assert.equal(told.filter((id) => id === 'a.1').length, 3);
  assert.equal(told.filter((id) => id === 'a.2').length, 1);
  assert.deepEqual(logged.filter((event) => event === 'webhook.dropped').length, 2);
});

test('a stop does not wait for a receiver that never answers', TIME, async () => {
  const { journal, told, sender } = await sending(() => new Promise<number>(() => {}));
  for (let n = 0; n < 8; n++) await journal.add({ event: 'a', n });
  await until(() => told.length === 4);
  await sender.stop();
  assert.equal(told.length, 4);
});

test('filters: several events, parts of texts, expressions, lists; mistakes are told', () => {
  const hook = parseHook('https://x.test/a?b=1#event=mail.stored,request&to=ANN&subject=/^a%26b$/');
  assert.deepEqual([hook.url, hook.events], ['https://x.test/a?b=1', ['mail.stored', 'request']]);
  const fact = { cursor: 1, ts: '', event: 'mail.stored', to: ['bob@x.test', 'ann@x.test'], subject: 'a&b' } as Fact;
  assert.equal(hook.wants(fact), true);
  assert.equal(hook.wants({ ...fact, subject: 'ab' }), false);
  assert.equal(hook.wants({ ...fact, to: undefined }), false);
  for (const wrong of ['ftp://x', 'x.test', 'http://x.test/#', 'http://x.test/#=a', 'http://x.test/#to=/(/']) {
    assert.throws(
      () => parseHook(wrong),
      (error: CsError) => error.code === 'CS_USAGE',
      wrong,
    );
  }
});
