import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../src/ui/log.ts';

const TIME = { timeout: 30_000 };

/** A log is written by another thread, which comes to it when the machine lets it. */
const settled = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
};

test('AU-07 a log on a full disk is dropped and counted, and nothing ends', {
  ...TIME,
  skip: !existsSync('/dev/full'),
}, async () => {
  const { log, dropped } = createLog('info', 'text', '/dev/full');
  log('info', 'one', { text: 'x' });
  await settled(() => dropped() > 0);
  assert.ok(dropped() > 0);
  log('info', 'two');
});

test('AU-06 a record is one escaped line of at most 8 KiB, whatever is in it', TIME, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-log-'));
  const file = join(folder, 'log');
  for (const style of ['text', 'json'] as const) {
    const { log } = createLog('info', style, file);
    log('info', 'login', {
      user: `a\nb\u001b[31m"%s{}${'x'.repeat(1 << 20)}`,
      many: Array.from({ length: 5000 }, () => 'y=z'),
    });
    log('debug', 'too.fine');
    await settled(() => existsSync(file) && readFileSync(file, 'utf8').split('\n').length > (style === 'text' ? 1 : 2));
  }
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 2);
  for (const line of lines) {
    assert.ok(line.length <= 8192);
    assert.ok(!line.includes('\u001b'));
    assert.match(line, /login/);
  }
  rmSync(folder, { recursive: true });
});
