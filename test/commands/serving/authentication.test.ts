import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { start } from '../../../src/index.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const DKIM = {
  domainName: 'x.test',
  keySelector: 's',
  privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }) as string,
};
const ZONE = `x.test TXT "v=spf1 ip4:127.0.0.0/8 ip6:::1 -all"
_dmarc.x.test TXT "v=DMARC1; p=reject"
s._domainkey.x.test TXT "v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}"
`;

interface Results {
  readonly checked: boolean;
  readonly spf: { readonly result: string } | null;
  readonly dkim: readonly { readonly result: string }[];
  readonly dmarc: { readonly result: string } | null;
}

/** What the inbox says of a message that nodemailer has signed and delivered. */
async function judged(options: { readonly zone?: string }, from = 'ann@x.test'): Promise<Results> {
  await using servers = await start('smtp', options);
  const { hostname, port } = new URL(servers.url('smtp'));
  const transport = createTransport({ host: hostname, port: Number(port), ignoreTLS: true, dkim: DKIM });
  await transport.sendMail({ from, to: 'bob@y.test', subject: 'Grüße', text: 'hi', html: '<p>hi</p>' });
  const { id } = await servers.waitMail({ to: 'bob@y.test' });
  return await new Promise((resolve, reject) => {
    get(new URL(`api/messages/${id}/authentication`, servers.url('inbox')), (answer) => {
      json(answer).then((value) => resolve(value as Results), reject);
    }).on('error', reject);
  });
}

test('--zone: what nodemailer signs and delivers from here passes SPF, DKIM and DMARC at the inbox', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cs-test-'));
  try {
    const zone = join(dir, 'zone');
    await writeFile(zone, ZONE);
    const good = await judged({ zone });
    assert.deepEqual(
      [good.checked, good.spf?.result, good.dkim.map(({ result }) => result), good.dmarc?.result],
      [true, 'pass', ['pass'], 'pass'],
    );
    const other = await judged({ zone }, 'eve@evil.test');
    assert.deepEqual([other.spf?.result, other.dkim[0]?.result, other.dmarc?.result], ['none', 'pass', 'none']);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('without --zone and --dns nobody is asked', async () => {
  const { checked, spf, dkim, dmarc } = await judged({});
  assert.deepEqual([checked, spf, dkim, dmarc], [false, null, [], null]);
});

test('--authentication-results: the field stands in front of what is stored, and needs somebody to ask', async () => {
  await assert.rejects(start('smtp', { authenticationResults: true }), { code: 'CS_USAGE' });
  const dir = await mkdtemp(join(tmpdir(), 'cs-test-'));
  try {
    const zone = join(dir, 'zone');
    await writeFile(zone, ZONE);
    await using servers = await start('smtp', { zone, authenticationResults: true });
    const { hostname, port } = new URL(servers.url('smtp'));
    const transport = createTransport({ host: hostname, port: Number(port), ignoreTLS: true, dkim: DKIM });
    await transport.sendMail({ from: 'ann@x.test', to: 'bob@y.test', subject: 's', text: 'hi' });
    const { id } = await servers.waitMail({ to: 'bob@y.test' });
    const source = await new Promise<string>((resolve, reject) => {
      get(new URL(`api/messages/${id}/source`, servers.url('inbox')), (answer) => {
        text(answer).then(resolve, reject);
      }).on('error', reject);
    });
    assert.match(
      source,
      /^Authentication-Results: [^;\s]+;\r\n\tspf=pass smtp\.mailfrom=x\.test;\r\n\tdkim=pass header\.d=x\.test .*;\r\n\tdmarc=pass header\.from=x\.test;\r\n\tarc=none\r\nDKIM-Signature:/,
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('a zone file that cannot be read, a name server that is none: nothing starts', async () => {
  await assert.rejects(start('smtp', { zone: join(tmpdir(), 'cs-test-no-such-zone') }), { code: 'CS_CONFIG' });
  await assert.rejects(start('smtp', { dns: 'not an address' }), { code: 'CS_USAGE' });
  await using servers = await start('smtp', { dns: 'system' });
  assert.ok(servers.url('inbox'));
});
