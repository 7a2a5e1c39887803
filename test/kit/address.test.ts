import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PathRules, parseAddress, parsePath } from '../../src/kit/address.ts';
import { fc } from '../property.ts';

const problem = (text: string, rules?: PathRules) => {
  const parsed = parsePath(text, rules);
  return 'problem' in parsed ? parsed.problem : `path ${parsed.path.address}`;
};

test('SM-18 routes are stripped, percent, quotes and literals are kept as they are', () => {
  const rows: [string, string, string, string][] = [
    ['<ann@x.test>', 'ann', 'x.test', 'ann@x.test'],
    ['<@a,@b:u@c>', 'u', 'c', 'u@c'],
    ['<@a.test:u@c.test>', 'u', 'c.test', 'u@c.test'],
    ['<@[127.0.0.1]:u@c>', 'u', 'c', 'u@c'],
    ['<user%dom@local>', 'user%dom', 'local', 'user%dom@local'],
    ['<"u@evil"@local>', '"u@evil"', 'local', '"u@evil"@local'],
    ['<"a b\\"c\\\\"@x>', '"a b\\"c\\\\"', 'x', '"a b\\"c\\\\"@x'],
    ['<""@x>', '""', 'x', '""@x'],
    ['<u@[127.0.0.1]>', 'u', '[127.0.0.1]', 'u@[127.0.0.1]'],
    ['<u@[IPv6:2001:DB8::1]>', 'u', '[IPv6:2001:DB8::1]', 'u@[ipv6:2001:db8::1]'],
    ['<Ann.Lee+x@X-1.Test>', 'Ann.Lee+x', 'X-1.Test', 'Ann.Lee+x@x-1.test'],
    ["<a!#$&'*/=?^_`{|}~-@x>", "a!#$&'*/=?^_`{|}~-", 'x', "a!#$&'*/=?^_`{|}~-@x"],
    ['<root@app_1>', 'root', 'app_1', 'root@app_1'],
    ['<a@1.2>', 'a', '1.2', 'a@1.2'],
  ];
  for (const [text, local, domain, canonical] of rows) {
    const address = `${local}@${domain}`;
    assert.deepEqual(parsePath(text), { path: { local, domain, address, canonical, rest: '' } }, text);
  }
});

test('what follows the path are parameters, after one space', () => {
  assert.equal(parsePath('<a@x> SIZE=100 BODY=8BITMIME').path?.rest, 'SIZE=100 BODY=8BITMIME');
  assert.equal(parsePath('<a@x> ').path?.rest, '');
  assert.equal(parsePath('<"> SIZE=1"@x> RET=HDRS').path?.rest, 'RET=HDRS');
  for (const text of ['<a@x>SIZE=1', '<a@x>>', '<a@x>\tSIZE=1', '<a@x>\0'])
    assert.equal(parsePath(text).path, undefined);
});

test('the null path is a sender only, and postmaster needs no domain as a recipient only', () => {
  const nothing = { local: '', domain: '', address: '', canonical: '', rest: 'SIZE=1' };
  assert.deepEqual(parsePath('<> SIZE=1', { reverse: true }), { path: nothing });
  assert.equal(problem('<>'), 'null-path');
  assert.equal(parsePath('<PostMaster>').path?.canonical, 'postmaster');
  assert.equal(problem('<postmaster>', { reverse: true }), 'no-domain');
  assert.equal(problem('<ann>'), 'no-domain');
});

