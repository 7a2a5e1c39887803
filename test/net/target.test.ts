import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { CsError } from '../../src/kit/errors.ts';
import { parseTarget, type Schemes, type TargetSource } from '../../src/net/target.ts';
import { isLoopbackHost } from '../../src/net/target-host.ts';
import { fc } from '../property.ts';

const schemes: Schemes = {
  smtp: { standard: 25, dev: 1025, tls: 'starttls', protocol: 'smtp' },
  smtps: { standard: 465, dev: 1465, tls: 'implicit', protocol: 'smtp' },
  pop3: { standard: 110, dev: 1110, tls: 'starttls', protocol: 'pop3' },
  cs: { standard: 0, dev: 0, tls: 'none', protocol: 'control' },
};
const ENV: TargetSource = { from: 'env' };
const parse = (text: string, how = ENV) => parseTarget(text, schemes, how);

function refused(text: string, code: string, how = ENV): CsError {
  try {
    parse(text, how);
  } catch (error) {
    assert.ok(error instanceof CsError, inspect(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.exit, 2);
    return error;
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(text)} was taken` });
}

describe('what a URL says', () => {
  const rows: [string, Record<string, unknown>][] = [
    ['smtp://mail.test', { scheme: 'smtp', host: 'mail.test', port: 25, tls: 'starttls', path: [] }],
    ['SMTPS://Mail.Test:2465/', { scheme: 'smtps', host: 'mail.test', port: 2465, tls: 'implicit', path: [] }],
    ['smtp+starttls://mail.test', { scheme: 'smtp', tls: 'starttls-required' }],
    [
      'pop3://[::1]:1110/INBOX/7',
      { host: '::1', port: 1110, path: ['INBOX', '7'], shown: 'pop3://[::1]:1110/INBOX/7' },
    ],
    ['pop3://[FE80::1%25eth0]/', { host: 'fe80::1%eth0', shown: 'pop3://[fe80::1%25eth0]/' }],
    ['pop3://ann%40x.test@h.test/', { user: 'ann@x.test', password: undefined, shown: 'pop3://ann@x.test@h.test/' }],
    ['pop3://ann@x.test@h.test/', { user: 'ann@x.test', host: 'h.test' }],
    ['pop3://h.test/a%20b/%C3%A9', { path: ['a b', 'é'] }],
    ['pop3://h.test/é/', { path: ['é'] }],
    ['pop3://h.test//a///b', { path: ['a', 'b'] }],
    ['pop3://bücher.test/', { host: 'xn--bcher-kva.test' }],
    ['cs://Dev/mail/41', { scheme: 'cs', host: 'Dev', port: 0, path: ['mail', '41'] }],
    ['cs:///mail', { host: '', path: ['mail'] }],
    ['pop3+unix:///run/pop3.sock', { socket: '/run/pop3.sock', host: 'localhost', port: 0, path: [] }],
    ['pop3+unix://ann@%2Frun%2Fp.sock/INBOX', { socket: '/run/p.sock', user: 'ann', path: ['INBOX'] }],
    [
      'smtp://127.0.0.1:1025/?a=1&b',
      {
        query: new Map([
          ['a', '1'],
          ['b', ''],
        ]),
      },
    ],
  ];
  for (const [text, wanted] of rows) {
    test(text, () => {
      const target = parse(text) as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(wanted)) assert.deepEqual(target[key], value, key);
    });
  }
});

describe('what is no URL of ours', () => {
  const rows: [string, string, RegExp?][] = [
    ['smpt://h', 'CS_USAGE', /did you mean smtp:/],
    ['gopher://h', 'CS_USAGE', /known are smtp/],
    ['mail.test:25', 'CS_USAGE', /write smtp:\/\/mail\.test:25/],
    ['smtp:mail.test', 'CS_USAGE'],
    ['constructor://h', 'CS_USAGE'],
    ['smtps+starttls://h', 'CS_USAGE', /smtps:/],
    ['smtp+tls://h', 'CS_USAGE', /starttls/],
    ['smtp://', 'CS_USAGE'],
    ['smtp://h:0', 'CS_USAGE'],
    ['smtp://h:65536', 'CS_USAGE'],
    ['smtp://h:25x', 'CS_USAGE'],
    ['smtp://::1', 'CS_USAGE'],
    ['smtp://[::1', 'CS_USAGE'],
    ['smtp://[127.0.0.1]', 'CS_USAGE'],
    ['smtp://127.1', 'CS_USAGE'],
    ['smtp://0x7f.0.0.1', 'CS_USAGE'],
    ['smtp://2130706433', 'CS_USAGE'],
    ['smtp://-h.test', 'CS_USAGE'],
    ['smtp://a..b', 'CS_USAGE'],
    ['smtp://h/#x', 'CS_USAGE', /%23/],
    ['cs://../x', 'CS_USAGE'],
    ['pop3+unix://relative/', 'CS_USAGE'],
    ['pop3://h/a/../b', 'CS_INPUT'],
    ['pop3://h/%2e%2e/b', 'CS_INPUT'],
    ['pop3://h/..%2fetc', 'CS_INPUT'],
    ['pop3://h/..%5cetc', 'CS_INPUT'],
    ['pop3://h/%c0%ae', 'CS_INPUT'],
    ['pop3://h/%', 'CS_INPUT', /%25/],
    ['pop3://h/?a=1&a=2', 'CS_INPUT'],
    ['pop3://h/a b', 'CS_INPUT'],
    [`pop3://h/${'a'.repeat(9000)}`, 'CS_INPUT'],
  ];
  for (const [text, code, hint] of rows) {
    test(text.slice(0, 60), () => {
      const error = refused(text, code);
      if (hint) assert.match(error.hint ?? '', hint);
    });
  }
});

