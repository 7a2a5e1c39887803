import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserRecord } from '../../src/contracts/accounts.ts';
import type { Make } from './harness.ts';

function record(name: string, addresses: readonly string[], more: Partial<UserRecord> = {}): UserRecord {
  return {
    name,
    password: '$scrypt$ln=15,r=8,p=3$c2FsdA$aGFzaA',
    addresses,
    createdAt: '2026-01-02T12:00:00.000Z',
    updatedAt: '2026-01-02T12:00:00.000Z',
    ...more,
  };
}

export function usersSuite(name: string, make: Make): void {
  test(`${name}: accounts are kept, found by address, replaced and removed`, { timeout: 120_000 }, async () => {
    const subject = await make();
    try {
      const { users } = subject.store;
      const ann = record('ann', ['ann@x.test', 'sales@x.test'], { scram: 'c2FsdA==,4096,a2V5,a2V5' });
      const bob = record('bob@y.test', [], { password: undefined });
      await users.put(bob);
      await users.put(ann);
      assert.deepEqual(await users.get('ann'), ann);
      assert.deepEqual(await users.get('bob@y.test'), bob);
      assert.equal(await users.get('cat'), undefined);
      assert.deepEqual(await users.list(), [ann, bob]);
      assert.deepEqual(await users.byAddress('Sales@X.test'), ann);
      assert.deepEqual(await users.byAddress('bob@y.test'), bob);
      const less = record('ann', ['ann@x.test'], { updatedAt: '2026-02-02T12:00:00.000Z' });
      await users.put(less);
      assert.deepEqual(await users.get('ann'), less);
      assert.equal(await users.byAddress('sales@x.test'), undefined);
      assert.equal(await users.remove('ann'), true);
      assert.equal(await users.remove('ann'), false);
      assert.equal(await users.byAddress('ann@x.test'), undefined);
      if (subject.reopen) assert.deepEqual(await (await subject.reopen()).users.list(), [bob]);
    } finally {
      await subject.close();
    }
  });
}
