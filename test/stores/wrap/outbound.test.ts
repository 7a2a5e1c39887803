import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Accounts, Identity } from '../../../src/contracts/accounts.ts';
import type { Envelope } from '../../../src/contracts/delivery.ts';
import type { NewFact } from '../../../src/contracts/journal.ts';
import { defaults } from '../../../src/kit/option.ts';
import { open } from '../../../src/stores/memory/open.ts';
import { options } from '../../../src/stores/memory/options.ts';
import { localRecipients } from '../../../src/stores/wrap/local-recipients.ts';
import { outbound } from '../../../src/stores/wrap/outbound.ts';
import { envelope, fails, inbox, whole } from '../../conformance/harness.ts';

const NOW = new Date('2026-11-26T10:00:00Z');

async function stage(mode: Accounts['mode'], known: readonly string[] = ['ann@here.test']) {
  const store = await open({ dir: undefined, options: defaults(options), log: () => {} });
  const owner = async (name: string): Promise<Identity | undefined> =>
    known.includes(name)
      ? { name, addresses: [name], known: true, ...(name.startsWith('lent') && { confined: true as const }) }
      : undefined;
  const accounts = { mode, owner } as Accounts;
  const facts: NewFact[] = [];
  let queued = 0;
  const delivery = outbound(mode === 'required' ? localRecipients(store.delivery, accounts) : store.delivery, {
    accounts,
    spool: store.spool,
    journal: { add: async (fact) => facts.push(fact) },
    allowed: (address) => address.endsWith('@far.test'),
    hostname: 'relay.test',
    queued: () => {
      queued += 1;
    },
    now: () => NOW,
  });
  const send = async (sent: Envelope): Promise<void> => {
    for (const recipient of sent.to) await delivery.check?.(recipient, sent.session!, sent.from);
    const draft = await delivery.open(sent);
    await draft.write(Buffer.from('Subject: s\r\n\r\nhi\r\n'));
    const receipt = await draft.commit();
    assert.equal(receipt.size, 18);
    assert.deepEqual(
      receipt.results.map(({ address }) => address),
      sent.to.map(({ address }) => address),
    );
  };
  const spooled = async () =>
    (await store.spool.list()).flatMap(({ recipients }) => recipients.map((one) => one.address));
  return { store, delivery, facts, send, spooled, queued: () => queued };
}

function from(address: string, to: readonly string[], user?: string): Envelope {
  const base = envelope(to, user);
  return { ...base, session: { ...base.session!, address } };
}

test('a capture server keeps a copy of everything, and sends on what it may', async () => {
  const { store, send, spooled, queued, facts } = await stage('any');
  await send(from('127.0.0.1', ['bob@far.test', 'cat@other.test', 'ann@here.test']));
  assert.deepEqual(await spooled(), ['bob@far.test']);
  for (const owner of ['bob@far.test', 'cat@other.test', 'ann@here.test']) {
    assert.equal((await inbox(await store.mail.of(owner))).length, 1, owner);
  }
  assert.equal(queued(), 1);
  assert.deepEqual(
    facts.map(({ event, to }) => [event, to]),
    [['mail.queued', ['bob@far.test']]],
  );
});

test('what leaves says where it came from; the copy is as it was sent', async () => {
  const { store, send } = await stage('any');
  await send(from('::1', ['bob@far.test']));
  assert.equal(
    (await whole(store.spool.read('1'))).toString(),
    'Received: from client.test ([IPv6:::1])\r\n\tby relay.test with ESMTP id c1\r\n\tfor <bob@far.test>;\r\n\t' +
      'Thu, 26 Nov 2026 10:00:00 +0000\r\nSubject: s\r\n\r\nhi\r\n',
  );
  assert.equal((await whole((await store.mail.of('*')).read('INBOX', 1))).toString(), 'Subject: s\r\n\r\nhi\r\n');
});

test('nobody relays through us who is a stranger: other machines without an account are captured only', async () => {
  const { send, spooled } = await stage('any');
  await send(from('192.0.2.7', ['bob@far.test']));
  await send(from('192.0.2.7', ['bob@far.test'], 'whoever'));
  assert.deepEqual(await spooled(), []);
  await send(from('192.0.2.7', ['bob@far.test'], 'ann@here.test'));
  assert.deepEqual(await spooled(), ['bob@far.test']);
});

test('with accounts required a login may send where it is allowed; nobody else, and nowhere else', async () => {
  const { store, send, spooled, delivery } = await stage('required');
  await send(from('192.0.2.7', ['bob@far.test', 'ann@here.test'], 'ann@here.test'));
  assert.deepEqual(await spooled(), ['bob@far.test']);
  assert.equal((await inbox(await store.mail.of('ann@here.test'))).length, 1);
  assert.equal((await inbox(await store.mail.of('bob@far.test'))).length, 0);
  for (const sent of [
    from('192.0.2.7', ['bob@far.test']),
    from('127.0.0.1', ['bob@far.test']),
    from('192.0.2.7', ['cat@other.test'], 'ann@here.test'),
  ]) {
    const refused = await fails('CS_PEER_REFUSED', () => delivery.check?.(sent.to[0]!, sent.session!, sent.from));
    assert.equal(refused.reply, '550 5.7.1 relaying denied');
    await fails('CS_PEER_REFUSED', () => delivery.open(sent));
  }
});

test('an aborted message is neither kept nor sent', async () => {
  const { store, delivery, spooled } = await stage('any');
  const draft = await delivery.open(from('127.0.0.1', ['bob@far.test']));
  await draft.write(Buffer.from('x'));
  await draft.abort();
  assert.deepEqual(await spooled(), []);
  assert.deepEqual(await inbox(await store.mail.of('*')), []);
});

test('a lent inbox keeps what it submits, and lets nothing out', async () => {
  for (const mode of ['any', 'required'] as const) {
    const { store, send, spooled } = await stage(mode, ['ann@here.test', 'lent@here.test']);
    await send(from('127.0.0.1', ['bob@far.test', 'ann@here.test'], 'lent@here.test'));
    assert.deepEqual(await spooled(), [], mode);
    for (const owner of ['lent@here.test', 'ann@here.test']) {
      assert.equal((await inbox(await store.mail.of(owner))).length, 1, `${mode} ${owner}`);
    }
  }
});
