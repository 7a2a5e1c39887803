import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireTaking } from '../../../src/commands/places/mail-end.ts';
import { createFilter } from '../../../src/commands/sync/filter.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { fails, message } from '../../conformance/harness.ts';
import { add, contents, fill, memoryEnd, type Synced, scene } from './mail-stage.ts';

const counts = ({ summary }: Synced) => ({
  copied: summary.copied,
  flagged: summary.flagged,
  same: summary.same,
  removed: summary.removed,
});
const NOTHING = { copied: 0, flagged: 0, removed: 0 };

test('sync mail: all mailboxes, octets, flags, dates, uses, subscriptions; a second run does nothing', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  const first = await it.sync();
  assert.deepEqual(counts(first), { ...NOTHING, copied: 15, same: 0 });
  assert.deepEqual(await contents(it.to.mail), await contents(it.from.mail));
  const sent = (await it.to.mail.mailboxes()).find(({ name }) => name === 'Sent');
  assert.deepEqual([sent?.use, sent?.subscribed], [['\\Sent'], true]);
  const second = await it.sync();
  assert.deepEqual(counts(second), { ...NOTHING, same: 15 });
  assert.deepEqual(second.steps, []);
});

test('sync mail: a place that takes nothing says so before anything is read, and what to do', async () => {
  requireTaking(await memoryEnd('a@x.test'));
  const { mail } = await memoryEnd('*');
  const end = { ...(await memoryEnd('a@x.test')), mail, shown: 'cs://dev/mail', hint: '--user ADDRESS' };
  assert.throws(() => requireTaking(end), {
    code: 'CS_UNSUPPORTED',
    message: 'cs://dev/mail takes no messages',
    hint: '--user ADDRESS',
  });
});

test('sync mail: where nothing is remembered, messages are known by what they say', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  await add(it.from.mail, 'INBOX', Buffer.from('Subject: no id\r\n\r\nx\r\n'));
  await it.sync();
  const again = await it.sync({ states: 'others' });
  assert.deepEqual(counts(again), { ...NOTHING, same: 16 });
});

test('sync mail: a message that is there twice arrives twice, and not three times', async () => {
  await using it = await scene();
  for (let at = 0; at < 3; at++) await add(it.from.mail, 'INBOX', 'same');
  await add(it.to.mail, 'INBOX', 'same');
  assert.deepEqual(counts(await it.sync()), { ...NOTHING, copied: 2, same: 1 });
  assert.deepEqual(counts(await it.sync({ states: 'others' })), { ...NOTHING, same: 3 });
  assert.deepEqual(await contents(it.to.mail), await contents(it.from.mail));
});

test('sync mail: flags follow the source, new messages come, what was lost in the target comes again', async () => {
  await using it = await scene();
  const { mail } = it.from;
  for (const name of ['a', 'b', 'c']) await add(mail, 'INBOX', name, ['\\Seen']);
  await it.sync();
  await mail.flag!('INBOX', [1], 'replace', ['\\Flagged', 'Work']);
  await it.to.mail.remove('INBOX', [2]);
  await add(mail, 'INBOX', 'd');
  assert.deepEqual(counts(await it.sync()), { ...NOTHING, copied: 2, flagged: 1, same: 2 });
  assert.deepEqual(await contents(it.to.mail), await contents(mail));
});

test('sync mail: what only the target has stays, unless it is to go', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  await it.sync();
  await it.from.mail.remove('INBOX', [1, 2]);
  await it.from.mail.drop!('Sent');
  await add(it.to.mail, 'INBOX', 'own');
  assert.deepEqual(counts(await it.sync()), { ...NOTHING, same: 8 });
  await fails('CS_LIMIT', () => it.sync({ removes: 7 }));
  const gone = await it.sync({ removes: 8 });
  assert.deepEqual([gone.summary.removed, gone.summary.dropped], [3, 1]);
  assert.deepEqual(await contents(it.to.mail), await contents(it.from.mail));
});

