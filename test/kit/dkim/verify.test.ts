import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { dkimKey, dkimSign } from '../../../src/kit/dkim/sign.ts';
import { dkimVerify } from '../../../src/kit/dkim/verify.ts';
import { CsError } from '../../../src/kit/errors.ts';
import type { TextNames } from '../../../src/kit/mail-names.ts';
import { fc } from '../../property.ts';

const crlf = (text: string) => Buffer.from(text.replace(/\n/g, '\r\n'), 'latin1');

function zone(records: Readonly<Record<string, readonly string[]>>): TextNames {
  return {
    txt: async (name) => {
      const found = records[name];
      if (name.startsWith('silent.')) throw new CsError('CS_NAME_NOT_RESOLVED', 'nobody answered');
      if (!found) throw new CsError('CS_NOT_FOUND', 'no such name');
      return found;
    },
  };
}

const JOE = `From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
`;

test('the signed message of RFC 6376 appendix A.2, simple/simple', async () => {
  const message = crlf(`DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
${JOE}`);
  const names = zone({
    'brisbane._domainkey.example.com': [
      `v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB`,
    ],
  });
  const [result] = await dkimVerify(message, names);
  assert.deepEqual(result, {
    domain: 'example.com',
    selector: 'brisbane',
    algorithm: 'rsa-sha256',
    identity: 'joe@football.example.com',
    proof: 'AuUoFEfD',
    result: 'pass',
  });
  // One space less is another message.
  const changed = Buffer.from(message.toString('latin1').replace('com  [', 'com ['), 'latin1');
  assert.equal((await dkimVerify(changed, names))[0]?.result, 'fail');
});

const RFC8463 = `DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
${JOE}`;
const FOOTBALL = zone({
  'brisbane._domainkey.football.example.com': ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
  'test._domainkey.football.example.com': [
    'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB',
  ],
});

test('the message of RFC 8463 appendix A: Ed25519 and RSA, oversigned', async () => {
  const verdicts = async (text: string) => (await dkimVerify(crlf(text), FOOTBALL)).map(({ result }) => result);
  assert.deepEqual(await verdicts(RFC8463), ['pass', 'pass']);
  assert.deepEqual(await verdicts(RFC8463.replace('hungry', 'thirsty')), ['fail', 'fail']);
  assert.deepEqual(await verdicts(RFC8463.replace('dinner', 'lunch')), ['fail', 'fail']);
  // Fields that are there once and signed twice cannot be added; others can.
  assert.deepEqual(await verdicts(RFC8463.replace('To: Suzie', 'Subject: You won\nTo: Suzie')), ['fail', 'fail']);
  assert.deepEqual(await verdicts(`From: somebody@else.test\n${RFC8463}`), ['fail', 'fail']);
  assert.deepEqual(await verdicts(`Received: by nobody\n${RFC8463}`), ['pass', 'pass']);
  assert.deepEqual(await verdicts(RFC8463.replace('t=1528637909', 't=1528637908')), ['fail', 'pass']);
});

test('not signed, and no header at all', async () => {
  assert.deepEqual(await dkimVerify(crlf(JOE), FOOTBALL), []);
  assert.deepEqual(await dkimVerify(Buffer.from('\r\n'), FOOTBALL), []);
  assert.deepEqual(await dkimVerify(Buffer.alloc(0), FOOTBALL), []);
});

test('what a signature may not say', async () => {
  const judge = async (from: string | RegExp, to: string) => {
    const [first] = await dkimVerify(crlf(RFC8463.replace(from, to)), FOOTBALL, new Date(1_528_638_000_000));
    return [first?.result, first?.reason];
  };
  for (const [from, to, result, reason] of [
    ['v=1; ', 'v=2; ', 'permerror', /another version/],
    ['v=1; ', '', 'permerror', /no v=/],
    ['v=1; ', 'v=1; v=1; ', 'permerror', /cannot be read/],
    ['v=1; ', 'v=1; l=5; ', 'policy', /l= leaves/],
    ['v=1; ', 'v=1; x=1528637950; ', 'fail', /expired/],
    ['v=1; ', 'v=1; x=1528637909; ', 'permerror', /ends before/],
    ['v=1; ', 'v=1; x=soon; ', 'permerror', /not times/],
    ['t=1528637909', 't=1528698000', 'policy', /future/],
    ['ed25519-sha256', 'rsa-sha1', 'permerror', /SHA-1/],
    ['ed25519-sha256', 'rsa-sha256', 'permerror', /another kind/],
    ['ed25519-sha256', 'rsa-md5', 'permerror', /algorithm/],
    ['relaxed/relaxed', 'nowsp', 'permerror', /canonical/],
    ['h=from : to', 'h=to', 'fail', /not right/],
    [/h=from : to :\n subject : date : message-id : from : subject : date/, 'h=to', 'permerror', /From is not/],
    ['i=@football.example.com', 'i=@ball.example.com', 'permerror', /below d=/],
    ['i=@football.example.com', 'i=@notfootball.example.com', 'permerror', /below d=/],
    ['d=football.example.com', 'd=football..com; ', 'permerror', /cannot be read|not names/],
    ['q=dns/txt', 'q=carrier-pigeon', 'permerror', /not in DNS/],
    ['s=brisbane', 's=sydney', 'permerror', /no key/],
    ['s=brisbane', 's=silent', 'temperror', /nobody answered/],
    ['b=/gCr', 'b=!gCr', 'permerror', /b= is not what/],
    ['bh=2jUS', 'bh=AAAA2jUS', 'permerror', /bh= is no/],
  ] as const) {
    const [said, why] = await judge(from, to);
    assert.equal(said, result, `${from} → ${to}: ${why}`);
    assert.match(String(why), reason);
  }
});

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = (key: KeyObject) => Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }) as string);
const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const SIGNED = dkimSign(crlf('From: a@x.test\n\nHello\n'), dkimKey(pem(privateKey), 'x.test', 's'));
const keyed = (record: string) => dkimVerify(SIGNED, zone({ 's._domainkey.x.test': [record] }));

