import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { asCsError, CsError, ERRORS } from '../../src/kit/errors.ts';
import { escapeBlock, escapeLine } from '../../src/kit/escape.ts';
import { LineBuffer } from '../../src/kit/lines.ts';
import * as o from '../../src/kit/option.ts';
import { redact, Secret } from '../../src/kit/secret.ts';
import { distance, suggest } from '../../src/kit/suggest.ts';
import { parseDuration, parseSize, showDuration, showSize } from '../../src/kit/units.ts';
import { fc } from '../property.ts';

describe('units', () => {
  const durations: [string, number][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['5d', 432_000_000],
    ['1.5s', 1500],
    ['0', 0],
  ];
  for (const [text, ms] of durations) test(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
  const sizes: [string, number][] = [
    ['64k', 65_536],
    ['25m', 26_214_400],
    ['25MB', 26_214_400],
    ['1GiB', 2 ** 30],
    ['512', 512],
    ['0', 0],
  ];
  for (const [text, bytes] of sizes) test(`${text} is ${bytes} octets`, () => assert.equal(parseSize(text), bytes));
  for (const bad of ['', '5', '-1s', '1e3s', 's', '5 s', '1y', '0x10s', '٣s']) {
    test(`${JSON.stringify(bad)} is no duration`, () => assert.throws(() => parseDuration(bad), { code: 'CS_USAGE' }));
  }
  for (const bad of ['', '-1', '1e3', '0x10', 'k', '1 k', '1p', '٣']) {
    test(`${JSON.stringify(bad)} is no size`, () => assert.throws(() => parseSize(bad), { code: 'CS_USAGE' }));
  }
  test('shown as a person reads them', () => {
    assert.deepEqual([84, 3200, 90_000].map(showDuration), ['84 ms', '3.2 s', '1.5 m']);
    assert.deepEqual([512, 4096, 26_214_400].map(showSize), ['512 B', '4.0 KiB', '25 MiB']);
  });
});

describe('errors', () => {
  test('every code has an exit code of the contract', () => {
    const allowed = new Set([1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 124, 125, 126, 127]);
    for (const [code, { exit }] of Object.entries(ERRORS)) assert.ok(allowed.has(exit), code);
  });
  test('system errors get our words; what is unknown is a bug', () => {
    assert.equal(asCsError(Object.assign(new Error('x'), { code: 'ENOSPC' })).code, 'CS_DISK_FULL');
    assert.equal(asCsError(new TypeError('x')).exit, 125);
    const own = new CsError('CS_USAGE', 'x');
    assert.equal(asCsError(own), own);
  });
});

describe('CL-09 AU-06 peer text', () => {
  const rows: [string, string][] = [
    ['\u001b[31mred\u001b]8;;http://evil\u0007', '\\x1b[31mred\\x1b]8;;http://evil\\x07'],
    ['a\rb\nc', 'a\\rb\\nc'],
    ['bidi \u202e zero \u200b', 'bidi \\u202e zero \\u200b'],
    ['::error title=x::y', '\\::error title=x::y'],
    ['##vso[task.setvariable]', '\\##vso[task.setvariable]'],
    ['\u0085\u2028', '\\x85\\u2028'],
  ];
  for (const [hostile, safe] of rows) test(JSON.stringify(hostile), () => assert.equal(escapeLine(hostile), safe));
  test('a block keeps its lines, and none of them is a workflow command', () => {
    assert.equal(escapeBlock('ok\n  ::set-output::x\n##[group]'), 'ok\n  \\::set-output::x\n\\##[group]');
  });
  test('nothing that steers a terminal survives, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const safe = escapeBlock(text);
        for (const char of safe) {
          const code = char.codePointAt(0) ?? 0;
          assert.ok(code === 9 || code === 10 || code >= 32, char);
          assert.ok(code < 0x7f || code > 0x9f);
        }
        assert.ok(!/^\s*(::|##\[)/m.test(safe));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('AU-05 a secret', () => {
  const secret = new Secret('correct horse battery');
  test('prints as ***, however it is printed', () => {
    assert.deepEqual(
      [String(secret), JSON.stringify({ secret }), inspect(secret), `${secret}`],
      ['***', '{"secret":"***"}', '***', '***'],
    );
    assert.equal(secret.reveal(), 'correct horse battery');
  });
  test('is masked in text, in base64 and in a URL', () => {
    assert.equal(redact('x correct horse battery y'), 'x *** y');
    assert.equal(redact(`AUTH ${Buffer.from('correct horse battery').toString('base64')}`), 'AUTH ***');
    assert.equal(redact('smtp://ann:hunter2@mail.test/'), 'smtp://ann:***@mail.test/');
  });
});

describe('suggest', () => {
  test('a swap, a missing, a wrong letter; not further than two', () => {
    assert.equal(suggest('srve', ['serve', 'send']), 'serve');
    assert.equal(suggest('smpt', ['smtp', 'pop3']), 'smtp');
    assert.equal(suggest('xyz', ['serve']), undefined);
    assert.equal(suggest('', ['ls']), undefined);
    assert.equal(suggest('--js', ['--ca']), undefined);
    assert.equal(distance('ab', 'ba'), 1);
  });
  test('distance is symmetric and zero only for equals', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        assert.equal(distance(a, b), distance(b, a));
        assert.equal(distance(a, b) === 0, a === b);
      }),
    );
  });
});