test('sync mail: nothing is removed when not all of the source could be read', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  await it.sync();
  await add(it.to.mail, 'INBOX', 'own');
  const broken = {
    ...it.from,
    mail: { ...bound(it.from.mail), open: undefined, list: refuse('Sent', it.from.mail.list.bind(it.from.mail)) },
  };
  const result = await it.sync({ from: broken as never, removes: 100 });
  assert.equal(result.summary.removed, 0);
  assert.equal(result.summary.failed, 1);
  assert.match(result.warnings.at(-1)!, /nothing is removed/);
});

test('sync mail: another mailbox under the name is another mailbox', async () => {
  await using it = await scene();
  await it.from.mail.create!('Box');
  await add(it.from.mail, 'Box', 'a');
  await it.sync();
  await it.to.mail.drop!('Box');
  await it.to.mail.create!('Box');
  await add(it.to.mail, 'Box', 'other');
  assert.equal((await it.sync()).summary.copied, 1);
  assert.equal((await it.to.mail.list('Box')).length, 2);
});

test('sync mail: cut off after any message, a second run copies the rest and nothing twice', async () => {
  for (const after of [0, 1, 4]) {
    await using it = await scene();
    await fill(it.from.mail);
    const { append } = it.to.mail;
    let left = after;
    const cut = async (mailbox: string, how: object) => {
      if (left-- <= 0) throw new CsError('CS_CANNOT_CONNECT', 'gone');
      return append!.call(it.to.mail, mailbox, how);
    };
    const broken = { ...it.to, mail: { ...bound(it.to.mail), append: cut, commitAll: undefined } };
    await it.sync({ to: broken as never }).catch(() => {});
    await it.sync();
    assert.deepEqual(await contents(it.to.mail), await contents(it.from.mail));
  }
});

test('sync mail: a temporary failure is tried again, as often as it was said', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  let left = 1;
  const flaky = async (mailbox: string) => {
    if (left-- > 0) throw new CsError('CS_PEER_TEMPORARY', 'not now');
    return it.from.mail.open!(mailbox);
  };
  const from = { ...it.from, mail: { ...bound(it.from.mail), open: flaky } };
  assert.deepEqual(counts(await it.sync({ from: from as never, retries: 1 })), { ...NOTHING, copied: 15, same: 0 });
});

test('sync mail: a message that the target refuses does not keep the others', async () => {
  await using it = await scene();
  for (const name of ['a', 'bad', 'c']) await add(it.from.mail, 'INBOX', name);
  const refuses = async () => {
    throw new CsError('CS_PEER_REFUSED', 'all of them no');
  };
  const append = async (mailbox: string, how: object) => {
    const draft = await it.to.mail.append!(mailbox, how);
    let bad = false;
    return {
      write: (chunk: Uint8Array) => {
        bad ||= Buffer.from(chunk).includes('Subject: bad');
        return draft.write(chunk);
      },
      commit: () => (bad ? Promise.reject(new CsError('CS_PEER_REFUSED', 'not this one')) : draft.commit()),
      abort: () => draft.abort(),
    };
  };
  const to = { ...it.to, mail: { ...bound(it.to.mail), append, commitAll: refuses } };
  const { summary, steps } = await it.sync({ to: to as never });
  assert.deepEqual([summary.copied, summary.failed], [2, 1]);
  assert.deepEqual(
    steps.filter(({ action }) => action === 'failed').map(({ uid, mailbox }) => [mailbox, uid]),
    [['INBOX', 2]],
  );
});

test('sync mail: --dry-run says all of it and changes nothing', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  const before = await contents(it.to.mail);
  const { steps } = await it.sync({ dryRun: true, removes: 10 });
  assert.deepEqual(await contents(it.to.mail), before);
  assert.equal(steps.filter(({ action }) => action === 'copied').length, 15);
  assert.equal(steps.filter(({ action }) => action === 'created').length, 3);
  assert.ok(steps.every(({ schema }) => schema === 'cs.plan/1'));
  assert.deepEqual(readdirSync(it.home), []);
});

