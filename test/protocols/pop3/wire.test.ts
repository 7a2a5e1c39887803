import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsError } from '../../../src/kit/errors.ts';
import { secretMask } from '../../../src/net/transcript-mask.ts';
import { ClientWire } from '../../../src/protocols/pop3/client-wire.ts';
import {
  type Argument,
  COMMANDS,
  type CommandName,
  ruleOf,
  type State,
  syntaxOf,
} from '../../../src/protocols/pop3/commands.ts';
import { type ServerIn, ServerWire } from '../../../src/protocols/pop3/server-wire.ts';
import { formatRequest, formatStatus, hasLines, parseRequest, parseStatus } from '../../../src/protocols/pop3/wire.ts';
import { fc } from '../../property.ts';

const RUNS = { numRuns: 10_000 };
const NAMES = Object.keys(COMMANDS) as CommandName[];
const STATES: readonly State[] = ['authorization', 'transaction', 'upgrade', 'closed'];
const VALUES: Readonly<Record<Argument, string>> = {
  name: 'ann',
  password: 'a b  c',
  mechanism: 'PLAIN',
  response: 'AGFubgBi',
  message: '7',
  lines: '0',
};

const line = (text: string): Uint8Array => Buffer.from(text);
const fits = (name: CommandName) => [name, ...ruleOf(name).args.map((arg) => VALUES[arg])].join(' ');

for (const name of NAMES) {
  for (const state of STATES) {
    const allowed = ruleOf(name).in.includes(state);
    test(`table: ${name} is ${allowed ? 'taken' : 'refused'} in the ${state} state`, () => {
      const got = parseRequest(line(fits(name)), state);
      assert.deepEqual(
        'refused' in got ? got.refused : got.name,
        allowed ? name : `${name} is not for the ${state} state`,
      );
    });
  }

  test(`table: ${name} takes its arguments and no more, in any case`, () => {
    const { args, optional = 0, in: states } = ruleOf(name);
    const [state = 'closed'] = states;
    const values = args.map((arg) => VALUES[arg]);
    for (let count = 0; count <= args.length + 1; count++) {
      const given = [...values, 'more'].slice(0, count);
      const got = parseRequest(line([name.toLowerCase(), ...given].join(' ')), state);
      const rest = args[0] === 'name' || args[0] === 'password';
      const fine = count >= args.length - optional && (count <= args.length || rest);
      assert.deepEqual('refused' in got, !fine, `${name} with ${count}`);
      if ('refused' in got) assert.equal(got.refused, `the syntax is ${syntaxOf(name)}`);
    }
  });

  test(`table: what is secret in ${name} never reaches a transcript`, () => {
    const { secret, args } = ruleOf(name);
    const shown = secretMask()(fits(name), 'C');
    for (const [at, arg] of args.entries()) {
      assert.equal(shown.includes(VALUES[arg]), secret === undefined || at < secret, shown);
    }
  });
}

const text = fc
  .string({ unit: 'binary', maxLength: 60 })
  .filter((one) => !/[\r\n\0]/.test(one) && Buffer.from(one).toString() === one);

test('wire: a status line is what it was, for any text', () => {
  const status = fc.record({
    ok: fc.boolean(),
    code: fc.option(fc.stringMatching(/^[A-Z][A-Z0-9/-]{0,20}$/), { nil: undefined }),
    text: text.filter((one) => !one.startsWith('[')),
  });
  fc.assert(
    fc.property(status, ({ ok, code, text: words }) => {
      const bytes = formatStatus({ ok, text: words, ...(code === undefined ? {} : { code }) });
      const got = parseStatus(bytes.subarray(0, -2));
      assert.deepEqual(got, { ok, text: words, ...(code === undefined ? {} : { code }) });
    }),
    RUNS,
  );
});

test('wire: a request is what it was, for any name and password', () => {
  const word = text.filter(
    (one) => one !== '' && !/[\x00-\x08\x0a-\x1f\x7f]/.test(one) && Buffer.byteLength(one) < 240,
  );
  fc.assert(
    fc.property(fc.constantFrom('USER' as const, 'PASS' as const), word, (name, arg) => {
      const bytes = formatRequest({ name, args: [arg] });
      assert.deepEqual(parseRequest(bytes.subarray(0, -2), 'authorization'), { name, args: [arg] });
    }),
    RUNS,
  );
});

test('wire: CR, LF and NUL are refused before they are sent, and so is a line too long', () => {
  for (const arg of ['a\r\nDELE 1', 'a\nb', 'a\0', 'x'.repeat(250)]) {
    assert.throws(() => formatRequest({ name: 'USER', args: [arg] }), { code: 'CS_INPUT' });
  }
});

