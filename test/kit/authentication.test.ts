import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { authenticate, authenticationResults } from '../../src/kit/authentication.ts';
import { dkimKey, dkimSign } from '../../src/kit/dkim/sign.ts';
import { fc } from '../property.ts';
import { AT, chained, names as hopNames } from './arc/chain.ts';
import { zone } from './zones.ts';

const hops = hopNames();

const pair = generateKeyPairSync('ed25519');
const KEY = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const PEM = Buffer.from(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
const NAMES = zone(`
x.test TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.x.test TXT "v=DMARC1; p=reject"
s._domainkey.x.test TXT "v=DKIM1; k=ed25519; p=${KEY}"
trial._domainkey.x.test TXT "v=DKIM1; k=ed25519; t=y; p=${KEY}"
`);

const PLAIN = Buffer.from('From: Ann <ann@x.test>\r\nSubject: s\r\n\r\nHello\r\n');
const signed = (selector: string) => dkimSign(PLAIN, dkimKey(PEM, 'x.test', selector));
const judge = (octets: Buffer, address: string, mailFrom = 'ann@x.test') =>
  authenticate({ octets, client: { mailFrom, helo: 'mx.x.test', address } }, NAMES);
const summary = async (...arrival: Parameters<typeof judge>) => {
  const { spf, dkim, dmarc } = await judge(...arrival);
  return [spf?.result, dkim.map(({ result }) => result).join(), dmarc.result, dmarc.aligned?.join()];
};

test('SPF, DKIM and DMARC of one message', async () => {
  const [ours, theirs] = ['192.0.2.7', '203.0.113.9'];
  assert.deepEqual(await summary(signed('s'), ours), ['pass', 'pass', 'pass', 'dkim,spf']);
  assert.deepEqual(await summary(signed('s'), theirs), ['fail', 'pass', 'pass', 'dkim']);
  assert.deepEqual(await summary(PLAIN, ours), ['pass', '', 'pass', 'spf']);
  assert.deepEqual(await summary(PLAIN, theirs), ['fail', '', 'fail', '']);
  assert.deepEqual(await summary(PLAIN, ours, 'eve@evil.test'), ['none', '', 'fail', '']);
  assert.deepEqual(await summary(signed('trial'), theirs), ['fail', 'pass', 'fail', ''], 'a trial counts for nothing');
});

test('a second From, or none, speaks for nobody', async () => {
  const second = Buffer.concat([Buffer.from('From: eve@evil.test\r\n'), PLAIN]);
  assert.equal((await judge(second, '192.0.2.7')).dmarc.result, 'permerror');
  assert.equal((await judge(Buffer.from('Subject: s\r\n\r\n'), '192.0.2.7')).dmarc.result, 'permerror');
  const two = Buffer.from('From: ann@x.test, eve@evil.test\r\n\r\n');
  assert.equal((await judge(two, '192.0.2.7')).dmarc.result, 'permerror');
});

test('as a header field', async () => {
  const good = await judge(signed('s'), '192.0.2.7');
  assert.equal(
    authenticationResults(good, 'mx.y.test').replace(/header\.b=[^\s;]+/, 'header.b=B'),
    [
      'Authentication-Results: mx.y.test',
      '\tspf=pass smtp.mailfrom=x.test',
      '\tdkim=pass header.d=x.test header.s=s header.a=ed25519-sha256 header.b=B',
      '\tdmarc=pass header.from=x.test',
      '\tarc=none',
    ].join(';\r\n'),
  );
  const bad = await judge(PLAIN, '203.0.113.9', '');
  assert.match(
    authenticationResults(bad, 'mx.y.test'),
    /spf=none smtp\.helo=mx\.x\.test;\r\n\tdkim=none;\r\n\tdmarc=fail/,
  );
});

test('a message that was handed on: SPF is the list’s, the chain tells what its first server found', async () => {
  const listed = await chained(2, signed('s'));
  const judged = await authenticate(
    { octets: listed, client: { mailFrom: 'list@y.test', helo: 'y.test', address: '203.0.113.9' } },
    { ...NAMES, txt: async (name) => (name.includes('.hop') ? hops : NAMES).txt(name) },
    AT,
  );
  assert.equal(judged.arc.hops[0]?.results, 'hop1.test; spf=pass');
  assert.match(authenticationResults(judged, 'mx.y.test'), /\tarc=pass header\.oldest-pass=0$/);
  const changed = Buffer.from(listed.toString('latin1').replace('Hello', 'Hallo'), 'latin1');
  assert.match(
    authenticationResults(await judge(changed, '203.0.113.9'), 'mx.y.test'),
    /\tarc=fail reason="signature 2: the body was changed"$/,
  );
});

test('of a message that nobody knows the client of SPF says nothing, and DKIM alone may pass DMARC', async () => {
  const judged = await authenticate({ octets: signed('s'), client: undefined }, NAMES);
  assert.deepEqual([judged.spf, judged.dmarc.result], [undefined, 'pass']);
  assert.doesNotMatch(authenticationResults(judged, 'mx.y.test'), /spf/);
});

test('what strangers wrote stays inside its quotes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), async (domain, helo) => {
      const octets = Buffer.from(`DKIM-Signature: v=1; d=${domain}; s="\\; b=\r\nFrom: a@${domain}\r\n\r\n`);
      const results = await authenticate({ octets, client: { mailFrom: '', helo, address: '192.0.2.7' } }, NAMES);
      const field = authenticationResults(results, 'mx.y.test');
      const bare = field.replace(/"(?:[^"\\]|\\.)*"/g, 'q').replaceAll(';\r\n\t', '|');
      assert.match(bare, /^[ -~]+$/);
      assert.doesNotMatch(bare, /[;"\\]/);
    }),
  );
});
