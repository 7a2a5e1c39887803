/** What stands in files, on the command line and in front of a connection. */
import assert from 'node:assert/strict';
import { schemes } from '../../../src/commands/reach.ts';
import { jsonTest } from '../../../src/commands/wait/json-test.ts';
import { fileLayers, parseConfig } from '../../../src/config/file.ts';
import { nameGlob } from '../../../src/kit/glob.ts';
import { pathGlob } from '../../../src/kit/path-glob.ts';
import { parseTranscript, TranscriptWriter } from '../../../src/kit/transcript.ts';
import { encodeProxyHeader, parseProxyHeader } from '../../../src/net/proxy-header.ts';
import { parseTarget } from '../../../src/net/target.ts';
import { parseZone } from '../../../src/net/zone.ts';
import { parseQuery } from '../../../src/protocols/inbox/query/parse.ts';
import { parseRights } from '../../../src/stores/wrap/files/rights-file.ts';
import { pieces, tame, tameLater, type Wire } from '../wire.ts';

const four = { address: '192.0.2.1', port: 4000 };
const six = { address: '2001:db8::1', port: 443 };
const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

export const proxyHeader: Wire = {
  name: 'proxy-header',
  seeds: [
    ...(['v1', 'v2'] as const).flatMap((version) => [
      binary(encodeProxyHeader(version, four, four)),
      `${binary(encodeProxyHeader(version, six, six))}EHLO x\r\n`,
    ]),
    'PROXY UNKNOWN\r\n',
    '\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00',
    `\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x10${'\x7f\0\0\x01'.repeat(2)}\0\x19\0\x19\x03\x00\x01\0`,
  ],
  words: [
    'PROXY ',
    'TCP4',
    'TCP6',
    ' ',
    '127.0.0.1',
    '::1',
    '65535',
    '65536',
    '\r\n',
    '\x21',
    '\x11',
    '\x21\x21',
    '\xff\xff',
    '%eth0',
  ],
  fuzz(data) {
    tame(() => {
      const whole = parseProxyHeader(data);
      if (!whole) return;
      assert.ok(whole.used <= data.length);
      assert.deepEqual(parseProxyHeader(data.subarray(0, whole.used)), whole);
      for (let at = 0; at < Math.min(whole.used, 120); at++)
        assert.equal(parseProxyHeader(data.subarray(0, at)), undefined);
    });
  },
};

export const zoneFile: Wire = {
  name: 'zone-file',
  seeds: [
    'x.test MX 10 mx.x.test.\nmx.x.test 300 IN A 127.0.0.1:2525 ; here\n          AAAA [::1]:2525\ny.test TXT "v=spf1 " "-all"\n',
    '*.z.test A 192.0.2.1\nz.test SERVFAIL\n# a remark\na.test TXT "a \\" quoted \\\\ text"\n',
  ],
  words: [
    'MX ',
    'A ',
    'AAAA ',
    'TXT ',
    'IN ',
    'SERVFAIL',
    '"',
    '\\',
    ';',
    '#',
    '\n',
    ' ',
    '10 ',
    'x.test',
    '[::1]:25',
    '::',
    '.',
    '*',
  ],
  async fuzz(data) {
    await tameLater(async () => {
      const names = parseZone(data.toString('latin1'), 'zone');
      for (const name of ['x.test', 'y.test', '__proto__', 'a.z.test']) await tameLater(() => names.txt(name));
    });
  },
};

export const target: Wire = {
  name: 'target-url',
  seeds: [
    'imap+starttls://ann%40x.test:secret@[::1]:1143/Archive/2026?a=1&b',
    'http://localhost:8080/a%20b/?q=1#frag',
    'ftp://127.0.0.1/a/b/c.txt',
    'smtp+unix://%2Frun%2Fx.sock/',
    'cs://name/mail/3',
    'https://xn--bcher-kva.example/\xc3\xbc',
  ],
  words: [
    '://',
    '@',
    ':',
    '/',
    '?',
    '#',
    '%',
    '%2f',
    '%00',
    '%0d%0a',
    '[',
    ']',
    '::1',
    '0x7f.1',
    '2130706433',
    '..',
    '+unix',
    '+starttls',
    'cs',
    'imaps',
    '\xff',
  ],
  fuzz(data) {
    for (const from of ['argv', 'config'] as const) tame(() => parseTarget(data.toString('utf8'), schemes(), { from }));
  },
};