test('key records', async () => {
  for (const [record, result, reason] of [
    [`v=DKIM1; k=ed25519; p=${raw}`, 'pass', undefined],
    [`k=ed25519; h=sha1:sha256; s=email; n=ours; p=${raw};`, 'pass', undefined],
    [`k=ed25519; t=s; p=${raw};`, 'pass', undefined],
    [`p=${raw}; k=ed25519; v=DKIM1`, 'permerror', 'the key record is of another version'],
    [`v=DKIM2; k=ed25519; p=${raw}`, 'permerror', 'the key record is of another version'],
    ['k=ed25519; p=', 'permerror', 'the key is revoked'],
    ['k=ed25519', 'permerror', 'the key record has no key'],
    ['k=ed25519; p=AAAA', 'permerror', 'the key record holds no ed25519 key'],
    [`k=rsa; p=${raw}`, 'permerror', 'the key record holds no rsa key'],
    [`k=dsa; p=${raw}`, 'permerror', 'a key of unknown kind'],
    [`k=ed25519; h=sha1; p=${raw}`, 'permerror', 'the key is not for SHA-256'],
    [`k=ed25519; s=tlsrpt; p=${raw}`, 'permerror', 'the key is not for mail'],
    ['hello', 'permerror', 'the key record cannot be read'],
  ] as const) {
    const [only] = await keyed(record);
    assert.deepEqual([only?.result, only?.reason], [result, reason], record);
  }
  assert.equal((await keyed(`k=ed25519; t=y:s; p=${raw}`))[0]?.testing, true);
});

test('an RSA key in both of its forms; a short one proves nothing', async () => {
  for (const [bits, type, result] of [
    [1024, 'spki', 'pass'],
    [2048, 'pkcs1', 'pass'],
    [768, 'spki', 'permerror'],
  ] as const) {
    const pair = generateKeyPairSync('rsa', { modulusLength: bits });
    const message = crlf('From: a@x.test\n\nHello\n');
    // The signer refuses a short key too, so its signature is one by another key.
    const signing = bits < 1024 ? generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey : pair.privateKey;
    const signed = dkimSign(message, dkimKey(pem(signing), 'x.test', 's'));
    const p = pair.publicKey.export({ type, format: 'der' }).toString('base64');
    const [only] = await dkimVerify(signed, zone({ 's._domainkey.x.test': [`v=DKIM1; p=${p}`] }));
    assert.equal(only?.result, result, `${bits} ${type}: ${only?.reason}`);
  }
});

test('of many signatures ten are looked at', async () => {
  const many = Buffer.concat([crlf('DKIM-Signature: v=1; a=b\n'.repeat(40)), SIGNED]);
  const results = await dkimVerify(many, zone({}));
  assert.equal(results.length, 11);
  assert.match(results.at(-1)?.reason ?? '', /more than 10/);
});

test('80,000 of anything in a header: linear', async () => {
  const [many, one] = [80_000, SIGNED.toString('latin1')];
  for (const message of [
    `${'a:\r\n'.repeat(many)}${one}`,
    `${'DKIM-Signature:\r\n'.repeat(many)}${one}`,
    one.replace('h=from', `h=${'from:'.repeat(many)}from`),
    one.replace('h=from', `h=${'\r\n '.repeat(many)}from`),
    one.replace('b=', `${';'.repeat(many)}b=`),
    one.replace('b=', `${'b=A;'.repeat(many)}b=`),
    one.replace('s=s', `s=${'s.'.repeat(many)}s`),
    one.replace('a@x.test', `${' \t'.repeat(many)}a@x.test`),
    one.replace('Hello', ' \t\r'.repeat(many)),
  ]) {
    const started = process.cpuUsage().user;
    await dkimVerify(Buffer.from(message, 'latin1'), zone({ 's._domainkey.x.test': [`k=ed25519; p=${raw}`] }));
    // Microseconds of processor time: anything quadratic takes minutes.
    assert.ok(process.cpuUsage().user - started < 10_000_000);
  }
  const [huge] = await dkimVerify(Buffer.from(`${'a:\r\n'.repeat(400_000)}${one}`, 'latin1'), zone({}));
  assert.match(String(huge?.reason), /too large/);
});

test('any octets: results, never an error', async () => {
  const part = fc.oneof(
    fc.constantFrom('DKIM-Signature:', 'v=1;', 'b=', ';', '\r\n', '\r\n ', 'h=from:from', 'd=x.test'),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part), async (parts) => {
      const results = await dkimVerify(Buffer.from(parts.join(''), 'latin1'), FOOTBALL);
      assert.ok(results.every(({ result }) => result !== 'pass'));
    }),
  );
});
