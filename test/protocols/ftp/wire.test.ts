import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CsError } from '../../../src/kit/errors.ts';
import { fromNetwork, toNetwork } from '../../../src/protocols/ftp/ascii.ts';
import { COMMANDS, type CommandName, ruleOf } from '../../../src/protocols/ftp/commands.ts';
import { formatFacts, parseFacts } from '../../../src/protocols/ftp/facts.ts';
import {
  formatExtendedPort,
  formatHostPort,
  formatNetwork,
  parseExtendedPort,
  parseHostPort,
  parseNetwork,
} from '../../../src/protocols/ftp/host-port.ts';
import { type ServerIn, ServerWire } from '../../../src/protocols/ftp/server-wire.ts';
import { TelnetFilter } from '../../../src/protocols/ftp/telnet.ts';
import { formatTime, parseTime } from '../../../src/protocols/ftp/time-value.ts';
import {
  COMMAND_LIMIT,
  formatReply,
  formatRequest,
  inTurn,
  parseReplyLine,
  parseRequest,
} from '../../../src/protocols/ftp/wire.ts';
import { fc } from '../../property.ts';

const request = (line: string, state: 'authorization' | 'session' = 'session') =>
  inTurn(parseRequest(Buffer.from(line)), state);

describe('requests', () => {
  for (const [line, name, args] of [
    ['noop', 'NOOP', []],
    ['NOOP ', 'NOOP', []],
    ['XPWD', 'PWD', []],
    ['CWD  a b ', 'CWD', [' a b ']],
    ['PASS', 'PASS', []],
    ['PASS  two  ', 'PASS', [' two  ']],
    ['MFMT 20260102030405 a b', 'MFMT', ['20260102030405', 'a b']],
    ['MFF modify=20260102030405;UNIX.mode=0644; a b', 'MFF', ['modify=20260102030405;UNIX.mode=0644;', 'a b']],
    ['SITE CHMOD 644 a b', 'SITE', ['CHMOD', '644 a b']],
    ['ALLO 10 R 5', 'ALLO', ['10', 'R 5']],
    ['TYPE A N', 'TYPE', ['A N']],
    ['LIST', 'LIST', []],
    ['RETR naïve', 'RETR', ['naïve']],
  ] as const) {
    test(`${JSON.stringify(line)} is understood`, () => assert.deepEqual(request(line), { name, args }));
  }

  for (const [line, code] of [
    ['', 500],
    ['XYZZY', 500],
    ['__proto__', 500],
    ['constructor', 500],
    ['SMNT /', 502],
    ['NOOP x', 501],
    ['CWD', 501],
    ['CWD ', 501],
    ['RETR a\0b', 501],
    ['RETR a\x07b', 501],
    ['REST -1', 501],
    ['REST 9223372036854775808', 501],
    ['REST 1e3', 501],
    ['MFMT 2026 a', 501],
    ['MFMT 20260102030405', 501],
    ['PORT 1,2,3,4,5', 501],
    ['EPRT |1|1.2.3.4|5', 501],
    ['TYPE Q', 501],
  ] as const) {
    test(`${JSON.stringify(line)} is refused with ${code}`, () => {
      const said = request(line);
      assert.equal('code' in said && said.code, code);
    });
  }

  test('octets that are no UTF-8 are refused', () => {
    for (const octets of [[0xff], [0xc0, 0xae], [0xed, 0xa0, 0x80]]) {
      const said = parseRequest(Buffer.from([...Buffer.from('RETR '), ...octets]));
      assert.equal('code' in said && said.code, 501);
    }
  });

  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    if (ruleOf(name).in.length === 1) {
      test(`${name} before the login is refused`, () => {
        const said = request(name, 'authorization');
        assert.equal('code' in said && said.code, 530);
      });
    }
  }

  test('what is formatted is read back', () => {
    const name = fc.constantFrom<CommandName>('USER', 'CWD', 'RETR', 'STOR', 'RNTO');
    const text = fc.string({ minLength: 1, maxLength: 100 }).filter((one) => !/[\0-\x08\x0a-\x1f\x7f]/.test(one));
    fc.assert(
      fc.property(name, text, (command, arg) => {
        const line = formatRequest({ name: command, args: [arg] });
        assert.deepEqual(parseRequest(line.subarray(0, -2)), { name: command, args: [arg] });
      }),
    );
  });

  test('a line break in an argument never leaves', () => {
    for (const arg of ['a\r\nDELE b', 'a\nb', 'a\rb', 'a\0b']) {
      assert.throws(
        () => formatRequest({ name: 'RETR', args: [arg] }),
        (error) => error instanceof CsError && error.code === 'CS_INPUT',
      );
    }
    assert.throws(() => formatRequest({ name: 'RETR', args: ['x'.repeat(COMMAND_LIMIT)] }), /too long/);
  });
});

