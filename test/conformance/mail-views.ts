/** The members of `MailStore` that IMAP stands on, where a store has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mailbox, MailDraft, MailStore } from '../../src/contracts/mail.ts';
import { deliver, fails, type Make, message, whole } from './harness.ts';

type Whole = Required<MailStore>;

/** @param having the members that this one must have; a case that needs another is not run */
export function mailViewSuite(name: string, make: Make, having: readonly (keyof MailStore)[] = ALL): void {
  const check = (what: string, needs: readonly (keyof MailStore)[], body: Body): void => {
    if (needs.some((member) => !having.includes(member))) return;
    test(`${name}: ${what}`, { timeout: 120_000 }, async () => {
      const subject = await make();
      try {
        const mail = (await subject.store.mail.of('ann@x.test')) as Whole;
        const give = async (...subjects: string[]): Promise<void> => {
          for (const one of subjects) await deliver(subject.store.delivery, message(one), ['ann@x.test']);
        };
        await body(mail, give, subject);
      } finally {
        await subject.close();
      }
    });
  };

  check('a view holds uids, modseqs and flags of one moment', ['open', 'flag'], async (mail, give) => {
    await give('a', 'b', 'c', 'd');
    await mail.remove('INBOX', [2]);
    await mail.flag('INBOX', [3, 4], 'add', ['\\Seen', 'Work']);
    const view = await mail.open('inbox');
    assert.deepEqual([...view.uids], [1, 3, 4]);
    assert.deepEqual(flagsOf(view), [[], ['\\Seen', 'Work'], ['\\Seen', 'Work']]);
    const entries = await mail.list('INBOX');
    assert.deepEqual(
      [...view.modseqs],
      entries.map(({ modseq }) => modseq),
    );
    assert.deepEqual(view.mailbox, (await mail.mailboxes())[0]);
    assert.deepEqual([view.mailbox.messages, view.mailbox.uidNext, view.mailbox.unseen], [3, 5, 1]);
    await fails('CS_NOT_FOUND', () => mail.open('nowhere'));
  });

  check('changes tell what came, changed and went after a modseq', ['open', 'changes', 'flag'], async (mail, give) => {
    await give('a', 'b', 'c');
    const { mailbox } = await mail.open('INBOX');
    const since = mailbox.highestModseq;
    assert.deepEqual(await mail.changes('INBOX', since), { mailbox, changed: [], vanished: [], complete: true });
    await give('d', 'e');
    await mail.flag('INBOX', [1], 'add', ['\\Flagged']);
    await mail.remove('INBOX', [2, 5]);
    const { changed, vanished, complete, mailbox: now } = await mail.changes('INBOX', since);
    assert.deepEqual(
      changed.map(({ uid, flags }) => [uid, flags]),
      [
        [1, ['\\Flagged']],
        [4, []],
      ],
    );
    assert.deepEqual([vanished, complete], [[2, 5], true]);
    assert.ok(changed.every(({ modseq }) => modseq > since && modseq <= now.highestModseq));
    assert.deepEqual((await mail.changes('INBOX', now.highestModseq)).vanished, []);
    assert.ok(now.highestModseq > changed.at(-1)!.modseq, 'an expunge takes the next modseq too');
  });

  check('unchangedSince refuses what changed meanwhile and nothing else', ['flag', 'open'], async (mail, give) => {
    await give('a', 'b', 'c');
    const since = (await mail.open('INBOX')).mailbox.highestModseq;
    await mail.flag('INBOX', [2], 'add', ['one']);
    const result = await mail.flag('INBOX', [3, 2, 1, 9], 'add', ['two'], { unchangedSince: since });
    assert.deepEqual(result.refused, [2]);
    assert.deepEqual(
      result.changed.map(({ uid, flags }) => [uid, flags]),
      [
        [1, ['two']],
        [3, ['two']],
      ],
    );
    assert.ok(result.changed.every(({ modseq }) => modseq > since));
    const before = (await mail.open('INBOX')).mailbox.highestModseq;
    assert.deepEqual(await mail.flag('INBOX', [1], 'add', ['two']), { changed: [], refused: [] });
    assert.deepEqual((await mail.flag('INBOX', [1], 'add', ['x'], { unchangedSince: 0 })).refused, [1]);
    assert.equal((await mail.open('INBOX')).mailbox.highestModseq, before, 'nothing changed, so no new modseq');
  });

  check('copy and move say what became of each uid', ['copy', 'move', 'create', 'flag'], async (mail, give) => {
    await give('a', 'b', 'c');
    await mail.create('Box');
    await mail.flag('INBOX', [3], 'add', ['\\Seen']);
    const validity = named(await mail.mailboxes(), 'Box').uidValidity;
    assert.deepEqual(await mail.copy('INBOX', [3, 1, 7], 'Box'), { uidValidity: validity, from: [1, 3], to: [1, 2] });
    assert.deepEqual(await mail.move('INBOX', [2, 3], 'Box'), { uidValidity: validity, from: [2, 3], to: [3, 4] });
    const box = await mail.list('Box');
    assert.deepEqual(
      box.map(({ headers, flags }) => [headers.subject, flags]),
      [
        ['a', []],
        ['c', ['\\Seen']],
        ['b', []],
        ['c', ['\\Seen']],
      ],
    );
    assert.deepEqual(await whole(mail.read('Box', 4)), message('c'));
    assert.deepEqual(await uidsOf(mail, 'INBOX'), [1]);
    const moved = await mail.move('Box', [1], 'Box');
    assert.deepEqual([moved.from, moved.to], [[1], [5]]);
    for (const to of ['nowhere', 'Box/x']) {
      await fails('CS_NOT_FOUND', () => mail.move('INBOX', [1], to));
      await fails('CS_NOT_FOUND', () => mail.copy('INBOX', [1], to));
    }
    assert.deepEqual(await uidsOf(mail, 'INBOX'), [1]);
    assert.deepEqual(
      [named(await mail.mailboxes(), 'Box').messages, named(await mail.mailboxes(), 'Box').unseen],
      [4, 2],
    );
  });

  check('an appended message has its uid in the receipt', ['append', 'create'], async (mail, give) => {
    await give('a');
    const draft = await mail.append('INBOX', { flags: ['\\Draft'], receivedAt: '2020-01-01T00:00:00.000Z' });
    await draft.write(message('b'));
    const receipt = await draft.commit();
    const validity = named(await mail.mailboxes(), 'INBOX').uidValidity;
    assert.deepEqual([receipt.uid, receipt.uidValidity, receipt.size], [2, validity, message('b').length]);
    assert.equal((await mail.list('INBOX', [2]))[0]?.id, receipt.id);
    await fails('CS_NOT_FOUND', async () => mail.append('nowhere'));
  });

  check(
    'drafts that are committed together are there together or not at all',
    ['commitAll', 'create'],
    async (mail) => {
      await mail.create('Box');
      const drafts = [];
      for (const [n, box] of ['INBOX', 'Box', 'Box'].entries()) {
        const draft = await mail.append(box, {});
        await draft.write(message(`m${n}`, n === 2 ? 'x'.repeat(300_000) : 'short'));
        drafts.push(draft);
      }
      const receipts = await mail.commitAll(drafts);
      assert.deepEqual(
        receipts.map(({ uid }) => uid),
        [1, 1, 2],
      );
      assert.equal(new Set(receipts.map(({ id }) => id)).size, 3);
      assert.equal((await whole(mail.read('Box', 2))).length, message('m2', 'x'.repeat(300_000)).length);
      await mail.create('Gone');
      const some = [await mail.append('INBOX'), await mail.append('Gone')];
      for (const draft of some) await draft.write(message('n'));
      await mail.drop('Gone');
      await fails('CS_NOT_FOUND', () => mail.commitAll(some));
      assert.deepEqual(await uidsOf(mail, 'INBOX'), [1]);
      assert.deepEqual(await mail.commitAll([]), []);
    },
  );

  check('a renamed mailbox keeps uidValidity, uids and children', ['rename', 'create', 'copy'], async (mail, give) => {
    await give('a', 'b');
    for (const box of ['A', 'A/B', 'A/B/C', 'Ax', 'D']) await mail.create(box);
    await mail.copy('INBOX', [1, 2], 'A/B');
    const before = named(await mail.mailboxes(), 'A/B');
    await mail.rename('A', 'Z/Y');
    const names = (await mail.mailboxes()).map(({ name: one }) => one).sort();
    assert.deepEqual(names, ['Ax', 'D', 'INBOX', 'Z/Y', 'Z/Y/B', 'Z/Y/B/C']);
    assert.deepEqual(named(await mail.mailboxes(), 'Z/Y/B'), { ...before, name: 'Z/Y/B' });
    assert.deepEqual(await uidsOf(mail, 'Z/Y/B'), [1, 2]);
    await fails('CS_EXISTS', () => mail.rename('D', 'Ax'));
    await fails('CS_EXISTS', () => mail.rename('D', 'D'));
    await fails('CS_EXISTS', () => mail.rename('D', 'inbox'));
    await fails('CS_INPUT', () => mail.rename('Z/Y', 'Z/Y/child'));
    await fails('CS_INPUT', () => mail.rename('D', 'a//b'));
    await fails('CS_NOT_FOUND', () => mail.rename('A', 'Q'));
    await mail.create('A');
    assert.notEqual(named(await mail.mailboxes(), 'A').uidValidity, before.uidValidity);
  });

  check(
    'ids stay: of a mailbox when it is renamed, of a message when it is copied',
    ['rename', 'create', 'copy', 'drop'],
    async (mail, give) => {
      if (mail.era === undefined) return;
      assert.match(mail.era, /^[a-z0-9]+$/i);
      const ids = async (): Promise<Map<string, string | undefined>> =>
        new Map((await mail.mailboxes()).map(({ name, id }) => [name, id]));
      await give('a');
      await mail.create('Box');
      await mail.copy('INBOX', [1], 'Box');
      const before = await ids();
      assert.equal((await mail.open('Box')).mailbox.id, before.get('Box'));
      await mail.rename('Box', 'Other');
      await mail.create('Box');
      const after = await ids();
      assert.equal(after.get('Other'), before.get('Box'));
      assert.equal(after.get('INBOX'), before.get('INBOX'));
      assert.equal(new Set(after.values()).size, 3);
      assert.ok([...after.values()].every((id) => id !== undefined && /^[A-Za-z0-9]+$/.test(id)));
      await mail.drop('Box');
      await mail.create('Box');
      assert.ok(![...after.values()].includes((await ids()).get('Box')));
      assert.equal((await mail.list('Other'))[0]!.id, (await mail.list('INBOX'))[0]!.id);
    },
  );

  check(
    'a message takes the place of another in one step, or nothing happens',
    ['replace', 'append', 'changes'],
    async (mail, give) => {
      await give('a', 'b');
      const { mailbox } = await mail.open('INBOX');
      const drafted = async (text: string, into = 'INBOX'): Promise<MailDraft> => {
        const draft = await mail.append(into, { flags: ['\\Draft'] });
        await draft.write(message(text));
        return draft;
      };
      const { uid, uidValidity, id } = await mail.replace('INBOX', 1, await drafted('c'));
      assert.deepEqual([uid, uidValidity], [3, mailbox.uidValidity]);
      const { changed, vanished } = await mail.changes('INBOX', mailbox.highestModseq);
      assert.deepEqual([changed.map((state) => state.uid), vanished], [[3], [1]]);
      assert.deepEqual(await whole(mail.read('INBOX', 3)), message('c'));
      assert.deepEqual((await mail.list('INBOX', [3]))[0]!.flags, ['\\Draft']);
      assert.equal((await mail.list('INBOX', [3]))[0]!.id, id);
      await mail.create('Box');
      assert.equal((await mail.replace('INBOX', 2, await drafted('d', 'Box'))).uid, 1);
      assert.deepEqual([...(await mail.open('INBOX')).uids], [3]);
      assert.deepEqual([...(await mail.open('Box')).uids], [1]);
      const late = await drafted('e');
      await mail.remove('INBOX', [3]);
      await fails('CS_NOT_FOUND', () => mail.replace('INBOX', 3, late));
      assert.equal((await mail.open('INBOX')).mailbox.messages, 0);
      const lost = await drafted('f', 'Box');
      await give('g');
      await mail.drop('Box');
      await fails('CS_NOT_FOUND', () => mail.replace('INBOX', 4, lost));
      assert.deepEqual([...(await mail.open('INBOX')).uids], [4]);
    },
  );

  check('renaming INBOX moves its messages and leaves it empty', ['rename'], async (mail, give) => {
    await give('a', 'b');
    await mail.remove('INBOX', [1]);
    await fails('CS_INPUT', () => mail.rename('INBOX', 'bad//name'));
    await mail.rename('inbox', 'Old');
    assert.deepEqual([await uidsOf(mail, 'INBOX'), await uidsOf(mail, 'Old')], [[], [1]]);
    await give('c');
    assert.deepEqual(await uidsOf(mail, 'INBOX'), [3]);
    await fails('CS_EXISTS', () => mail.rename('INBOX', 'Old'));
  });

  check('what is subscribed is told, mailbox or not', ['subscriptions', 'subscribe', 'create'], async (mail) => {
    assert.deepEqual(await mail.subscriptions(), []);
    await mail.create('Gone');
    for (const one of ['Gone', 'never', 'inbox', 'Other']) await mail.subscribe(one, true);
    await mail.subscribe('Other', false);
    await mail.drop('Gone');
    assert.deepEqual([...(await mail.subscriptions())].sort(), ['Gone', 'INBOX', 'never']);
  });

  check('subscriptions outlive the mailbox, special uses belong to it', ['subscribe', 'create'], async (mail) => {
    await mail.create('Sent', { use: ['\\sent'] });
    await mail.create('Plain');
    await mail.subscribe('Sent', true);
    const facts = async () =>
      [...(await mail.mailboxes())].sort(byName).map(({ name: one, subscribed, use }) => [one, subscribed, use]);
    assert.deepEqual(await facts(), [
      ['INBOX', false, undefined],
      ['Plain', false, undefined],
      ['Sent', true, ['\\Sent']],
    ]);
    await mail.drop('Sent');
    await mail.create('Sent');
    assert.deepEqual((await facts()).at(-1), ['Sent', true, undefined]);
    await mail.subscribe('Sent', false);
    await mail.subscribe('inbox', true);
    assert.deepEqual(
      (await facts()).map(([, subscribed]) => subscribed),
      [true, false, false],
    );
    await fails('CS_INPUT', () => mail.create('Odd', { use: ['\\All'] }));
    await fails('CS_INPUT', () => mail.create('Odd', { use: ['\\Nonsense'] }));
    await fails('CS_INPUT', () => mail.subscribe('x\n', true));
  });

  check(
    'a watcher hears the names of what changes',
    ['watch', 'create', 'rename', 'flag', 'move'],
    async (mail, give) => {
      const stop = new AbortController();
      const heard = mail.watch(stop.signal)[Symbol.asyncIterator]();
      const hears = async (...wanted: string[]): Promise<void> => {
        const left = new Set(wanted);
        while (left.size > 0) left.delete((await heard.next()).value as string);
      };
      await give('a');
      await hears('INBOX');
      await mail.flag('INBOX', [1], 'add', ['\\Seen']);
      await hears('INBOX');
      await mail.create('Box');
      await hears('Box');
      await mail.move('INBOX', [1], 'Box');
      await hears('INBOX', 'Box');
      await mail.rename('Box', 'Other');
      await hears('Box', 'Other');
      await mail.drop('Other');
      await hears('Other');
      const waiting = heard.next();
      stop.abort();
      for (let next = await waiting; !next.done; next = await heard.next());
      assert.equal((await mail.watch(stop.signal)[Symbol.asyncIterator]().next()).done, true);
    },
  );

  check('quota tells what is used', ['quota', 'copy', 'create'], async (mail, give) => {
    await give('a', 'b');
    await mail.create('Box');
    await mail.copy('INBOX', [1], 'Box');
    const { bytes, messages } = await mail.quota();
    assert.deepEqual([bytes.used, messages.used], [3 * message('a').length, 3]);
  });

  check('the view of everything opens and tells changes', ['open', 'changes'], async (_mail, give, { store }) => {
    const star = await store.mail.of('*');
    await give('a', 'b');
    const view = await star.open!('INBOX');
    assert.deepEqual([...view.uids], [1, 2]);
    await star.remove('INBOX', [1]);
    const { vanished } = await star.changes!('INBOX', view.mailbox.highestModseq);
    assert.deepEqual(vanished, [1]);
  });
}

type Body = (
  mail: Whole,
  give: (...subjects: string[]) => Promise<void>,
  subject: Awaited<ReturnType<Make>>,
) => Promise<void>;

const ALL: readonly (keyof MailStore)[] = [
  'open',
  'changes',
  'watch',
  'append',
  'commitAll',
  'flag',
  'copy',
  'move',
  'create',
  'drop',
  'rename',
  'replace',
  'subscribe',
  'subscriptions',
  'quota',
];

export function flagsOf(view: {
  readonly flags: Uint32Array;
  readonly flagSets: readonly (readonly string[])[];
}): (readonly string[])[] {
  return [...view.flags].map((at) => view.flagSets[at]!);
}

function byName(a: Mailbox, b: Mailbox): number {
  return a.name < b.name ? -1 : 1;
}

function named(boxes: readonly Mailbox[], name: string): Mailbox {
  const found = boxes.find((box) => box.name === name);
  assert.ok(found, `no mailbox ${name}`);
  return found;
}

async function uidsOf(mail: MailStore, mailbox: string): Promise<number[]> {
  return (await mail.list(mailbox)).map(({ uid }) => uid);
}