test('sync mail: mailboxes are chosen by patterns, one goes to one, several go below one', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  await it.sync({ filter: createFilter(['Work/*', 'Empty'], []) });
  const names = async () => (await it.to.mail.mailboxes()).map(({ name }) => name).sort();
  assert.deepEqual(await names(), ['INBOX', 'Sent']);
  await it.sync({ from: { ...it.from, mailbox: 'Sent' }, to: { ...it.to, mailbox: 'Old' } });
  assert.equal((await it.to.mail.list('Old')).length, 5);
  await it.sync({ to: { ...it.to, mailbox: 'Copy' } });
  assert.equal((await it.to.mail.list('Copy/Work/2026 ä')).length, 5);
  await fails('CS_NOT_FOUND', () => it.sync({ from: { ...it.from, mailbox: 'Nowhere' } }));
});

test('sync mail: a flag that the target does not keep is tried once', async () => {
  await using it = await scene();
  await add(it.from.mail, 'INBOX', 'a', ['\\Seen', 'Work']);
  let tries = 0;
  const flag = async (mailbox: string, uids: number[], change: 'replace', flags: string[]) => {
    tries += 1;
    return it.to.mail.flag!(
      mailbox,
      uids,
      change,
      flags.filter((one) => one.startsWith('\\')),
    );
  };
  const append = (mailbox: string, how: { flags: string[] }) =>
    it.to.mail.append!(mailbox, { ...how, flags: how.flags.filter((one) => one.startsWith('\\')) });
  const changed = { ...bound(it.to.mail), flag: forced(flag), append };
  const to = { ...it.to, mail: changed } as never;
  for (let run = 0; run < 3; run++) await it.sync({ to });
  assert.equal(tries, 1);
});

test('sync mail: two runs over the same mailboxes at once: the second says so', async () => {
  await using it = await scene();
  await add(it.from.mail, 'INBOX', 'a');
  await it.sync();
  const states = join(it.home, 'states');
  const [name = ''] = readdirSync(states);
  writeFileSync(join(states, `${name}.lock`), String(process.ppid));
  await fails('CS_LOCKED', () => it.sync());
  writeFileSync(join(states, `${name}.lock`), '999999999');
  assert.equal((await it.sync()).summary.same, 1);
});

test('sync mail: a state that was cut, or is nonsense, costs time and no message', async () => {
  await using it = await scene();
  await fill(it.from.mail);
  await it.sync();
  const states = join(it.home, 'states');
  for (const name of readdirSync(states)) {
    const text = readFileSync(join(states, name), 'utf8');
    for (const cut of [text.length - 1, text.length - 3, 20, 0]) {
      writeFileSync(join(states, name), text.slice(0, cut));
      assert.deepEqual(counts(await it.sync()), { ...NOTHING, same: 15 });
    }
    writeFileSync(join(states, name), `${text}nonsense\n99 99\n`);
    assert.deepEqual(counts(await it.sync()), { ...NOTHING, same: 15 });
  }
});

test('sync mail: a message that the source lists and does not hand out is a failure, one that is gone is none', async () => {
  await using it = await scene();
  for (const name of ['a', 'b', 'c']) await add(it.from.mail, 'INBOX', name);
  const scan = async function* (...[mailbox, uids, wish]: Parameters<NonNullable<typeof it.from.mail.scan>>) {
    for await (const batch of it.from.mail.scan!(mailbox, uids, wish)) yield batch.filter(({ uid }) => uid !== 2);
  };
  const from = { ...it.from, mail: { ...bound(it.from.mail), scan } };
  const { summary } = await it.sync({ from: from as never });
  assert.deepEqual([summary.copied, summary.failed], [2, 1]);
  await it.from.mail.remove('INBOX', [2]);
  assert.equal((await it.sync({ from: from as never })).summary.failed, 0);
});

