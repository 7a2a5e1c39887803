import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Accounts, Identity } from '../../../src/contracts/accounts.ts';
import { defaults } from '../../../src/kit/option.ts';
import { open } from '../../../src/stores/memory/open.ts';
import { options } from '../../../src/stores/memory/options.ts';
import { localRecipients } from '../../../src/stores/wrap/local-recipients.ts';
import { readOnly } from '../../../src/stores/wrap/read-only.ts';
import { deliver, envelope, fails, inbox, message, whole } from '../../conformance/harness.ts';

const ann: Identity = { name: 'ann', addresses: ['ann@x.test'], known: true };
const accounts: Accounts = {
  mode: 'required',
  verify: async () => undefined,
  settle: async () => undefined,
  owner: async (address) => (/^ann(\+[^@]*)?@x\.test$/i.test(address) ? ann : undefined),
};
const store = () => open({ dir: undefined, options: defaults(options), log: () => {} });
const session = envelope([]).session!;

test('SM-18 mail for nobody here is refused before RCPT is answered, whoever sends it', async () => {
  const delivery = localRecipients((await store()).delivery, accounts);
  for (const user of [undefined, 'ann']) {
    for (const address of [
      'bob@foreign.test',
      'user%dom@x.test',
      '"u@evil"@x.test',
      'ann@foreign.test',
      'u@[127.0.0.1]',
    ]) {
      const error = await fails('CS_PEER_REFUSED', () =>
        delivery.check?.({ address }, { ...session, user }, 'bob@y.test'),
      );
      assert.equal(error.reply, '550 5.7.1 relaying denied');
    }
    await delivery.check?.({ address: 'Ann+tag@x.test' }, { ...session, user }, 'bob@y.test');
  }
});

test('mail goes to the accounts of its addresses only, and the sender keeps no copy', async () => {
  const inner = await store();
  const delivery = localRecipients(inner.delivery, accounts);
  await deliver(delivery, message('hello'), ['ann+a@x.test', 'ann@x.test'], 'bob');
  assert.equal((await inbox(await inner.mail.of('ann'))).length, 1);
  assert.equal((await inbox(await inner.mail.of('bob'))).length, 0);
  await fails('CS_PEER_REFUSED', () => deliver(delivery, message('no'), ['ann@x.test', 'bob@foreign.test']));
  assert.equal((await inbox(await inner.mail.of('*'))).length, 1);
});

test('read only mail can be looked at and nothing else', async () => {
  const inner = await store();
  await deliver(inner.delivery, message('hello'), ['ann@x.test']);
  const mail = readOnly(await inner.mail.of('ann@x.test'));
  assert.deepEqual(await whole(mail.read('INBOX', 1)), message('hello'));
  await fails('CS_UNSAFE', () => mail.remove('INBOX', [1]));
  const { append, commitAll, flag, copy, move, create, drop, rename, subscribe } = mail;
  assert.deepEqual([append, commitAll, flag, copy, move, create, drop, rename, subscribe], Array(9).fill(undefined));
  assert.equal((await mail.open!('INBOX')).uids.length, 1);
  assert.deepEqual([...(await mail.contains!('INBOX', 'subject', 'ell'))], [1]);
  assert.equal((await inbox(mail)).length, 1);
});
