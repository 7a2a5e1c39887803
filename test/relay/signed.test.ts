import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { leavingSigned } from '../../src/commands/serving/leaving-signed.ts';
import type { ServingContext } from '../../src/commands/serving/start.ts';
import { dkimVerify } from '../../src/kit/dkim/verify.ts';
import type { CsError } from '../../src/kit/errors.ts';
import { parseZone } from '../../src/net/zone.ts';
import { peer, relayStage } from './stage.ts';

const pair = generateKeyPairSync('ed25519');
const ZONE = parseZone(
  `s1._domainkey.y.test TXT "v=DKIM1; k=ed25519; p=${pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}"`,
  'zone',
);

type Wishes = Parameters<typeof leavingSigned>[0];
const asked = (options: Partial<ServingContext['options']>) =>
  leavingSigned({ options, ui: { log: () => {} } } as unknown as Wishes);

test('mail leaves signed, its size with the signature, on every try', { timeout: 20_000 }, async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cs-signed-'));
  const file = join(scratch, 'key.pem');
  writeFileSync(file, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const sign = await asked({ dkimKey: file, dkimDomain: 'y.test', dkimSelector: 's1' });
  rmSync(scratch, { recursive: true });
  let refusals = 1;
  const there = peer({ rcpt: () => (refusals-- > 0 ? '451 later' : '250 ok') });
  const stage = relayStage({ 'x.test': there }, {}, undefined, sign);
  stage.relay.start();
  const text = 'From: bob@y.test\r\nSubject: s\r\n\r\nHello  there\r\n\r\n';
  await stage.send(['ann@x.test'], {}, text);
  const { due } = await stage.fact('mail.deferred');
  stage.now = Date.parse(String(due)) + 1;
  stage.relay.wake();
  await stage.fact('mail.sent');
  await stage.relay.stop(5000);
  const [taken] = there.taken;
  assert.ok(taken);
  assert.equal(taken.envelope.size, taken.text.length);
  assert.ok(taken.text.endsWith(text));
  const results = await dkimVerify(Buffer.from(taken.text, 'latin1'), ZONE);
  assert.deepEqual(
    results.map(({ result, domain, selector }) => [result, domain, selector]),
    [['pass', 'y.test', 's1']],
  );
});

test('the three options go together, and the key is read at the start', async () => {
  assert.equal(await asked({}), undefined);
  for (const [options, code] of [
    [{ dkimKey: 'key.pem' }, 'CS_USAGE'],
    [{ dkimDomain: 'y.test', dkimSelector: 's' }, 'CS_USAGE'],
    [{ dkimKey: '/nowhere/key.pem', dkimDomain: 'y.test', dkimSelector: 's' }, 'CS_INPUT'],
  ] as const) {
    await assert.rejects(asked(options), (error: CsError) => error.code === code);
  }
});