describe('replies', () => {
  test('one line, and several with a space before those between', () => {
    assert.equal(formatReply({ code: 200, lines: ['ok'] }).toString(), '200 ok\r\n');
    assert.equal(
      formatReply({ code: 211, lines: ['features', 'UTF8', 'end'] }).toString(),
      '211-features\r\n UTF8\r\n211 end\r\n',
    );
  });

  test('their lines are read back', () => {
    assert.deepEqual(parseReplyLine(Buffer.from('211-features')), { code: 211, more: true, text: 'features' });
    assert.deepEqual(parseReplyLine(Buffer.from('226 done')), { code: 226, more: false, text: 'done' });
    assert.equal(parseReplyLine(Buffer.from(' UTF8')), undefined);
  });
});

describe('the server wire', () => {
  const heard = (pieces: readonly Uint8Array[]): ServerIn[] => {
    const wire = new ServerWire();
    wire.send({ code: 220, lines: ['hello'] });
    const all: ServerIn[] = [];
    for (const piece of pieces) {
      for (const said of wire.receive(piece)) {
        all.push(said);
        if (said.kind === 'request') wire.send({ code: 200, lines: ['ok'] }, said.request);
        if (said.kind === 'refused') wire.send(said.reply);
      }
    }
    return all;
  };
  const lines = Buffer.from('USER ann\r\nPASS x y\r\nRETR b\r\nxyzzy\r\n\xff\xf4\xffABOR\r\nQUIT\r\n', 'latin1');

  test('whole, an octet at a time, and with more behind the end', () => {
    const whole = heard([lines]);
    assert.deepEqual(
      whole.map((said) => (said.kind === 'request' ? said.request.name : said.kind)),
      ['USER', 'PASS', 'RETR', 'refused', 'ABOR', 'QUIT'],
    );
    assert.deepEqual(heard([...lines].map((octet) => Buffer.of(octet))), whole);
    assert.deepEqual(heard([Buffer.concat([lines, Buffer.from('DELE a\r\n')])]), whole);
  });

  test('nothing is taken in behind AUTH, and what was there is gone once TLS is', () => {
    const wire = new ServerWire();
    wire.send({ code: 220, lines: ['hello'] });
    const [auth, ...more] = wire.receive(Buffer.from('AUTH TLS\r\n'));
    assert.equal(more.length, 0);
    assert.ok(auth?.kind === 'request');
    wire.send({ code: 234, lines: ['begin'] }, auth.request);
    assert.deepEqual([...wire.receive(Buffer.from('USER x\r\n'))], []);
    assert.equal(wire.unread.length, 8);
    wire.upgraded();
    assert.equal(wire.unread.length, 0);
    assert.equal(wire.state, 'authorization');
  });

  test('a reply that nothing asked for is a bug', () => {
    const wire = new ServerWire();
    wire.send({ code: 220, lines: ['hello'] });
    assert.throws(
      () => wire.send({ code: 200, lines: ['what?'] }),
      (error) => error instanceof CsError && error.code === 'CS_BUG',
    );
    assert.doesNotThrow(() => wire.send({ code: 421, lines: ['bye'] }));
  });

  test('any split is the same', () => {
    const whole = heard([lines]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(lines.subarray(at, at + size));
          at += size;
        }
        pieces.push(lines.subarray(at));
        assert.deepEqual(heard(pieces), whole);
      }),
    );
  });
});

