import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery, DeliverySession } from '../../../src/contracts/delivery.ts';
import { parseZone } from '../../../src/net/zone.ts';
import { authenticated } from '../../../src/stores/wrap/authenticated.ts';
import { envelope, fails } from '../../conformance/harness.ts';

const names = parseZone('x.test TXT "v=spf1 ip4:192.0.2.0/24 -all"\n_dmarc.x.test TXT "v=DMARC1; p=reject"\n', 'zone');
const FORGED = 'Authentication-Results: mx.y.test; dkim=pass header.d=bank.test\r\n';
const OTHER = 'Authentication-Results: other.test; dkim=pass\r\n';
const MAIL = `${FORGED}From: ann@x.test\r\n${OTHER}Subject: s\r\n\r\n${FORGED}.\r\n`;
const CLEAN = MAIL.replace(FORGED, '');

function stage(most?: number) {
  const stored: string[] = [];
  let aborted = 0;
  const inner: Delivery = {
    open: ({ to }) => {
      const chunks: Uint8Array[] = [];
      return {
        write: (chunk) => void chunks.push(chunk),
        abort: async () => {
          aborted += 1;
        },
        commit: async () => {
          stored.push(Buffer.concat(chunks).toString('latin1'));
          return { id: '1', size: 0, results: to.map(({ address }) => ({ address, accepted: true, reply: '250 ok' })) };
        },
      };
    },
  };
  const delivery = authenticated(inner, { names, hostname: 'mx.y.test', ...(most === undefined ? {} : { most }) });
  const open = (more: Partial<DeliverySession> | undefined) => {
    const { session, ...rest } = envelope(['bob@y.test']);
    const said = more && { ...session!, address: '192.0.2.7', helo: 'mx.x.test', user: undefined, ...more };
    return delivery.open({ ...rest, from: 'ann@x.test', ...(said ? { session: said } : {}) });
  };
  const deliver = async (more: Partial<DeliverySession> | undefined, text = MAIL): Promise<string> => {
    const draft = await open(more);
    for (const octet of Buffer.from(text, 'latin1')) await draft.write(Uint8Array.of(octet));
    await draft.commit();
    return stored.at(-1)!;
  };
  return { stored, open, deliver, aborted: () => aborted };
}

test('mail of a stranger gets our field in front and loses the forged one; all else stays, octet for octet', async () => {
  const { deliver } = stage();
  const field = (spf: string, dmarc: string) =>
    `Authentication-Results: mx.y.test;\r\n\tspf=${spf} smtp.mailfrom=x.test;\r\n\tdkim=none;\r\n\tdmarc=${dmarc} header.from=x.test;\r\n\tarc=none\r\n`;
  assert.equal(await deliver({}), field('pass', 'pass') + CLEAN);
  assert.equal(await deliver({ address: '203.0.113.9' }), field('fail', 'fail') + CLEAN);
  assert.equal(
    await deliver({}, ''),
    field('pass', '').replace(' header.from=x.test', '').replace('dmarc=', 'dmarc=permerror'),
  );
});

test('who has logged in loses the forged one; LMTP and what was written here are not touched', async () => {
  const { deliver } = stage();
  assert.equal(await deliver({ user: 'ann' }), CLEAN);
  assert.equal(await deliver({ with: 'LMTP' }), MAIL);
  assert.equal(await deliver(undefined), MAIL);
});

test('what is given up while names are asked for is not stored', async () => {
  const { open, stored, aborted } = stage();
  const draft = await open({});
  await draft.write(Buffer.from(MAIL));
  const committing = fails('CS_BUSY', () => draft.commit());
  await draft.abort();
  await committing;
  assert.deepEqual([stored.length, aborted()], [0, 1]);
});

test('so many octets are held at once; what ends gives its room back', async () => {
  const { open, stored, aborted } = stage(100);
  const first = await open({});
  await first.write(Buffer.alloc(60));
  const second = await open({});
  const { reply } = await fails('CS_BUSY', async () => second.write(Buffer.alloc(60)));
  assert.match(String(reply), /^451 4\.3\.2 /);
  await second.abort();
  await first.commit();
  assert.deepEqual([stored.length, aborted()], [1, 1]);
  const third = await open({});
  await third.write(Buffer.alloc(100));
  await third.abort();
  await (await open({})).write(Buffer.alloc(100));
});
