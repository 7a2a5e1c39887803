import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { BodyHash, canonicalField } from '../../../src/kit/dkim/canonical.ts';
import { headFields, splitMessage } from '../../../src/kit/dkim/head.ts';
import { dkimKey, dkimSign } from '../../../src/kit/dkim/sign.ts';
import type { CsError } from '../../../src/kit/errors.ts';
import { fc } from '../../property.ts';

const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ed25519: generateKeyPairSync('ed25519').privateKey,
};

for (const [kind, key] of Object.entries(keys)) {
  test(`a ${kind} signature covers header and body`, () => {
    const pem = Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }) as string);
    const signing = dkimKey(pem, 'x.test', 's1');
    const line = fc.stringMatching(/^[ -~\t]{0,20}$/);
    fc.assert(
      fc.property(line, fc.array(line, { maxLength: 5 }), (subject, body) => {
        const message = Buffer.from(`From: a@x.test\r\nSubject: ${subject}\r\n\r\n${body.join('\r\n')}\r\n`);
        const signed = dkimSign(message, signing);
        assert.ok(signed.subarray(signed.length - message.length).equals(message));
        const [signature] = headFields(splitMessage(signed).head);
        const flat = canonicalField(signature!, 'relaxed');
        const hash = new BodyHash('relaxed').update(splitMessage(message).body).digest();
        assert.equal(/ bh=([^;]+);/.exec(flat)?.[1], hash);
        assert.equal(/ h=([^;]+);/.exec(flat)?.[1]?.replaceAll(' ', ''), 'subject:from:from');
        const data = `subject:${subject.replace(/[ \t]+/g, ' ').trim()}\r\nfrom:a@x.test\r\n${flat.replace(/ b=.*$/, ' b=')}`;
        const octets = Buffer.from(data);
        const proof = Buffer.from(/ b=(.*)$/.exec(flat)![1]!.replaceAll(' ', ''), 'base64');
        const digest = createHash('sha256').update(octets).digest();
        const ok =
          kind === 'rsa'
            ? verify('sha256', octets, createPublicKey(key), proof)
            : verify(null, digest, createPublicKey(key), proof);
        assert.ok(ok);
      }),
      { numRuns: 50 },
    );
  });
}

test('a key that DKIM does not know, a name that is none', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const ed = Buffer.from(keys.ed25519.export({ type: 'pkcs8', format: 'pem' }) as string);
  for (const attempt of [
    () => dkimKey(Buffer.from(ec as string), 'x.test', 's'),
    () => dkimKey(Buffer.from('hello'), 'x.test', 's'),
    () => dkimKey(ed, 'x.test; l=0', 's'),
    () => dkimKey(ed, 'x.test', 's\r\nX: y'),
  ]) {
    assert.throws(attempt, (error: CsError) => error.code === 'CS_INPUT');
  }
});
