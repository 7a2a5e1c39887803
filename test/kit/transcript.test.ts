import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/kit/secret.ts';
import {
  joinSteps,
  parseTranscript,
  type Side,
  type TranscriptStep,
  TranscriptWriter,
} from '../../src/kit/transcript.ts';
import { fc } from '../property.ts';

function render(steps: readonly TranscriptStep[], limit = Number.POSITIVE_INFINITY): string {
  const lines: string[] = [];
  const writer = new TranscriptWriter({ emit: (line) => lines.push(line), limit });
  for (const { from, bytes } of steps) writer.bytes(from, bytes);
  writer.flush();
  return lines.join('\n');
}

const say = (from: Side, text: string | Uint8Array): TranscriptStep => ({ from, bytes: Buffer.from(text) });

const ROWS: readonly [string, readonly TranscriptStep[], string][] = [
  ['a line', [say('C', 'QUIT\r\n'), say('S', '221 bye\r\n')], 'C: QUIT\nS: 221 bye'],
  ['split anywhere', [say('C', 'QU'), say('C', 'IT\r'), say('C', '\n')], 'C: QUIT'],
  ['an empty line', [say('C', '\r\n')], 'C:'],
  ['no line end', [say('S', '+ ')], 'S: +\\x20\\'],
  ['a bare line feed', [say('C', 'a\nb\r\n')], 'C: a\\x0a\\\nC: b'],
  ['a bare carriage return', [say('C', 'a\rb\r\n')], 'C: a\\x0db'],
  ['a backslash', [say('C', 'C:\\x\r\n')], 'C: C:\\\\x'],
  ['UTF-8 stays', [say('C', 'grün 🐘\r\n')], 'C: grün 🐘'],
  ['broken UTF-8', [say('C', new Uint8Array([0xff, 0x5c, 13, 10]))], 'C: \\xff\\\\'],
  ['a bidi override', [say('C', 'a\u202eb\r\n')], 'C: a\\xe2\\x80\\xaeb'],
  ['what looks like a cut', [say('C', '<+5 octets>\r\n')], 'C: \\x3c+5 octets>'],
];

for (const [name, steps, text] of ROWS) {
  test(`transcript: ${name}`, () => {
    assert.equal(render(steps), text);
    assert.deepEqual(plain(parseTranscript(text)), plain(steps));
  });
}

function plain(steps: readonly TranscriptStep[]): { from: Side; hex: string }[] {
  return joinSteps(steps.filter((step) => step.bytes.length > 0)).map(({ from, bytes }) => ({
    from,
    hex: Buffer.from(bytes).toString('hex'),
  }));
}

test('transcript: parse(render(x)) is x, for any octets in any split', () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))),
    fc
      .constantFrom('\r\n', '\n', '\r', '\\', ' ', '<+1 octets>', '# x', 'C: ')
      .map((text) => new Uint8Array(Buffer.from(text))),
  );
  const step = fc.record({ from: fc.constantFrom<Side>('C', 'S'), bytes: octets });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      assert.deepEqual(plain(parseTranscript(render(steps))), plain(steps));
    }),
    { numRuns: 10_000 },
  );
});

test('transcript: a long turn is cut and counted, the next is shown again', () => {
  const body = `${'x'.repeat(98)}\r\n`.repeat(10);
  const text = render([say('C', body), say('S', 'ok\r\n'), say('C', 'QUIT\r\n')], 300);
  const line = `C: ${'x'.repeat(98)}`;
  assert.equal(text, [line, line, line, 'C: <+700 octets>', 'S: ok', 'C: QUIT'].join('\n'));
  assert.throws(() => parseTranscript(text), { code: 'CS_INPUT' });
});

test('transcript: a secret is masked in clear and in base64, also when it came in pieces', () => {
  const secret = new Secret('pläin-canary-7');
  const encoded = Buffer.from(secret.reveal()).toString('base64');
  const text = render([
    say('C', `PASS ${secret.reveal().slice(0, 4)}`),
    say('C', `${secret.reveal().slice(4)}\r\n`),
    say('C', `${encoded}\r\n`),
  ]);
  assert.equal(text, 'C: PASS ***\nC: ***');
});

test('transcript: refuses what it does not understand, with the line number', () => {
  for (const text of ['# note\nX: hi', 'C: \\q', 'C:hi'])
    assert.throws(() => parseTranscript(text), { code: 'CS_INPUT' });
  assert.throws(() => parseTranscript('# note\nX: hi'), /line 2/);
});
