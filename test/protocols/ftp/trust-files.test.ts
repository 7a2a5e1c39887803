/** Trust cases of files (trust.md section 7), as an FTP client meets them. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { filePath } from '../../../src/kit/file-path.ts';
import { homes } from '../../../src/stores/wrap/files/homes.ts';
import { ownUploads } from '../../../src/stores/wrap/files/own-uploads.ts';
import { quotas } from '../../../src/stores/wrap/files/quota.ts';
import { rights } from '../../../src/stores/wrap/files/rights.ts';
import { parseRights } from '../../../src/stores/wrap/files/rights-file.ts';
import { diskPlace } from '../../stores/disk/place.ts';
import { Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };

test('PA-08 a rule on /Admin: no other way to write it gains anything, by any command', LIMIT, async () => {
  const rules = parseRights('ann / all\nann /Admin none\nann /caf\u00e9 none\n');
  await using stage = await Stage.open({ wraps: [rights(() => rules)] });
  const names = ['Admin', 'admin', 'ADMIN', '\uff21dmin', 'caf\u00e9', 'cafe\u0301', 'CAF\u00c9'];
  for (const name of names) await stage.put(`${name}/key`, 'secret');
  const client = await stage.login('ann');
  for (const name of names) {
    for (const command of ['CWD', 'SIZE', 'MLST', 'MDTM', 'HASH', 'DELE', 'RNFR', 'STAT']) {
      const path = command === 'CWD' ? name : `${name}/key`;
      assert.equal(await client.code(`${command} ${path}`), 550, `${command} ${path}`);
    }
    assert.match((await client.get(`RETR ${name}/key`)).reply, /^550/);
    assert.match((await client.get(`MLSD ${name}`)).reply, /^550/);
    assert.match(await client.put(`STOR ${name}/new`, 'x'), /^55[03]/);
    // As it is written, octet by octet: `%61` is no `a` here.
    assert.equal(await client.code(`SIZE ${name.replace(/^[Aa]/, '%61')}/key`), 550);
  }
  assert.equal((await client.get('NLST')).content, '');
});

for (const user of ['../admin', 'a/b', '%', '..', '.ssh', 'a\\b', 'x'.repeat(4000)]) {
  test(`PA-10 USER ${user.slice(0, 12)} gets no home, and nothing of anybody else's`, LIMIT, async () => {
    await using stage = await Stage.open({ wraps: [homes('home/{user}', true)] });
    await stage.put('home/admin/key', 'secret');
    await stage.put('key', 'secret');
    const client = await stage.login(user);
    for (const command of ['SIZE key', 'MLST', 'CWD /', 'MKD new', 'STAT /']) {
      assert.equal(await client.code(command), 550, command);
    }
    assert.match((await client.get('NLST')).reply, /^550/);
    assert.match(await client.put('STOR new', 'x'), /^550/);
    assert.equal(await stage.content('home/new'), undefined);
  });
}

test('PA-13 a directory renamed by one while another uploads into it: it lands there, or fails', LIMIT, async () => {
  await using place = await diskPlace({ durability: 'process' });
  await using stage = await Stage.open({ tree: place.tree, wraps: [ownUploads()] });
  await place.tree.makeDir!(filePath(['a']));
  const [ann, bob] = [await stage.login('ann'), await stage.login('bob')];
  const data = (await ann.passive()) as Socket;
  assert.equal(await ann.code('STOR a/file'), 150);
  data.write('head ');
  while (!(await ann.ask('STAT')).includes(': 5 octets so far')) assert.ok(!data.destroyed);
  assert.equal(await bob.code('RNFR a'), 350);
  assert.equal(await bob.code('RNTO b'), 250);
  assert.equal(await bob.code('MKD a'), 257);
  data.end('tail');
  assert.equal(await ann.reply(), '226 stored');
  assert.equal(await bob.code('SIZE a/file'), 550);
  assert.equal((await bob.get('RETR b/file')).content, 'head tail');
});

test(
  'a quota that is used up in the middle of an upload: 552, nothing under the name, nothing kept, all of it free again',
  LIMIT,
  async () => {
    const limits = { bytes: 100_000, files: Number.POSITIVE_INFINITY };
    await using stage = await Stage.open({ wraps: [quotas(limits), ownUploads()] });
    const client = await stage.login('ann');
    assert.equal(await client.put('STOR first', 'x'.repeat(60_000)), '226 stored');
    const data = (await client.passive()) as Socket;
    data.on('error', () => {});
    assert.equal(await client.code('STOR second'), 150);
    data.write('y'.repeat(30_000));
    while (!(await client.ask('STAT')).includes(': 30000 octets so far')) assert.ok(!data.destroyed);
    data.write('y'.repeat(30_000));
    assert.equal(await client.reply(), '552 the quota is used up');
    for (const command of ['SIZE second', 'MLST second', 'DELE second']) {
      assert.equal(await client.code(command), 550, command);
    }
    assert.equal(await stage.content('second'), undefined);
    // Announced, it is refused before the first octet.
    await client.ask('ALLO 40001');
    assert.match(await client.put('STOR second', 'z'.repeat(40_001)), /^552/);
    assert.equal(await client.put('STOR second', 'z'.repeat(40_000)), '226 stored');
  },
);
