import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { githubReport } from '../../src/commands/report/github.ts';
import { createReport } from '../../src/commands/report/report.ts';
import { Secret } from '../../src/kit/secret.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-report-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const read = (file: string): string => readFileSync(join(scratch, file), 'utf8');

const HOSTILE = 'x" & <b>\n::error::owned\r\n]]>\u0000\u001b[31m# not ok 9 | `y`';

async function write(...specs: string[]): Promise<void> {
  const report = createReport(specs, {});
  report.case({ name: 'fine', ok: true, ms: 1234 });
  report.case({ name: `bad ${HOSTILE}`, ok: false, ms: 5, message: HOSTILE, details: `first\n${HOSTILE}` });
  await report.finish();
}

test('JUnit: counts, times, and nothing of a peer that is markup', async () => {
  await write(`junit=${join(scratch, 'deep/er/cs.xml')}`);
  const xml = read('deep/er/cs.xml');
  assert.match(
    xml,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="2" failures="1" errors="0" time="1\.239">/,
  );
  assert.match(xml, /<testcase classname="cs" name="fine" time="1\.234"\/>/);
  assert.match(xml, /<failure message="x&quot; &amp; &lt;b&gt;&#10;::error::owned/);
  assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  assert.equal(xml.match(/</g)?.length, 10);
  assert.deepEqual(readdirSync(join(scratch, 'deep/er')), ['cs.xml']);
});

test('TAP: a plan, one line a case, directives of a peer are text', async () => {
  await write(`tap=${join(scratch, 'cs.tap')}`);
  const tap = read('cs.tap').split('\n');
  assert.deepEqual(tap.slice(0, 6), ['TAP version 14', '1..2', 'ok 1 - fine', '  ---', '  duration_ms: 1234', '  ...']);
  assert.equal(tap.filter((line) => /^(not )?ok /.test(line)).length, 2);
  assert.match(tap[6] ?? '', /^not ok 2 - bad x" & <b>\\\\n::error/);
  assert.ok(!tap.some((line) => /(^|[^\\])# not ok/.test(line) && !line.startsWith('  ')));
});

test('NDJSON: an object a case', async () => {
  await write(`ndjson=${join(scratch, 'cs.ndjson')}`);
  const [first, second, rest] = read('cs.ndjson').split('\n');
  assert.deepEqual(JSON.parse(first ?? ''), {
    schema: 'cs.case/1',
    name: 'fine',
    ok: true,
    duration_ms: 1234,
    message: null,
    details: null,
  });
  assert.equal(JSON.parse(second ?? '').message, HOSTILE);
  assert.equal(rest, '');
});

test('GitHub: one annotation that a peer cannot leave, details in a group, a summary without its markup', async () => {
  const said: string[] = [];
  const summary = join(scratch, 'summary.md');
  const report = githubReport({ GITHUB_STEP_SUMMARY: summary }, (text) => said.push(text));
  report.case({ name: 'fine', ok: true, ms: 1 });
  report.case({ name: 'a, b: c', ok: false, ms: 2, message: `100% ${HOSTILE}`, details: HOSTILE });
  await report.finish();
  const lines = said.join('').split('\n');
  assert.match(lines[0] ?? '', /^::error title=a%2C b%3A c::100%25 x" & <b>%0A/);
  assert.equal(lines.filter((line) => line.startsWith('::')).length, 3);
  assert.deepEqual(
    lines.filter((line) => /^::(group|endgroup)::/.test(line)),
    ['::group::a, b: c', '::endgroup::'],
  );
  assert.ok(!said.join('').includes('\u001b'));
  const markdown = readFileSync(summary, 'utf8');
  assert.match(markdown, /^### cs: 1 passed, 1 failed\n/);
  assert.doesNotMatch(markdown, /<b>|`y`/);
  assert.equal(markdown.split('\n').filter((line) => line.startsWith('|')).length, 4);
});

test('a secret that is known stands in no report', async () => {
  const secret = new Secret('correct horse battery');
  const report = createReport(
    [`junit=${join(scratch, 's.xml')}`, `tap=${join(scratch, 's.tap')}`, `ndjson=${join(scratch, 's.nd')}`],
    {},
  );
  report.case({ name: secret.reveal(), ok: false, ms: 1, message: secret.reveal(), details: secret.reveal() });
  await report.finish();
  for (const file of ['s.xml', 's.tap', 's.nd']) assert.ok(!read(file).includes(secret.reveal()), file);
});

test('what is no report is a usage error', () => {
  for (const spec of ['junit', 'junit=', 'html=x', 'github=x', '__proto__=x', 'constructor=x', '']) {
    assert.throws(() => createReport([spec], {}), { code: 'CS_USAGE' });
  }
});
