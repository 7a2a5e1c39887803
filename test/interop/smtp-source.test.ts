/** Postfix's load generator: 10,000 messages over 100 sessions, every one of them stored, each with its own octets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serve, sh, tool } from './server.ts';

const source = tool('smtp-source');
const COUNT = 10_000;

describe('smtp-source', { skip: source === undefined && 'smtp-source is not installed' }, () => {
  test(`${COUNT} messages over 100 sessions`, { timeout: 120_000 }, async () => {
    const server = await serve(['smtp'], { data: true });
    try {
      const args = [
        '-s',
        '100',
        '-m',
        String(COUNT),
        '-l',
        '4096',
        '-N',
        '-f',
        'me@example.test',
        '-t',
        'box@example.test',
        `127.0.0.1:${server.port('smtp')}`,
      ];
      const ran = await sh(source ?? '', args, { timeout: 90_000 });
      assert.equal(ran.code, 0, ran.stderr);
      const listed = await server.cs('ls', 'cs://local/mail', '--json');
      const rows = listed.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { id: string; size: number });
      assert.equal(rows.length, COUNT);
      assert.equal(new Set(rows.map((row) => row.id)).size, COUNT);
      assert.equal(
        rows.every((row) => row.size >= 4096),
        true,
      );
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});
