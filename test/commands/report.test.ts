import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { junit, ndjson, tap } from '../../src/commands/report/formats.ts';
import { annotation, group, summaryTable } from '../../src/commands/report/github.ts';
import { createReport } from '../../src/commands/report/report.ts';

const hostile = {
  name: 'a <b> & "c" # d',
  ok: false,
  ms: 1500,
  message: 'x\n::error::y',
  details: 'one ]]>\n::set-output name=z::1\u001b[31m\u0000',
};
const fine = { name: 'fine', ok: true, ms: 2 };

describe('reports', () => {
  test('JUnit: counts, escaping, no character that XML cannot hold', () => {
    const text = junit([hostile, fine]);
    assert.match(text, /<testsuite name="cs" tests="2" failures="1"/);
    assert.match(text, /name="a &lt;b&gt; &amp; &quot;c&quot; # d" time="1\.500"/);
    assert.ok(![...text].some((char) => char < ' ' && char !== '\n'));
    assert.ok(!text.includes(']]>'));
  });
  test('TAP: plan, order, no directive from a name', () => {
    assert.match(
      tap([hostile, fine]),
      /^TAP version 13\n1\.\.2\nnot ok 1 - a <b> & "c" \\# d\n {2}---\n[\s\S]+\nok 2 - fine\n/,
    );
  });
  test('NDJSON: one object a line', () => {
    const [first, second] = ndjson([hostile, fine])
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual([first.ok, second.name, second.message], [false, 'fine', null]);
  });
  test('GitHub: peer text starts no command', () => {
    assert.equal(annotation(hostile).split('\n').length, 2);
    assert.match(annotation(hostile), /^::error title=a <b> & "c" # d::x%0A\\::error::y\n$/);
    assert.ok(!/^::set-output/m.test(group('g', hostile.details)));
    assert.match(summaryTable([hostile]), /\| failed \| a \\<b\\> & "c" # d \|/);
  });
  test('what is no report is a usage error before anything ran', () => {
    for (const spec of ['junit', 'github=x', 'html=y', ''])
      assert.throws(() => createReport([spec], {}), { code: 'CS_USAGE' });
  });
});
