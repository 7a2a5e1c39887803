import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { dkimKey, dkimSign } from '../../../src/kit/dkim/sign.ts';
import { dkimFieldFor } from '../../../src/kit/dkim/sign-stream.ts';
import { fc } from '../../property.ts';

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const KEY = dkimKey(Buffer.from(pem), 'x.test', 's');
const NOW = new Date(1_700_000_000_000);

async function* inPieces(octets: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

test('in pieces of any size the signature is that of the whole message', async () => {
  const part = fc.oneof(fc.constantFrom('\r\n', '\r', '\n', 'From: a@x.test\r\n', 'Subject: s', ' '), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(part), fc.integer({ min: 1, max: 9 }), async (parts, size) => {
      const message = Buffer.from(parts.join(''), 'latin1');
      const field = await dkimFieldFor(inPieces(message, size), KEY, NOW);
      assert.equal(
        `${field?.toString('latin1')}${message.toString('latin1')}`,
        dkimSign(message, KEY, NOW).toString('latin1'),
      );
    }),
  );
});

test('a header that nobody should hold goes unsigned, a long body does not', async () => {
  const line = Buffer.from(`X: ${'x'.repeat(1000)}\r\n`);
  async function* lines(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; left--) yield line;
  }
  assert.equal(await dkimFieldFor(lines(1100), KEY), undefined);
  async function* message(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('From: a@x.test\r\n\r\n');
    yield* lines(2000);
  }
  assert.match(String(await dkimFieldFor(message(), KEY)), /^DKIM-Signature: v=1; a=ed25519-sha256/);
});