describe('TELNET', () => {
  const filtered = (text: string) => {
    const { bytes, refusals } = new TelnetFilter().push(Buffer.from(text, 'latin1'));
    return [Buffer.from(bytes).toString('latin1'), Buffer.from(refusals).toString('latin1')];
  };
  test('commands are taken out, options refused, and 255 stands for itself when doubled', () => {
    assert.deepEqual(filtered('A\xff\xf4BOR'), ['ABOR', '']);
    assert.deepEqual(filtered('\xff\xfb\x01\xff\xfd\x03NOOP'), ['NOOP', '\xff\xfe\x01\xff\xfc\x03']);
    assert.deepEqual(filtered('\xff\xfc\x01\xff\xfe\x03NOOP'), ['NOOP', '']);
    assert.deepEqual(filtered('a\xff\xffb'), ['a\xffb', '']);
  });
  test('a Synch whose mark came out of band leaves the command whole', () => {
    assert.deepEqual(filtered('\xff\xf4\xffABOR'), ['ABOR', '']);
    assert.deepEqual(filtered('\xff\xf4\xff\xf2ABOR'), ['ABOR', '']);
    // BSD's clients and Perl's: IAC IP IAC is urgent, so its last octet is the one that is missing.
    assert.deepEqual(filtered('\xff\xf4\xf2ABOR'), ['ABOR', '']);
    assert.deepEqual(filtered('\xff\xf4\xff\xfd\x03ABOR'), ['ABOR', '\xff\xfc\x03']);
  });
});

describe('values', () => {
  test('addresses, both ways round', () => {
    const at = { address: '192.0.2.1', port: 50_001 };
    assert.deepEqual(parseHostPort(formatHostPort(at)), at);
    assert.deepEqual(parseHostPort(`Entering Passive Mode (${formatHostPort(at)}).`), at);
    for (const bad of ['1,2,3,4,5', '1,2,3,256,5,6', 'x', '1,2,3,4,5,6,7'])
      assert.equal(parseHostPort(bad), undefined, bad);
    const six = { address: '2001:db8::1', port: 50_001 };
    for (const one of [at, six]) assert.deepEqual(parseNetwork(formatNetwork(one)), one);
    assert.equal(parseNetwork('|3|192.0.2.1|5000|'), 'protocol');
    assert.equal(parseNetwork('|2|192.0.2.1|5000|'), 'protocol');
    for (const bad of ['|1|192.0.2.1|70000|', '|1|nobody|5000|', '||||', '|1|192.0.2.1|5000']) {
      assert.equal(parseNetwork(bad), undefined, bad);
    }
    assert.equal(parseExtendedPort(`Entering Extended Passive Mode (${formatExtendedPort(50_001)})`), 50_001);
    for (const bad of ['(|||0|)', '(|||70000|)', '(||50000|)', '|||5000|'])
      assert.equal(parseExtendedPort(bad), undefined);
  });

  test('times, both ways round; what is none is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (time) =>
        assert.equal(parseTime(formatTime(time)), time),
      ),
    );
    assert.equal(formatTime(Date.UTC(2026, 0, 2, 3, 4, 5)), '20260102030405');
    for (const bad of ['20261302030405', '20260631000000', '20260102250000', '2026', 'x']) {
      assert.equal(parseTime(bad), undefined, bad);
    }
  });

  test('facts, both ways round', () => {
    const line = formatFacts(
      [
        ['type', 'file'],
        ['UNIX.mode', '0644'],
      ],
      ' a; b=c',
    );
    assert.equal(line, 'type=file;UNIX.mode=0644;  a; b=c');
    const read = parseFacts(line);
    assert.deepEqual(
      [...(read?.facts ?? [])],
      [
        ['type', 'file'],
        ['unix.mode', '0644'],
      ],
    );
    assert.equal(read?.name, ' a; b=c');
    assert.equal(parseFacts('nothing'), undefined);
  });
});

describe('TYPE A', () => {
  const split = (text: string, convert: (chunk: Uint8Array) => Uint8Array, size: number): string => {
    let out = '';
    for (let at = 0; at < text.length; at += size)
      out += Buffer.from(convert(Buffer.from(text.slice(at, at + size)))).toString();
    return out;
  };
  for (const [here, there] of [
    ['a\nb\n', 'a\r\nb\r\n'],
    ['\n\n', '\r\n\r\n'],
    ['', ''],
    ['no end', 'no end'],
  ] as const) {
    test(`${JSON.stringify(here)} travels as ${JSON.stringify(there)}, whatever the split`, () => {
      for (const size of [1, 2, 3, 100]) {
        assert.equal(split(here, toNetwork(), size), there);
        const back = fromNetwork();
        assert.equal(split(there, back.push, size) + Buffer.from(back.end()).toString(), here);
      }
    });
  }
  test('a CRLF that is there stays one, and a bare CR stays', () => {
    for (const size of [1, 2, 3, 100]) {
      assert.equal(split('a\r\nb\n', toNetwork(), size), 'a\r\nb\r\n');
      const back = fromNetwork();
      assert.equal(split('a\rb\r\r\nc\r', back.push, size) + Buffer.from(back.end()).toString(), 'a\rb\r\nc\r');
    }
  });
});