test('CL-07 CR, LF and NUL in user data, raw or percent-encoded, are refused before connecting', () => {
  for (const bad of ['\r', '\n', '\0', '%0d', '%0A', '%00', '%0D%0ADELE 1']) {
    for (const text of [`pop3://a${bad}b@h/`, `pop3://a:p${bad}@h/`, `pop3://h/x${bad}y`, `pop3://h/?k=${bad}`]) {
      refused(text, 'CS_INPUT');
    }
    assert.throws(() => parse(`pop3://h${bad}x/`), CsError);
  }
});

test('a password in argv is taken for this machine only', () => {
  const argv: TargetSource = { from: 'argv' };
  for (const host of ['127.0.0.1:25', '127.9.9.9', '[::1]', 'localhost', 'app.localhost', 'LOCALHOST.']) {
    assert.equal(parse(`smtp://test7:hunter22@${host}`, argv).password?.reveal(), 'hunter22');
  }
  for (const host of ['mail.test', '192.168.1.1', 'localhost.evil.test', '[2001:db8::1]', '127.0.0.1.nip.io']) {
    const error = refused(`smtp://ann:hunter22@${host}`, 'CS_SECRET_IN_ARGV', argv);
    assert.match(error.hint ?? '', /--password-file.+--password-fd.+CS_PASSWORD/);
    for (const from of ['env', 'config'] as const) {
      assert.equal(parse(`smtp://ann:hunter22@${host}`, { from }).password?.reveal(), 'hunter22');
    }
  }
  assert.equal(parse('smtp://ann@mail.test', argv).user, 'ann');
});

test('a password is shown by nothing', () => {
  const target = parse('smtp://ann:hunter%2F22@mail.test:2525/x?y=z');
  assert.equal(target.shown, 'smtp://ann@mail.test:2525/x');
  assert.doesNotMatch(inspect(target, { depth: 9 }) + JSON.stringify(target), /hunter/);
  for (const text of [
    'smtp://ann:hun/ter22@mail.test',
    'smtp://ann:hunter22',
    'smtp://u:hunter22@h:x',
    'smtp://u:h#unter22@h',
  ]) {
    assert.throws(
      () => parse(text),
      (error: CsError) => !/unter22|hunter/.test(`${error.message} ${error.hint}`),
    );
  }
});

test('any text gives a target or one of our errors, and never a break in a command', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'smtp',
      '://',
      '@',
      ':',
      '/',
      '%',
      '%00',
      '%2e',
      '[',
      ']',
      '?',
      '#',
      '+starttls',
      '+unix',
      '\r',
      'é',
    ),
    fc.string({ maxLength: 6 }),
  );
  const url = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.array(piece, { maxLength: 12 }).map((parts) => `smtp://${parts.join('')}`),
  );
  fc.assert(
    fc.property(url, (text) => {
      try {
        const { host, user = '', path, shown } = parse(text);
        assert.doesNotMatch([host, user, ...path, shown].join(''), /[\r\n\0]/);
        assert.ok(!path.includes('..') && !path.includes(''));
      } catch (error) {
        assert.ok(error instanceof CsError && error.exit === 2, inspect(error));
      }
    }),
    { numRuns: 5000 },
  );
});

test('what is shown is a URL for the same place', () => {
  for (const text of [
    'smtp://ann@h.test:26/a%20b',
    'pop3://[::1]:1110/',
    'smtp+starttls://h.test/',
    'cs://dev/mail/3',
  ]) {
    assert.equal(parse(text).shown, text);
    assert.deepEqual(parse(parse(text).shown), parse(text));
  }
});

test('loopback is told from what looks like it', () => {
  for (const host of ['localhost', 'a.localhost', '127.0.0.1', '::1', '::ffff:127.0.0.1'])
    assert.ok(isLoopbackHost(host));
  for (const host of ['localhost.test', 'xlocalhost', '128.0.0.1', '::2', '0.0.0.0', ''])
    assert.ok(!isLoopbackHost(host));
});