/** What a server understands of octets in this split: what it yields, or the code it ends with. */
function understood(chunks: readonly Uint8Array[]): { said: ServerIn[]; end: string; unread: string } {
  const wire = new ServerWire();
  wire.send({ kind: 'status', ok: true, text: '' });
  const said: ServerIn[] = [];
  try {
    for (const chunk of chunks) {
      for (const one of wire.receive(chunk)) {
        said.push(one);
        wire.send({ kind: 'status', ok: one.kind === 'request' && one.request.name !== 'STLS', text: '' });
        if (one.kind === 'request' && hasLines(one.request)) wire.send({ kind: 'end' });
      }
    }
  } catch (error) {
    assert.ok(error instanceof CsError && error.blame === 'peer', String(error));
    return { said, end: error.code, unread: '' };
  }
  return { said, end: wire.state, unread: Buffer.from(wire.unread).toString('latin1') };
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, at) => bytes.subarray(edges[at], end));
}

const garbage = fc.array(
  fc.oneof(
    fc.constantFrom('USER ann\r\n', 'PASS x\r\n', 'STAT\r\n', 'QUIT\r\n', 'AUTH\r\n', 'LIST', ' 1', '\r\n', '\r', '\n'),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constant('x'.repeat(250)),
  ),
  { maxLength: 12 },
);

test('wire: any octets in any split are understood alike; only peer errors escape', () => {
  fc.assert(
    fc.property(garbage, fc.array(fc.nat(), { maxLength: 8 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''));
      const whole = understood([bytes]);
      assert.deepEqual(understood(pieces(bytes, cuts)), whole);
      assert.deepEqual(understood([...bytes].map((octet) => Buffer.of(octet))), whole);
    }),
    RUNS,
  );
});

test('wire: what follows QUIT and STLS is left unread', () => {
  const wire = new ServerWire();
  wire.send({ kind: 'status', ok: true, text: '' });
  for (const _ of wire.receive(Buffer.from('STLS\r\nCAPA\r\n'))) wire.send({ kind: 'status', ok: true, text: '' });
  assert.equal(wire.state, 'upgrade');
  assert.equal(Buffer.from(wire.unread).toString(), 'CAPA\r\n');
  wire.upgraded();
  assert.equal(wire.unread.length, 0);
  for (const _ of wire.receive(Buffer.from('QUIT\r\nSTAT\r\n'))) wire.send({ kind: 'status', ok: true, text: '' });
  assert.equal(Buffer.from(wire.unread).toString(), 'STAT\r\n');
});

test('wire: a caller that answers out of turn is told so', () => {
  const wire = new ServerWire();
  assert.throws(() => wire.send({ kind: 'body', bytes: Buffer.from('x') }), { code: 'CS_BUG' });
  wire.send({ kind: 'status', ok: true, text: '' });
  assert.throws(() => wire.send({ kind: 'status', ok: true, text: '' }), { code: 'CS_BUG' });
  assert.throws(() => wire.send({ kind: 'challenge', text: '' }), { code: 'CS_BUG' });
  assert.throws(() => new ClientWire().send({ name: 'STAT', args: [] }), { code: 'CS_BUG' });
});

test('wire: both ends tell each other any bodies, in any split', () => {
  const bodies = fc.array(fc.array(fc.constantFrom('.', '\r\n', '\n', '\r', 'x', '..', '.\r\n')), { maxLength: 4 });
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(), { maxLength: 8 }), (parts, cuts) => {
      const sent = parts.map((part) => part.join(''));
      const server = new ServerWire();
      const client = new ClientWire();
      const out: Uint8Array[] = [server.send({ kind: 'status', ok: true, text: 'hi' })];
      for (const body of sent) {
        for (const _ of server.receive(client.send({ name: 'CAPA', args: [] }))) {
          out.push(server.send({ kind: 'status', ok: true, text: '' }));
          out.push(server.send({ kind: 'body', bytes: Buffer.from(body) }), server.send({ kind: 'end' }));
        }
      }
      const got: string[] = [];
      let body = '';
      for (const chunk of pieces(Buffer.concat([...out, Buffer.from('+OK extra\r\n')]), cuts)) {
        for (const said of client.receive(chunk)) {
          if (said.kind === 'body') body += Buffer.from(said.bytes).toString('latin1');
          if (said.kind === 'end') got.push(body);
          if (said.kind !== 'body') body = '';
        }
      }
      assert.deepEqual(
        got,
        sent.map((one) => (/(^|\r\n)$/.test(one) ? one : `${one}\r\n`)),
      );
      assert.equal(Buffer.from(client.unread).toString(), '+OK extra\r\n');
    }),
    RUNS,
  );
});
