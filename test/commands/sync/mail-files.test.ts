/** Maildir, mbox and .eml as ends of a sync: export, import, and both again. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MailFilesFormat } from '../../../src/contracts/store.ts';
import { message } from '../../conformance/harness.ts';
import { add, contents, filesEnd, fill, memoryEnd, type Scene, scene, synced } from './mail-stage.ts';

const FORMATS: readonly [MailFilesFormat, keepsFlags: boolean][] = [
  ['maildir', true],
  ['mbox', false],
  ['eml', false],
];

/** From here into files at `where`, and from there into a new store. */
async function throughFiles(it: Scene, where: string, format?: MailFilesFormat) {
  await using files = await filesEnd(where, format);
  const out = await synced({ from: it.from, to: files }, join(it.home, 'out'));
  return out.summary;
}

for (const [format, keepsFlags] of FORMATS) {
  test(`sync mail: ${format} there and back, a second run does nothing`, async () => {
    await using it = await scene();
    await fill(it.from.mail);
    await add(
      it.from.mail,
      'INBOX',
      Buffer.from('Subject: edge\r\n\r\nFrom me\r\n>From you\r\n\r\nFrom x Mon Jan  1 00:00:00 2024\r\n\r\n'),
    );
    const where = join(it.home, 'mail');
    assert.equal((await throughFiles(it, where, format)).copied, 16);
    const again = await throughFiles(it, where);
    assert.deepEqual([again.copied, again.flagged, again.same], [0, 0, 16]);
    await using files = await filesEnd(where);
    const back = await memoryEnd('back@x.test');
    assert.equal((await synced({ from: files, to: back }, join(it.home, 'in'))).summary.copied, 16);
    const third = (await synced({ from: files, to: back }, join(it.home, 'in'))).summary;
    assert.deepEqual([third.copied, third.flagged, third.same], [0, 0, 16]);
    const how = keepsFlags ? {} : { flags: false as const };
    assert.deepEqual(await contents(back.mail, how), await contents(it.from.mail, how));
  });
}

test('CL-02 sync mail: names of a foreign server lead to nothing outside of the directory', async () => {
  const names = ['../../etc/passwd', 'a/../../b', '/abs', '.ssh', 'cur', 'new/tmp', 'x:y*', 'dot.ted', '%2E'];
  for (const format of ['maildir', 'mbox', 'eml'] as const) {
    await using it = await scene();
    const where = join(it.home, 'in', 'mail');
    mkdirSync(join(it.home, 'in'));
    await using files = await filesEnd(where, format);
    for (const name of names) {
      const made = await files.mail.create!(name).then(
        () => true,
        () => false,
      );
      if (!made) continue;
      await add(files.mail, name, 'x');
      assert.ok(
        (await files.mail.mailboxes()).some((box) => box.name === name),
        `${format} ${name}`,
      );
    }
    assert.deepEqual(readdirSync(join(it.home, 'in')), ['mail']);
    assert.deepEqual(readdirSync(it.home), ['in']);
  }
});

test('maildir: what other programs wrote is read, never renamed, and known again without uids', async () => {
  await using it = await scene();
  const where = join(it.home, 'mail');
  const box = join(where, 'INBOX');
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(box, part), { recursive: true });
  writeFileSync(join(box, 'cur', '1700000000.1.host:2,FSab'), message('one').toString().replaceAll('\r\n', '\n'));
  writeFileSync(join(box, 'new', '1700000001.2.host'), message('two'));
  writeFileSync(join(box, 'tmp', '1700000002.3.host'), 'not yet');
  const before = readdirSync(box, { recursive: true }).sort();
  for (const copied of [2, 0]) {
    await using files = await filesEnd(where);
    const { summary } = await synced({ from: files, to: it.to }, join(it.home, 'in'));
    assert.equal(summary.copied, copied);
  }
  assert.deepEqual(readdirSync(box, { recursive: true }).sort(), before);
  const [one] = await it.to.mail.list('INBOX');
  assert.deepEqual([...one!.flags].sort(), ['\\Flagged', '\\Seen']);
  assert.equal(one!.size, message('one').length);
});