describe('lines', () => {
  const lines = (limits: { max: number; newline?: 'strict' | 'lenient' }, chunks: readonly Uint8Array[]): string[] => {
    const buffer = new LineBuffer(limits);
    const out: string[] = [];
    for (const chunk of chunks) {
      buffer.push(chunk);
      for (let line = buffer.next(); line !== undefined; line = buffer.next())
        out.push(Buffer.from(line).toString('latin1'));
    }
    return out;
  };
  test('any split gives the same lines, and what follows stays unread', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.'), maxLength: 20 }), { maxLength: 8 }),
        fc.array(fc.nat(9), { maxLength: 40 }),
        (texts, cuts) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\r\n`).join(''));
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.subarray(at));
          assert.deepEqual(lines({ max: 100 }, chunks), texts);
        },
      ),
      { numRuns: 2000 },
    );
    const buffer = new LineBuffer({ max: 10 });
    buffer.push(Buffer.from('one\r\ntwo'));
    buffer.next();
    assert.equal(Buffer.from(buffer.unread).toString(), 'two');
    assert.equal(Buffer.from(buffer.take(2)).toString(), 'tw');
  });
  test('a line over the limit is an error before it is whole', () => {
    const buffer = new LineBuffer({ max: 4 });
    buffer.push(Buffer.from('123456'));
    assert.throws(() => buffer.next(), { code: 'CS_PEER_LIMIT' });
  });
  test('a bare LF or CR is an error when strict; LF ends a line when lenient', () => {
    assert.throws(() => lines({ max: 9 }, [Buffer.from('a\nb\r\n')]), { code: 'CS_PEER_PROTOCOL' });
    assert.throws(() => lines({ max: 9 }, [Buffer.from('a\rb\r\n')]), { code: 'CS_PEER_PROTOCOL' });
    assert.deepEqual(lines({ max: 9, newline: 'lenient' }, [Buffer.from('a\nb\r\n')]), ['a', 'b']);
  });
});

describe('options', () => {
  test('types, defaults, names', () => {
    const options = {
      size: o.size('x octets', { default: '1k' }),
      many: o.text('x words', { many: true }),
      on: o.flag('x or not'),
    };
    assert.deepEqual(o.defaults(options), { size: 1024, many: [], on: false });
    assert.equal(o.flagName('maxSizeOf'), 'max-size-of');
    assert.equal(o.envName('smtp', 'maxSize'), 'CS_SMTP_MAX_SIZE');
    assert.throws(() => o.number('n', { max: 3 }).parse('4'), { code: 'CS_USAGE' });
  });
});
