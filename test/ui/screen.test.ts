import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNetrc } from '../../src/commands/netrc.ts';
import { wantsColour } from '../../src/ui/colour.ts';
import { fields, format, pick } from '../../src/ui/pick.ts';
import { neutralSink } from '../../src/ui/sink.ts';

const result = { schema: 'cs.x/1', id: '7', messages: [{ id: 'a' }, { id: 'b' }], size: 3 };

describe('--pick, --format, --json=', () => {
  test('paths reach into lists; what is not there is 11', () => {
    assert.equal(pick(result, 'messages.1.id'), 'b');
    assert.throws(() => pick(result, 'messages.2.id'), { code: 'CS_NOT_FOUND' });
    assert.throws(() => pick(result, 'constructor'), { code: 'CS_NOT_FOUND' });
    assert.throws(() => pick(result, '__proto__.x'), { code: 'CS_NOT_FOUND' });
  });
  test('templates', () => {
    assert.equal(format(result, '{id}\\t{size} {{x'), '7\t3 {x');
  });
  test('chosen fields keep the schema', () => {
    assert.deepEqual(fields(result, 'id,none'), { schema: 'cs.x/1', id: '7', none: null });
    assert.equal(fields(result, '*'), result);
  });
});

describe('colour is judged per stream', () => {
  const rows: [string, boolean, 'auto' | 'always' | 'never', Record<string, string>, boolean][] = [
    ['a terminal', true, 'auto', {}, true],
    ['a pipe', false, 'auto', {}, false],
    ['NO_COLOR', true, 'auto', { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', true, 'auto', { NO_COLOR: '' }, true],
    ['TERM=dumb', true, 'auto', { TERM: 'dumb' }, false],
    ['FORCE_COLOR', false, 'auto', { FORCE_COLOR: '1' }, true],
    ['a flag beats NO_COLOR', false, 'always', { NO_COLOR: '1' }, true],
    ['a flag beats FORCE_COLOR', true, 'never', { FORCE_COLOR: '1' }, false],
  ];
  for (const [name, isTTY, flag, env, wanted] of rows)
    test(name, () => assert.equal(wantsColour({ isTTY }, flag, env), wanted));
});

test('CL-09 octets on their way to a terminal become text that steers nothing', async () => {
  let shown = '';
  const sink = neutralSink({
    write: async (chunk) => {
      shown += String(chunk);
    },
    end: async () => {},
  });
  const nasty = Buffer.from('grüße\n\u001b]52;c;eA==\u0007\u202e\n::error::owned\n');
  for (const octet of nasty) await sink.write(Buffer.of(octet));
  assert.doesNotMatch(shown, /[\u001b\u0007\u202e]/);
  assert.match(shown, /^grüße\n/);
  shown = '';
  await sink.write(nasty);
  assert.doesNotMatch(shown, /^::error/m);
});

test('CL-09 line ends of mail are line ends on a terminal, other CRs are shown', async () => {
  for (const size of [1, 3, 100]) {
    let shown = '';
    const sink = neutralSink({
      write: async (chunk) => {
        shown += String(chunk);
      },
      end: async () => {},
    });
    const text = 'a\r\nb\rc\r\r\n\r';
    for (let at = 0; at < text.length; at += size) await sink.write(Buffer.from(text.slice(at, at + size)));
    await sink.end(false);
    assert.equal(shown, 'a\nb\\x0dc\\x0d\n\\x0d', String(size));
  }
});

describe('netrc', () => {
  test('machines, default, quotes, macros', () => {
    const text =
      'machine a.test login ann password "two \\"words"\nmacdef init\nmachine evil\n\nmachine b.test\n login bob\n password x\ndefault login any password y\n';
    assert.deepEqual(parseNetrc(text), [
      { machine: 'a.test', login: 'ann', password: 'two "words' },
      { machine: 'b.test', login: 'bob', password: 'x' },
      { machine: '*', login: 'any', password: 'y' },
    ]);
  });
});