test('SM-26 controls, spaces, nesting and lengths are refused, each with its reason', () => {
  const rows: [string, string][] = [
    ['<a\u0000b@x>', 'control'],
    ['<ab@x\u0000>', 'control'],
    ['<a\rb@x>', 'control'],
    ['<a\nb@x>', 'control'],
    ['<a@x\r\n>', 'control'],
    ['<a\u000bb@x>', 'control'],
    ['<a\u007fb@x>', 'control'],
    ['<"a\u0000b"@x>', 'control'],
    ['<"a\\\u0000b"@x>', 'control'],
    ['<"a\tb"@x>', 'control'],
    ['<a@x\u0085>', 'control'],
    ['<a\u200bb@x>', 'control'],
    ['<a\u202eb@x>', 'control'],
    ['<a\ud800b@x>', 'control'],
    ['<a\ufffdb@x>', 'control'],
    ['<a b@x>', 'space'],
    ['< a@x>', 'space'],
    ['<a@x >', 'space'],
    ['<a@ x>', 'space'],
    ['<a\u00a0b@x>', 'space'],
    ['<a@x\u3000y>', 'space'],
    ['<"a\u2003b"@x>', 'space'],
    [`<${'a'.repeat(65)}@x>`, 'local-too-long'],
    [`<${'a'.repeat(320)}@x>`, 'local-too-long'],
    [`<"${'a'.repeat(63)}"@x>`, 'local-too-long'],
    [`<a@${'x'.repeat(64)}.test>`, 'domain-too-long'],
    [`<a@${'x.'.repeat(128)}x>`, 'domain-too-long'],
    [`<${'a'.repeat(64)}@${'x.'.repeat(95)}x>`, 'path-too-long'],
    [`<a@[${'1'.repeat(100)}]>`, 'domain-too-long'],
    [`<${'@a,'.repeat(200)}@b:u@c>`, 'path-too-long'],
    ['<<a@x>>', 'syntax'],
    ['<a<b@x>', 'syntax'],
    ['<a@x', 'syntax'],
    ['a@x', 'syntax'],
    ['', 'syntax'],
    ['<', 'syntax'],
    ['<@x>', 'syntax'],
    ['<a@>', 'syntax'],
    ['<a@@x>', 'syntax'],
    ['<a@b@c>', 'syntax'],
    ['<.a@x>', 'syntax'],
    ['<a.@x>', 'syntax'],
    ['<a..b@x>', 'syntax'],
    ['<a@x..y>', 'syntax'],
    ['<a@x.>', 'syntax'],
    ['<a@.x>', 'syntax'],
    ['<a@-x>', 'syntax'],
    ['<a@x->', 'syntax'],
    ['<a@x/y>', 'syntax'],
    ['<"a@x>', 'syntax'],
    ['<"a"b@x>', 'syntax'],
    ['<"a\\', 'syntax'],
    ['<a@[300.1.1.1]>', 'syntax'],
    ['<a@[127.0.0.1>', 'syntax'],
    ['<a@[IPv6:zz]>', 'syntax'],
    ['<a@[tag:x]>', 'syntax'],
    ['<@a,b:u@c>', 'syntax'],
    ['<@a u@c>', 'space'],
  ];
  for (const [text, reason] of rows) {
    assert.equal(problem(text, { smtputf8: true }), reason, JSON.stringify(text.slice(0, 40)));
  }
  assert.equal(problem(`<${'a'.repeat(64)}@${'x.'.repeat(94)}x>`), `path ${'a'.repeat(64)}@${'x.'.repeat(94)}x`);
});

test('SM-36 Unicode needs SMTPUTF8; it is kept as sent and compared as A-labels', () => {
  for (const text of ['<zo\u00eb@x.test>', '<a@m\u00fcnchen.test>', '<"\u00eb"@x>'])
    assert.equal(problem(text), 'non-ascii');
  const read = (text: string) => parsePath(text, { smtputf8: true }).path;
  const one = read('<zo\u00eb@M\u00dcnchen.xn--mnchen-3ya.TEST>');
  assert.equal(one?.address, 'zo\u00eb@M\u00dcnchen.xn--mnchen-3ya.TEST');
  assert.equal(one?.canonical, 'zo\u00eb@xn--mnchen-3ya.xn--mnchen-3ya.test');
  assert.equal(read('<a@xn--mnchen-3ya.test>')?.canonical, read('<a@mu\u0308nchen.test>')?.canonical);
  assert.equal(read('<\u{1f600}@x.test>')?.local, '\u{1f600}');
  assert.equal(problem(`<${'\u00eb'.repeat(33)}@x>`, { smtputf8: true }), 'local-too-long');
  assert.equal(problem('<a@\u00ad>', { smtputf8: true }), 'control');
});

test('a bare address is one without brackets, route or parameters', () => {
  assert.equal(parseAddress('Ann@X.test')?.canonical, 'Ann@x.test');
  for (const text of ['', 'ann', 'postmaster', '<a@x>', 'a@x> SIZE=1', '@r:a@x', 'a@x ', 'a@x\n']) {
    assert.equal(parseAddress(text), undefined, JSON.stringify(text));
  }
});

