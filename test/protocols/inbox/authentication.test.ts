import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { DeliverySession } from '../../../src/contracts/delivery.ts';
import { dkimKey, dkimSign } from '../../../src/kit/dkim/sign.ts';
import { parseZone } from '../../../src/net/zone.ts';
import { inboxStage, mail } from './stage.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const KEY = dkimKey(Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string), 'x.test', 's');
const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const names = parseZone(
  `x.test TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.x.test TXT "v=DMARC1; p=reject"
s._domainkey.x.test TXT "v=DKIM1; k=ed25519; p=${raw}"
`,
  'zone',
);
const session: DeliverySession = {
  ...{ server: 'smtp', conn: 'c1', with: 'ESMTP', helo: 'mx.x.test', address: '192.0.2.7', user: undefined },
  secure: false,
};
const SIGNED = dkimSign(Buffer.from(mail({})), KEY);

test('authentication over HTTP: SPF, DKIM, DMARC and ARC of a message as it was delivered', async () => {
  await using stage = await inboxStage({ names });
  const id = await stage.deliver(SIGNED, { session });
  const { status, json } = await stage.ask(`/api/messages/${id}/authentication`);
  assert.equal(status, 200);
  assert.deepEqual([json.schema, json.checked, json.notes], ['cs.authentication/1', true, []]);
  assert.deepEqual(json.client, { address: '192.0.2.7', helo: 'mx.x.test', mail_from: 'sender@x.test' });
  assert.deepEqual(json.spf, { result: 'pass', domain: 'x.test', of: 'mailfrom' });
  assert.deepEqual([json.dkim[0]?.result, json.dkim[0]?.domain], ['pass', 'x.test']);
  assert.deepEqual(json.dmarc?.result, 'pass');
  assert.deepEqual(json.arc, { result: 'none', hops: [], oldest_pass: null });
  assert.match(json.header ?? '', /^Authentication-Results: localhost;\r\n\tspf=pass/);
});

test('from elsewhere, changed on the way: reasons', async () => {
  await using stage = await inboxStage({ names });
  const changed = Buffer.from(SIGNED.toString('latin1').replace('hello', 'hallo'), 'latin1');
  const id = await stage.deliver(changed, { session: { ...session, address: '203.0.113.9' } });
  const { json } = await stage.ask(`/api/messages/${id}/authentication`);
  assert.equal(json.spf?.result, 'fail');
  assert.deepEqual([json.dkim[0]?.result, json.dkim[0]?.reason], ['fail', 'the body was changed']);
  assert.equal(json.dmarc?.result, 'fail');
});

test('without a client SPF is not checked, and DMARC is not said to fail for that', async () => {
  await using stage = await inboxStage({ names });
  const signed = await stage.deliver(SIGNED);
  const good = (await stage.ask(`/api/messages/${signed}/authentication`)).json;
  assert.deepEqual([good.client, good.spf, good.dmarc?.result, good.header], [null, null, 'pass', null]);
  assert.match(good.notes.join(), /SPF was not checked/);
  const plain = await stage.deliver(mail({}));
  const open = (await stage.ask(`/api/messages/${plain}/authentication`)).json;
  assert.deepEqual([open.spf, open.dkim, open.dmarc], [null, [], null]);
});

test('offline nothing is guessed: it is said that nothing was checked, and what would', async () => {
  await using stage = await inboxStage();
  const id = await stage.deliver(SIGNED, { session });
  const { status, json } = await stage.ask(`/api/messages/${id}/authentication`);
  assert.equal(status, 200);
  assert.deepEqual([json.checked, json.spf, json.dkim, json.dmarc, json.arc], [false, null, [], null, null]);
  assert.match(json.notes.join(), /asks no name server/);
  assert.match(json.hint, /--dns .*--zone/);
});

test('a name server that does not answer: temperror, each of them', async () => {
  await using stage = await inboxStage({
    names: parseZone('x.test SERVFAIL\n_dmarc.x.test SERVFAIL\ns._domainkey.x.test SERVFAIL', 'zone'),
  });
  const id = await stage.deliver(SIGNED, { session });
  const { json } = await stage.ask(`/api/messages/${id}/authentication`);
  assert.deepEqual(
    [json.spf?.result, json.dkim[0]?.result, json.dmarc?.result],
    ['temperror', 'temperror', 'temperror'],
  );
});
