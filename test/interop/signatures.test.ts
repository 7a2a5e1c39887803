/** DKIM and ARC with Python's dkim and Perl's Mail::DKIM: they verify what we sign and seal, we verify what they do. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { arcSeal } from '../../src/kit/arc/seal.ts';
import { arcVerify } from '../../src/kit/arc/verify.ts';
import { dkimKey, dkimSign } from '../../src/kit/dkim/sign.ts';
import { dkimVerify } from '../../src/kit/dkim/verify.ts';
import { serve, stored } from './server.ts';
import { ed25519Pair, peers, rsaPair, zoneOf } from './signature-peers.ts';

const RSA = rsaPair();
const ED25519 = ed25519Pair();
const TXT = { 'r._domainkey.x.test': RSA.record, 'e._domainkey.x.test': ED25519.record };
const NAMES = zoneOf(TXT);
const KEYS = { r: { ...RSA, algorithm: 'rsa-sha256' }, e: { ...ED25519, algorithm: 'ed25519-sha256' } } as const;
const ours = (selector: 'r' | 'e') => dkimKey(Buffer.from(KEYS[selector].pem), 'x.test', selector);

/** What canonical forms are about: folds, runs of white space, names in capitals, empty lines at the end, 8 bits, a bare CR. */
const MESSAGES: Readonly<Record<string, Buffer>> = {
  plain: Buffer.from(
    'From: Ann <ann@x.test>\r\nTo: bob@y.test\r\nSubject: s\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\nHello\r\n',
  ),
  odd: Buffer.from(
    'FROM:Ann\t <ann@x.test>\r\nto: bob@y.test,\r\n\t eve@y.test \r\nSubject:  a  \t b\r\n  c\r\nX-Y: \u00e9\r\n\r\n a  b \t\r\n\r\n \r\nx\t\r\n\u00e9\r\n\r\n\r\n',
    'latin1',
  ),
  'without a body': Buffer.from('From: ann@x.test\r\nSubject: s\r\n\r\n'),
  'no line end at the end': Buffer.from('From: ann@x.test\r\nSubject: s\r\n\r\nHello'),
};

for (const { name: peer, ed25519, ends, ask: asked, [Symbol.dispose]: dispose } of await peers()) {
  describe(peer, { skip: asked === undefined }, () => {
    after(dispose);
    const ask = asked ?? (async () => undefined);
    const selectors = ed25519 ? (['r', 'e'] as const) : (['r'] as const);

    for (const [name, message] of Object.entries(MESSAGES)) {
      if (!ends && name.startsWith('no line end')) continue;
      test(`DKIM: ${name}: theirs is right for us, in each form, and ours for them`, async () => {
        for (const selector of selectors) {
          const { python: key, algorithm } = KEYS[selector];
          for (const header of ['simple', 'relaxed']) {
            for (const body of ['simple', 'relaxed']) {
              const question = { selector, domain: 'x.test', key, algorithm, forms: [header, body] };
              const field = (await ask({ do: 'sign', message, ...question })) as string;
              const [verdict] = await dkimVerify(Buffer.concat([Buffer.from(field, 'latin1'), message]), NAMES);
              assert.equal(verdict?.result, 'pass', `${algorithm} ${header}/${body}: ${verdict?.reason}`);
            }
          }
          const signed = dkimSign(message, ours(selector));
          assert.deepEqual(await ask({ do: 'verify', message: signed, txt: TXT }), [true], algorithm);
          const changed = Buffer.concat([signed, Buffer.from('x\r\n')]);
          assert.deepEqual(await ask({ do: 'verify', message: changed, txt: TXT }), [false], algorithm);
        }
      });
    }

    test('ARC: chains of their sets and ours are whole for both, and broken for both', async () => {
      const { python: key } = RSA;
      const theirs = async (message: Buffer, server: string): Promise<Buffer> => {
        const { result } = await arcVerify(message, NAMES);
        const found = Buffer.from(
          `Authentication-Results: ${server}; arc=${result}; spf=pass smtp.mailfrom=x.test\r\n`,
        );
        const judged = Buffer.concat([found, message]);
        const set = await ask({ do: 'arc-sign', message: judged, selector: 'r', domain: 'x.test', key, server });
        return Buffer.concat([Buffer.from(set as string, 'latin1'), judged]);
      };
      const own = async (message: Buffer, server: string): Promise<Buffer> => {
        const chain = await arcVerify(message, NAMES);
        const set = arcSeal(message, { results: `${server};\r\n\tspf=pass smtp.mailfrom=x.test`, chain }, ours('r'));
        return Buffer.concat([Buffer.from(set ?? assert.fail(chain.reason), 'latin1'), message]);
      };
      const start = dkimSign(MESSAGES.odd!, ours('r'));
      for (const order of [[own], [theirs], [own, theirs], [theirs, own], [own, own, theirs, theirs, own, own]]) {
        let message = start;
        for (const [nth, hop] of order.entries()) message = await hop(message, `mx${nth + 1}.test`);
        const said = order.map((hop) => (hop === own ? 'ours' : 'theirs')).join(', ');
        const verdict = await arcVerify(message, NAMES);
        assert.deepEqual([verdict.result, verdict.oldestPass, verdict.reason], ['pass', 0, undefined], said);
        assert.deepEqual(
          verdict.hops.map(({ results }) => results.split(';')[0]),
          order.map((_, nth) => `mx${nth + 1}.test`),
        );
        const there = (await ask({ do: 'arc-verify', message, txt: TXT })) as readonly unknown[];
        assert.deepEqual(there.slice(0, 2), ['pass', order.length], `${said}: ${there[2]}`);
        for (const [from, to] of [
          ['Subject:  a', 'Subject:  o'],
          ['mx1.test; spf', 'mx9.test; spf'],
          ['i=1;', 'i=7;'],
        ] as const) {
          const changed = Buffer.from(message.toString('latin1').replace(from, to), 'latin1');
          if (changed.equals(message)) continue;
          const here = (await arcVerify(changed, NAMES)).result;
          const [cv] = (await ask({ do: 'arc-verify', message: changed, txt: TXT })) as readonly unknown[];
          assert.deepEqual([here, cv], ['fail', 'fail'], `${said}: ${to}`);
        }
      }
    });

    test('cs send mail --dkim-key, as it arrived', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cs-test-'));
      const server = await serve(['smtp']);
      try {
        for (const selector of selectors) {
          const file = join(folder, `${selector}.pem`);
          writeFileSync(file, KEYS[selector].pem, { mode: 0o600 });
          const { code, stderr } = await server.cs(
            ...['send', 'mail', server.ready.servers[0]!.url, '--from', 'Ann <ann@x.test>', '--to', 'bob@y.test'],
            ...['--subject', 'Grüße', '--text', 'a\n.\nb', '--dkim-key', file, '--dkim-selector', selector],
          );
          assert.equal(code, 0, stderr);
        }
        const mails = [...(await stored(server)).values()];
        assert.equal(mails.length, selectors.length);
        for (const mail of mails) {
          assert.deepEqual(await ask({ do: 'verify', message: Buffer.from(mail), txt: TXT }), [true]);
        }
      } finally {
        assert.equal(await server.stop(), 0);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}
