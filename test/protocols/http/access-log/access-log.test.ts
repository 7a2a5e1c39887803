import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LineFile } from '../../../../src/protocols/http/access-log/line-file.ts';
import { combinedLine, jsonLine } from '../../../../src/protocols/http/access-log/record.ts';
import type { Answered } from '../../../../src/protocols/shared/http/answered.ts';
import { say } from '../say.ts';
import { web } from '../stage.ts';
import { MapTree } from '../tree.ts';

const NOW = new Date(Date.UTC(2026, 10, 5, 9, 8, 7));

function exchange(more: Partial<Answered> & { readonly user?: string } = {}): Answered {
  const conn = { id: 'c7', peer: { address: '10.0.0.7' }, user: more.user } as unknown as Answered['conn'];
  return { conn, method: 'GET', target: '/a', version: '1.1', status: 200, octets: 5, ms: 1.25, headers: [], ...more };
}

test('combined log format', () => {
  const headers = ['Referer', 'http://x/', 'User-Agent', 'curl/8'];
  assert.equal(
    combinedLine(exchange({ headers, user: 'ann' }), NOW),
    '10.0.0.7 - ann [05/Nov/2026:09:08:07 +0000] "GET /a HTTP/1.1" 200 5 "http://x/" "curl/8"\n',
  );
  assert.match(combinedLine(exchange({ octets: 0 }), NOW), / - - \[.*\] "GET \/a HTTP\/1\.1" 200 - "-" "-"\n$/);
});

test('JSON', () => {
  assert.deepEqual(JSON.parse(jsonLine(exchange({ user: 'ann', headers: ['user-agent', 'x'] }), NOW)), {
    schema: 'cs.access/1',
    ts: '2026-11-05T09:08:07.000Z',
    conn: 'c7',
    peer: '10.0.0.7',
    user: 'ann',
    method: 'GET',
    target: '/a',
    version: '1.1',
    status: 200,
    octets: 5,
    duration_ms: 1.25,
    referer: null,
    user_agent: 'x',
  });
});

test('AU-06 line breaks, ANSI, quotes, %s, 1 MiB: one escaped record of at most 8 KiB', () => {
  const evil = `\n\r\x1b[31m"\\%s\u0085\u202e\x7f' {"a":1}`;
  for (const text of [evil, evil.repeat(50_000)]) {
    const headers = ['User-Agent', text, 'Referer', text];
    for (const line of [combinedLine, jsonLine]) {
      const record = line(exchange({ target: `/${text}`, method: text, headers, user: 'a b"c' }), NOW);
      assert.ok(record.length <= 8192, `${record.length}`);
      assert.match(record, /^[\x20-\x7e]+\n$/);
      if (line === jsonLine) assert.ok(JSON.parse(record).user_agent.startsWith('\n\r\x1b[31m"'));
      else
        assert.match(
          record,
          /^10\.0\.0\.7 - a\\x20b\\"c \[05\/Nov\/2026:09:08:07 \+0000\] "(?:[^"\\]|\\.)*" 200 5 "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"\n$/,
        );
    }
  }
});

test('54 secrets in queries and referers are masked', () => {
  const target = '/cb?code=abc123&state=s&access_token=hunter2&x=1;PassWord=hunter2&upload=hunter2';
  const headers = ['Referer', 'http://ann:hunter2@x/?api_key=hunter2&q=fine'];
  for (const line of [combinedLine, jsonLine]) {
    const record = line(exchange({ target, headers }), NOW);
    assert.doesNotMatch(record, /hunter2|abc123/);
    assert.match(record, /state=s&/);
    assert.match(record, /q=fine/);
  }
});

test('requests of the server are in the file, refused ones too; a file moved away is begun anew', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'cs-access-'));
  t.after(() => rmSync(place, { recursive: true }));
  const path = join(place, 'access.log');
  await using stage = await web(new MapTree({ '/a': 'hello' }), { accessLog: path });
  const until = async (file: string, count: number): Promise<string[]> => {
    for (;;) {
      const lines = readFileSync(file, 'latin1').trimEnd().split('\n');
      if (lines.length >= count) return lines;
      await turn();
    }
  };
  await say(stage, 'GET', '/a?token=secret');
  await say(stage, 'GET', '/none');
  await say(stage, 'GET', '/%00');
  const lines = (await until(path, 3)).map((line) => line.replace(/\[.*\]/, ''));
  assert.deepEqual(lines[0], '127.0.0.1 - -  "GET /a?token=*** HTTP/1.1" 200 5 "-" "-"');
  assert.match(lines[1] ?? '', /"GET \/none HTTP\/1\.1" 404 /);
  assert.match(lines[2] ?? '', /"GET \/%00 HTTP\/1\.1" 400 /);
});

test('a log file: appended to, followed by its name, closed', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'cs-access-'));
  t.after(() => rmSync(place, { recursive: true }));
  const path = join(place, 'access.log');
  const now = t.mock.method(performance, 'now', () => 1000);
  const file = new LineFile(path, () => {});
  file.add('one\n');
  file.flush();
  renameSync(path, `${path}.1`);
  now.mock.mockImplementation(() => 2500);
  file.add('two\n');
  file.close();
  assert.deepEqual([readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')], ['one\n', 'two\n']);
});

test('AU-07 a full disk, and more than can wait: lines are dropped and counted, told once, nothing is thrown', () => {
  const logged: unknown[] = [];
  const full = new LineFile('/dev/full', (_level, event, facts) => void logged.push([event, facts?.lines]));
  for (let line = 0; line < 3; line++) {
    full.add('a line\n');
    full.flush();
  }
  assert.equal(full.dropped, 3);
  assert.deepEqual(logged, [['access_log.dropped', 1]]);
  full.close();
  const waiting = new LineFile('/dev/null', () => {});
  for (let line = 0; line < 300; line++) waiting.add(`${'x'.repeat(10_000)}\n`);
  assert.ok(waiting.dropped > 100);
  waiting.close();
});

test('a log file that cannot be opened stops the start', async () => {
  await assert.rejects(web(new MapTree(), { accessLog: '/nonexistent/dir/log' }), { code: 'ENOENT' });
});
