import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FactReader } from '../../../src/stores/embedded/read-facts.ts';
import { migrate } from '../../../src/stores/embedded/schema.ts';
import { loadSqlite } from '../../../src/stores/embedded/sqlite.ts';
import { Statements } from '../../../src/stores/embedded/statements.ts';
import { FactWriter } from '../../../src/stores/embedded/write-facts.ts';
import { fails } from '../../conformance/harness.ts';

test('the oldest facts go past the limit, and whoever asks for those is told, by event', async () => {
  const Sqlite = await loadSqlite();
  const db = new Sqlite(':memory:');
  migrate(db);
  const sql = new Statements(db);
  const facts = new FactWriter(sql, 1000);
  const reader = new FactReader(sql);
  db.exec('BEGIN');
  for (let n = 0; n < 10_000; n++) {
    facts.add({ event: n < 100 ? 'auth.ok' : 'limit', n });
    facts.trim();
  }
  db.exec('COMMIT');
  assert.equal(reader.newest(), 10_000);
  for (const events of [[], ['limit'], ['auth.ok', 'limit']]) {
    await fails('CS_EVICTED', () => reader.page({ after: 8999, events }));
  }
  assert.deepEqual(reader.page({ after: 100, events: ['auth.ok'] }).facts, []);
  const { facts: left, more } = reader.page({ after: 9000, events: [] });
  assert.deepEqual([left[0]?.cursor, left.length, more], [9001, 500, true]);
  assert.equal(reader.unclaimed(['limit']).length, 1000);
  db.close();
});
