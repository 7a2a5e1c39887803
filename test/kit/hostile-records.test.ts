/** What a stranger's name server may say, and what a stranger may call himself: each is read in linear time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyRecord } from '../../src/kit/dkim/key-record.ts';
import { checkDmarc, parseDmarc } from '../../src/kit/dmarc.ts';
import type { MailNames } from '../../src/kit/mail-names.ts';
import { checkSpf } from '../../src/kit/spf/check.ts';

const MANY = 80_000;
const names = (...texts: readonly string[]): MailNames => ({
  txt: async () => texts,
  mx: async () => [],
  addresses: async () => [],
});

async function quick(what: string, work: () => unknown): Promise<void> {
  const started = process.cpuUsage().user;
  await work();
  // Microseconds of processor time: anything quadratic takes minutes.
  assert.ok(process.cpuUsage().user - started < 10_000_000, what);
}

test('80,000 of anything in an SPF record, and SPF records', async () => {
  const question = { address: '192.0.2.1', helo: 'h.test', mailFrom: 'a@x.test' };
  for (const terms of [
    ' ip4:192.0.2.9'.repeat(MANY),
    ' x=y'.repeat(MANY),
    `${' '.repeat(MANY)}x`,
    ` exists:${'%'.repeat(MANY)}`,
    ` exists:${'%{'.repeat(MANY)}`,
    ` exists:${'%{s}'.repeat(MANY)}.x.test`,
    ` exists:%{s${'1'.repeat(MANY)}}`,
    ` exists:%{s${'.'.repeat(MANY)}`,
    ` exists:${`%{s${'.'.repeat(200)}`.repeat(400)}`,
    ` a:${'.'.repeat(MANY)}x`,
    ` a${'/1'.repeat(MANY)}`,
    ` ip6:${':'.repeat(MANY)}`,
    ` ${'a.'.repeat(MANY)}=`,
  ]) {
    await quick(terms.slice(0, 40), () => checkSpf(question, names(`v=spf1${terms}`)));
  }
  await quick('records', () => checkSpf(question, names(...Array<string>(MANY).fill('v=spf1 -all'))));
});

test('80,000 of anything in a sender or in HELO', async () => {
  const macros = names('v=spf1 exists:%{l1r.@-+}%{S}.x.test exists:%{LR}.%{h}.x.test -all');
  for (const shape of ['@', '.', '-', 'a.', '%{s}']) {
    const long = shape.repeat(MANY);
    await quick(shape, () => checkSpf({ address: '192.0.2.1', helo: long, mailFrom: `${long}@x.test` }, macros));
    await quick(shape, () => checkSpf({ address: '192.0.2.1', helo: long, mailFrom: '' }, macros));
  }
});

test('80,000 of anything in a DMARC record or a key, and of their domains', async () => {
  for (const shape of [';', ' ', '=', 'mailto', 'a=1;', ':']) {
    await quick(shape, () => parseDmarc(`v=DMARC1;p=none;rua=${shape.repeat(MANY)}`));
    await quick(shape, () => parseKeyRecord(`h=${shape.repeat(MANY)};p=${shape.repeat(MANY)}`));
  }
  const record = 'v=DMARC1; p=none';
  const signers = Array.from({ length: MANY }, (_, nth) => `x${nth}.test`);
  const passed = { dkim: signers, spf: undefined };
  await quick('signers', () => checkDmarc(['x.test'], passed, names(record)));
  await quick('authors', () => checkDmarc(signers, passed, names(record)));
  await quick('records', () => checkDmarc(['x.test'], passed, names(...Array<string>(MANY).fill(record))));
});
