import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CsError } from '../../../src/kit/errors.ts';
import { deliver, message } from '../../conformance/harness.ts';
import { embedded } from './subject.ts';

test('an account that was full before a restart is told at RCPT after it', { timeout: 20_000 }, async () => {
  const subject = await embedded();
  try {
    const now = new Date().toISOString();
    const quota = { messages: 1 };
    const times = { createdAt: now, updatedAt: now };
    await subject.store.users.put({ name: 'ann', password: undefined, addresses: ['ann@x.test'], ...times, quota });
    await deliver(subject.store.delivery, message('one'), ['ann@x.test']);
    const { delivery } = await subject.reopen!();
    const session = {
      server: 'smtp',
      conn: 'c1',
      with: 'ESMTP',
      helo: 'x',
      address: '127.0.0.1',
      user: undefined,
      secure: false,
    };
    await assert.rejects(
      async () => delivery.check?.({ address: 'ann@x.test' }, session, ''),
      (error: CsError) => error.code === 'CS_PEER_REFUSED',
    );
  } finally {
    await subject.close();
  }
});
