import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lentToken, TOKEN_OCTETS, tokenHolder } from '../../src/kit/lent-token.ts';
import { redact } from '../../src/kit/secret.ts';

const TOKEN = lentToken('box-1', new Uint8Array(TOKEN_OCTETS).fill(255));

test('a token names its inbox, and nothing else is taken for one', () => {
  assert.equal(tokenHolder(TOKEN), 'box-1');
  for (const other of [
    '',
    'csi_',
    TOKEN.slice(1),
    `${TOKEN} `,
    `${TOKEN}\n`,
    TOKEN.replace('.', ''),
    `${TOKEN}-`,
    TOKEN.toUpperCase(),
  ]) {
    assert.equal(tokenHolder(other), undefined, other);
  }
});

test('a token is hidden wherever it is printed, though nobody marked it', () => {
  const line = `GET /api/messages?token=${TOKEN} and smtp://box-1:${TOKEN}@127.0.0.1`;
  assert.ok(!redact(line).includes('____'), redact(line));
  assert.match(redact(line), /token=csi_\*\*\*/);
});
