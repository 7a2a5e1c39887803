import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CsError } from '../../../src/kit/errors.ts';
import { deliver, message } from '../../conformance/harness.ts';
import { child, gone, told } from './family.ts';
import { embedded } from './subject.ts';

const SESSION = {
  server: 'smtp',
  conn: 'c1',
  with: 'ESMTP',
  helo: 'x',
  address: '127.0.0.1',
  user: undefined,
  secure: false,
};

test('an account that was full before a restart is told at RCPT after it', { timeout: 20_000 }, async () => {
  const subject = await embedded();
  try {
    const now = new Date().toISOString();
    const quota = { messages: 1 };
    const times = { createdAt: now, updatedAt: now };
    await subject.store.users.put({ name: 'ann', password: undefined, addresses: ['ann@x.test'], ...times, quota });
    await deliver(subject.store.delivery, message('one'), ['ann@x.test']);
    const { delivery } = await subject.reopen!();
    await assert.rejects(
      async () => delivery.check?.({ address: 'ann@x.test' }, SESSION, ''),
      (error: CsError) => error.code === 'CS_PEER_REFUSED',
    );
  } finally {
    await subject.close();
  }
});

test('a quota that another process sets is told at RCPT, as soon as its holder can log in', {
  timeout: 30_000,
}, async () => {
  const { store, dir, close } = await embedded();
  // A child that has not spoken yet keeps no process alive.
  const alive = setInterval(() => {}, 30_000);
  try {
    const ask = async () => store.delivery.check?.({ address: 'ann@x.test' }, SESSION, '');
    await deliver(store.delivery, message('one'), ['ann@x.test']);
    await ask();
    const other = child('quota', dir, 'ann@x.test');
    await told(other);
    let refused: unknown;
    // Asked until it is refused; one that never is ends with the test's time.
    while (refused === undefined) await ask().catch((error: CsError) => (refused = error.code));
    assert.equal(refused, 'CS_PEER_REFUSED');
    other.send('go');
    await gone(other);
  } finally {
    clearInterval(alive);
    await close();
  }
});
