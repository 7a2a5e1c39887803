import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDmarc, organisationalDomain, parseDmarc } from '../../src/kit/dmarc.ts';
import { zone } from './zones.ts';

const NAMES = zone(`
_dmarc.x.test TXT "v=DMARC1; p=quarantine; sp=reject; pct=30; rua=mailto:r@x.test"
_dmarc.x.test TXT "something else"
_dmarc.strict.test TXT "v=DMARC1; p=reject; adkim=s; aspf=s"
_dmarc.own.x.test TXT "v=DMARC1; p=none"
_dmarc.two.test TXT "v=DMARC1; p=none"
_dmarc.two.test TXT "v=DMARC1; p=reject"
_dmarc.down.test SERVFAIL
`);

const check = (from: string, dkim: readonly string[], spf?: string) => checkDmarc([from], { dkim, spf }, NAMES);

test('records', () => {
  const plain = { policy: 'reject', subdomains: 'reject', strictDkim: false, strictSpf: false, percent: 100 };
  assert.deepEqual(parseDmarc('v=DMARC1; p=reject'), plain);
  assert.deepEqual(parseDmarc('v = DMARC1 ; p = Reject ; pct = 500;'), plain);
  assert.deepEqual(parseDmarc('v=DMARC1; p=reject; sp=none; adkim=s; aspf=S; pct=0'), {
    policy: 'reject',
    subdomains: 'none',
    strictDkim: true,
    strictSpf: true,
    percent: 0,
  });
  for (const text of [
    'v=DMARC2; p=none',
    'p=none; v=DMARC1',
    'v=DMARC1',
    'v=DMARC1; p=maybe',
    'v=DMARC1; p=none; sp=x',
    'v=DMARC1; p=none; p=none',
    '',
  ]) {
    assert.equal(parseDmarc(text), undefined, text);
  }
  assert.equal(parseDmarc('v=DMARC1; p=maybe; rua=mailto:r@x.test')?.policy, 'none');
});

test('relaxed alignment by the last two labels, strict by the name', async () => {
  assert.equal(organisationalDomain('a.b.x.test'), 'x.test');
  assert.equal(organisationalDomain('test'), 'test');
  const facts = { domain: 'x.test', policy: 'quarantine', percent: 30 };
  assert.deepEqual(await check('X.test', ['other.test', 'mail.x.test']), {
    result: 'pass',
    ...facts,
    aligned: ['dkim'],
  });
  assert.deepEqual(await check('x.test', [], 'bounce.x.test'), { result: 'pass', ...facts, aligned: ['spf'] });
  assert.deepEqual(await check('x.test', ['notx.test'], 'other.test'), { result: 'fail', ...facts, aligned: [] });
  assert.equal((await check('strict.test', ['mail.strict.test'], 'mail.strict.test')).result, 'fail');
  assert.deepEqual((await check('strict.test', ['strict.test'], 'strict.test')).aligned, ['dkim', 'spf']);
});

test('which record counts', async () => {
  assert.equal((await check('sub.x.test', [])).policy, 'reject');
  assert.equal((await check('own.x.test', [])).policy, 'none');
  assert.deepEqual(await check('nowhere.test', ['nowhere.test']), { result: 'none', domain: 'nowhere.test' });
  assert.equal((await check('two.test', [])).result, 'none');
  assert.deepEqual(await check('down.test', ['down.test']), { result: 'temperror', domain: 'down.test' });
});

test('From with no author or with several domains', async () => {
  const several = (authors: readonly string[]) => checkDmarc(authors, { dkim: ['x.test'], spf: 'x.test' }, NAMES);
  assert.deepEqual(await several([]), { result: 'permerror' });
  assert.deepEqual(await several(['x.test', 'y.test']), { result: 'permerror' });
  assert.equal((await several(['x.test', 'X.TEST'])).result, 'pass');
});