const atom = fc.string({ unit: fc.constantFrom(...'aZ09!#$%&*+-/=?^_`{|}~'), minLength: 1, maxLength: 20 });
const plain = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'));
const quoted = fc
  .string({ unit: fc.constantFrom(...'a <>@,:"\\.()[]'), maxLength: 20 })
  .map((text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
const label = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9_-]{0,10}[a-zA-Z0-9])?$/);
const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const literal = fc.oneof(
  fc.ipV4().map((ip) => `[${ip}]`),
  fc.ipV6().map((ip) => `[IPv6:${ip}]`),
);

test('what is built by the grammar is read back, whatever route and parameters surround it', () => {
  fc.assert(
    fc.property(
      fc.oneof(plain, quoted).filter((local) => local.length <= 64),
      fc.oneof(domain, literal),
      fc.array(domain, { maxLength: 3 }),
      fc.string({ maxLength: 20 }),
      (local, where, hops, rest) => {
        const route = hops.length === 0 ? '' : `${hops.map((hop) => `@${hop}`).join(',')}:`;
        const { path } = parsePath(`<${route}${local}@${where}> ${rest}`);
        assert.deepEqual([path?.local, path?.domain, path?.rest], [local, where, rest]);
        assert.equal(path?.address, `${local}@${where}`);
        assert.equal(path?.canonical, `${local}@${where.toLowerCase()}`);
      },
    ),
    { numRuns: 10_000 },
  );
});

test('whatever is sent, the answer is a path without controls or a reason, and never an exception', () => {
  const unit = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...'<>@.,:;"\\[]ab1- \t\r\n\0') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('\u00eb', '\u00a0', '\u200b', '\u202e', '\ud800', '\udc00', '\u{1f600}', '\ufffd'),
    },
  );
  const text = fc.array(unit, { maxLength: 40 }).map((units) => `<${units.join('')}`);
  fc.assert(
    fc.property(text, fc.boolean(), fc.boolean(), (sent, reverse, smtputf8) => {
      const parsed = parsePath(sent, { reverse, smtputf8 });
      if (parsed.path === undefined) return assert.equal(typeof parsed.problem, 'string');
      const { address, canonical, local, domain, rest } = parsed.path;
      assert.ok(!/[\u0000-\u001f\u007f-\u00a0\u200b\u202e\ufffd]/.test(address + canonical), JSON.stringify(sent));
      assert.ok(Buffer.byteLength(address) <= 254 && Buffer.byteLength(local) <= 64);
      assert.ok(sent.includes(address) && sent.endsWith(rest));
      assert.equal(address, domain === '' ? local : `${local}@${domain}`);
      const again = parsePath(`<${address}>`, { reverse, smtputf8 });
      assert.deepEqual(again, { path: { ...parsed.path, rest: '' } });
    }),
    { numRuns: 10_000 },
  );
});

test('linear time: twice the input costs at most 2.6 times as much', () => {
  const shapes: ((n: number) => string)[] = [
    (n) => `<${'a'.repeat(n)}@x>`,
    (n) => `<${'a.'.repeat(n)}a@x>`,
    (n) => `<"${'\\"'.repeat(n)}"@x>`,
    (n) => `<a@${'x.'.repeat(n)}x>`,
    (n) => `<${'@a,'.repeat(n)}@b:u@c>`,
    (n) => `<${'\u00eb'.repeat(n)}@x>`,
    (n) => `<a@${'\u00eb'.repeat(n)}>`,
    (n) => `<a@x> ${' '.repeat(n)}`,
    (n) => '<'.repeat(n),
  ];
  for (const shape of shapes) {
    const steps = [1, 2, 4, 8].map((factor) => visits(shape(20_000 * factor)));
    for (const [index, count] of steps.entries()) {
      if (index > 0) assert.ok(count <= 2.6 * Math.max(steps[index - 1]!, 100), `${shape(3)}: ${steps.join(' ')}`);
    }
  }
});

/** How often a symbol of the text is looked at: the work, whatever the machine does beside it. */
function visits(text: string): number {
  const prototype = String.prototype as { codePointAt(at: number): number | undefined };
  const original = prototype.codePointAt;
  let count = 0;
  prototype.codePointAt = function (this: string, at: number) {
    count += 1;
    return original.call(this, at);
  };
  try {
    parsePath(text, { smtputf8: true });
  } finally {
    prototype.codePointAt = original;
  }
  return count;
}