test('maildir: Maildir++ is read and written as it stands', async () => {
  await using it = await scene();
  await fill(it.from.mail, 2);
  const where = join(it.home, 'mail');
  for (const part of ['cur', 'new', 'tmp', '.Old.2019/cur', '.Old.2019/new'])
    mkdirSync(join(where, part), { recursive: true });
  writeFileSync(join(where, '.Old.2019', 'new', '1.a.b'), message('old'));
  assert.equal((await throughFiles(it, where)).copied, 6);
  assert.ok(readdirSync(where).includes('.Work.2026 &AOQ-'), 'as IMAP writes it');
  await using files = await filesEnd(where);
  const names = (await files.mail.mailboxes()).map(({ name }) => name);
  assert.deepEqual(names, ['INBOX', 'Empty', 'Old/2019', 'Sent', 'Work/2026 ä']);
});

test('maildir: Maildir++ in UTF-8 stays so, and an & that means nothing is one', async () => {
  await using it = await scene();
  await it.from.mail.create!('Work/2026 ä');
  await it.from.mail.create!('R&D');
  await add(it.from.mail, 'Work/2026 ä', 'new', []);
  const where = join(it.home, 'mail');
  for (const folder of ['.', '.Work.2026 ä', '.A&B'])
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(where, folder, part), { recursive: true });
  assert.equal((await throughFiles(it, where)).copied, 1);
  assert.deepEqual(
    readdirSync(where)
      .filter((name) => name.startsWith('.'))
      .sort(),
    ['.A&B', '.R&-D', '.Work.2026 ä'],
  );
  await using files = await filesEnd(where);
  const names = (await files.mail.mailboxes()).map(({ name }) => name);
  assert.deepEqual(names, ['INBOX', 'A&B', 'R&D', 'Work/2026 ä']);
});

test('maildir: flags that another program changed meanwhile, and we, end in one file', async () => {
  await using it = await scene();
  const where = join(it.home, 'mail');
  await add(it.from.mail, 'INBOX', 'a', ['\\Seen']);
  await throughFiles(it, where, 'maildir');
  const cur = join(where, 'INBOX', 'cur');
  const [name = ''] = readdirSync(cur);
  renameSync(join(cur, name), join(cur, name.replace(/:2,.*/, ':2,FSz')));
  await it.from.mail.flag!('INBOX', [1], 'replace', ['\\Answered']);
  const { copied, flagged } = await throughFiles(it, where);
  assert.deepEqual([copied, flagged], [0, 1]);
  assert.match(readdirSync(cur).join(), /^[^,]+,S=\d+,W=\d+,U=1:2,Rz$/);
});

test('mbox: one file is one mailbox; flags of other programs are read; what was cut off is taken off', async () => {
  await using it = await scene();
  const file = join(it.home, 'export.mbox');
  await add(it.from.mail, 'INBOX', 'a');
  const from = { ...it.from, mailbox: 'INBOX' };
  const out = async () => {
    await using files = await filesEnd(file);
    return (await synced({ from, to: files }, join(it.home, 'out'))).summary.copied;
  };
  assert.equal(await out(), 1);
  const whole = readFileSync(file);
  // As a kill leaves it: our lock, and half a message behind what was whole.
  const length = String(whole.length).padStart(16, '0');
  writeFileSync(`${file}.lock`, `${'0'.repeat(8)}.999999.1 ${length}\n`);
  const { utimesSync } = await import('node:fs');
  utimesSync(`${file}.lock`, 1, 1);
  writeFileSync(file, Buffer.concat([whole, Buffer.from('From x Thu Jan  2 03:04:05 2020\nSubject: ha')]));
  await add(it.from.mail, 'INBOX', 'b');
  assert.equal(await out(), 1);
  assert.equal(await out(), 0);
  const text = readFileSync(file, 'latin1');
  assert.ok(!text.includes('Subject: ha'));
  writeFileSync(file, text.replace('Subject: a\n', 'Subject: a\nStatus: RO\nX-Status: F\n'));
  await using files = await filesEnd(file);
  const [first] = await files.mail.list('INBOX');
  assert.deepEqual([...first!.flags].sort(), ['\\Flagged', '\\Seen']);
});

test('eml: a flat directory of messages is an inbox', async () => {
  await using it = await scene();
  const where = join(it.home, 'mail');
  mkdirSync(where);
  writeFileSync(join(where, 'hello.eml'), message('hello'));
  writeFileSync(join(where, 'notes.txt'), 'no mail');
  await using files = await filesEnd(where);
  assert.equal((await synced({ from: files, to: it.to }, join(it.home, 'in'))).summary.copied, 1);
  assert.equal((await it.to.mail.list('INBOX'))[0]?.headers.subject, 'hello');
});