export const glob: Wire = {
  name: 'glob',
  seeds: ['*.txt', 'a/**/b*[a-z0-9]?', '[!x]*', '\\*\\[', '**/**/*', '[]a-]x[^b]', '{a,b}'],
  words: ['*', '**', '?', '[', ']', '[a-z]', '[!', '\\', '/', '-', 'a', 'ab', '.', '\xff'],
  fuzz(data, chance) {
    const text = data.toString('utf8');
    const name = chance.next() < 0.5 ? 'a'.repeat(200) : text.slice(0, 300);
    tame(() => nameGlob(text).matches(name));
    tame(() => pathGlob(text.split('/'), { dots: chance.next() < 0.5 }).matches(name.split('/')));
  },
};

export const configFile: Wire = {
  name: 'config-file',
  seeds: [
    'services: [smtp, imap]\nhost: 127.0.0.1\nsmtp:\n  port: 2525\n  tls: off\nprofiles:\n  ci:\n    json: true\n',
    'a: &x [1, 2]\nb: *x\n',
    'key: |\n  text\n  more\n? complex\n: value\n"quoted \\u0041": \'single\'\n',
  ],
  words: [
    ': ',
    '- ',
    '\n',
    '  ',
    '\t',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '!!str ',
    '!x ',
    '|',
    '>',
    '"',
    "'",
    '#',
    '? ',
    '---\n',
    '...',
    '<<',
    '__proto__: ',
    '%YAML 1.2\n',
  ],
  async fuzz(data) {
    await tameLater(async () => {
      const tree = await parseConfig(data.toString('utf8'), 'cs.yaml');
      fileLayers(tree, 'cs.yaml', { top: {}, sections: { smtp: {}, imap: {} } });
    });
    assert.equal(({} as { x?: unknown }).x, undefined);
  },
};

export const transcript: Wire = {
  name: 'transcript',
  seeds: ['# a note\nC: MAIL FROM:<a@x.test>\nS: 250 ok\nS: open\\\nC: \\x0a\\x0d\\\\\nC: <+12 octets>\n', 'C:\nS:\n'],
  words: ['C: ', 'S: ', '# ', '\n', '\\', '\\x', '\\x0a', '\\\\', '<+1 octets>', ' ', '\xc3\xbc', '\xff'],
  fuzz(data, chance) {
    tame(() => parseTranscript(data.toString('utf8')));
    // What is written of any octets is read back as these octets.
    const lines: string[] = [];
    const writer = new TranscriptWriter({ emit: (line) => lines.push(line), limit: Number.POSITIVE_INFINITY });
    for (const piece of pieces(data, chance)) writer.bytes('C', piece);
    writer.flush();
    const back = Buffer.concat(parseTranscript(lines.join('\n')).map(({ bytes }) => bytes));
    assert.ok(back.equals(data), 'a transcript says what was said');
  },
};

export const query: Wire = {
  name: 'inbox-query',
  seeds: [
    'from:ann@x.test subject:"two words" -is:read has:attachment',
    'before:2026-01-31 larger:2.5M !tag:x addressed:a "b"',
    'is:unread after:"2026-01-01T00:00Z"',
  ],
  words: [
    'from:',
    'to:',
    'subject:',
    'is:',
    'has:',
    'before:',
    'larger:',
    'tag:',
    '"',
    '-',
    '!',
    ':',
    ' ',
    'unread',
    '2026-01-31',
    '9'.repeat(12),
    'K',
    '\t',
  ],
  fuzz(data) {
    for (const term of parseQuery(data.toString('utf8'))) {
      if ('time' in term) assert.ok(!Number.isNaN(term.time));
      if ('size' in term) assert.ok(Number.isFinite(term.size));
    }
  },
};

export const ruleFiles: Wire = {
  name: 'rights-and-tests',
  seeds: [
    'group staff ann bob\nann / all\n@staff /projects list read\n* "/two words" read\n- /drop write # remark\n',
    '.event=="paid"',
    '.items[0].price>=10',
    '."a b".c~/^x/i',
  ],
  words: [
    'group ',
    '@',
    '*',
    '-',
    '/',
    ' all',
    ' read',
    ' none',
    '"',
    '#',
    '\n',
    '.',
    '[0]',
    '==',
    '>=',
    '~',
    '/(a+)+$/',
    '{"a":1}',
    '1e999',
  ],
  fuzz(data) {
    const text = data.toString('utf8');
    tame(() => parseRights(text));
    // A person's own pattern may be as slow as he writes it; everything else is ours.
    if (!text.includes('~')) tame(() => jsonTest(text).fails({ event: 'paid', items: [{ price: 1 }] }));
  },
};