test('sync mail: numbers of a source that has no lasting ones are not remembered', async () => {
  await using it = await scene();
  const { mail } = it.from;
  for (const name of ['a', 'b', 'c']) await add(mail, 'INBOX', name);
  const renumbered = async () => {
    const entries = await mail.list('INBOX');
    const uid = (number: number) => entries[number - 1]!.uid;
    const all = entries.map((entry, at) => ({ ...entry, uid: at + 1 }));
    const list = async (_box: string, uids?: readonly number[]) => all.filter((one) => uids?.includes(one.uid) ?? true);
    const read = (mailbox: string, number: number) => mail.read(mailbox, uid(number));
    const mailboxes = async () => (await mail.mailboxes()).map((box) => ({ ...box, uidValidity: 0 }));
    return { ...it.from, mail: { mailboxes, list, read, remove: async () => 0 } };
  };
  await it.sync({ from: await renumbered() });
  await mail.remove('INBOX', [1]);
  await add(mail, 'INBOX', 'd');
  assert.deepEqual(counts(await it.sync({ from: await renumbered() })), { ...NOTHING, copied: 1, same: 2 });
  assert.deepEqual(counts(await it.sync({ from: await renumbered() })), { ...NOTHING, same: 3 });
});

test('sync mail: what a cut run had handed over may still arrive, and is not handed over again', async () => {
  await using it = await scene();
  for (const name of ['a', 'b', 'c']) await add(it.from.mail, 'INBOX', name);
  const late: { write: (chunk: Uint8Array) => unknown; commit: () => Promise<unknown> }[] = [];
  const append = async (mailbox: string, how: object) => {
    const draft = await it.to.mail.append!(mailbox, how);
    late.push(draft);
    const commit = () => Promise.reject(new CsError('CS_UNKNOWN_OUTCOME', 'the connection broke'));
    return { write: (chunk: Uint8Array) => draft.write(chunk), abort: async () => {}, commit };
  };
  const cut = { ...it.to, mail: { ...bound(it.to.mail), append, commitAll: undefined } };
  await it.sync({ to: cut as never }).catch(() => {});
  assert.equal(late.length, 1);
  let looks = 0;
  const open = async (mailbox: string) => {
    looks += 1;
    // The server stores it when the next run has looked already.
    if (looks === 3) for (const draft of late.splice(0)) await draft.commit();
    return it.to.mail.open!(mailbox);
  };
  const slow = { ...it.to, mail: { ...bound(it.to.mail), open } };
  assert.deepEqual(counts(await it.sync({ to: slow as never })), { ...NOTHING, copied: 2, same: 1 });
  assert.equal((await it.to.mail.list('INBOX')).length, 3);
  assert.deepEqual(counts(await it.sync()), { ...NOTHING, same: 3 });
});

test('sync mail: large messages go over as they are', async () => {
  await using it = await scene();
  const body = Buffer.concat([message('big'), Buffer.alloc(3_000_000, 'line\r\n')]);
  await add(it.from.mail, 'INBOX', body);
  await it.sync();
  assert.deepEqual(await contents(it.to.mail), await contents(it.from.mail));
});

/** A store whose methods can be taken apart. */
function bound<T extends object>(mail: T): T {
  const all: Record<string, unknown> = {};
  for (let at: object | null = mail; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const value = (mail as Record<string, unknown>)[name];
      if (!(name in all)) all[name] = typeof value === 'function' ? value.bind(mail) : value;
    }
  }
  return all as T;
}

function refuse<A extends unknown[], R>(name: string, work: (...args: A) => Promise<R>) {
  return (...args: A): Promise<R> =>
    args[0] === name ? Promise.reject(new CsError('CS_PEER_REFUSED', 'not this one')) : work(...args);
}

/** Says of every message what its flags are now, as servers do. */
function forced<A extends unknown[]>(flag: (...args: A) => Promise<{ changed: readonly unknown[] }>) {
  return async (...args: A) => {
    const result = await flag(...args);
    const [, uids] = args as unknown as [string, number[]];
    return result.changed.length > 0
      ? result
      : { changed: uids.map((uid) => ({ uid, flags: ['\\Seen'], modseq: 0 })), refused: [] };
  };
}
