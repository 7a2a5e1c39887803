import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSqlite } from '../../../src/stores/embedded/sqlite.ts';
import { deliver, fails, inbox, message } from '../../conformance/harness.ts';
import { freshDir, openAt } from './subject.ts';

async function inDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await freshDir();
  try {
    await body(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('AU-10 a data directory that is a link or that others can write is refused with a hint', async () => {
  await inDir(async (dir) => {
    await mkdir(join(dir, 'real'), { mode: 0o700 });
    await symlink(join(dir, 'real'), join(dir, 'link'));
    const linked = await fails('CS_UNSAFE', () => openAt(join(dir, 'link')));
    assert.ok(linked.hint);
    for (const mode of [0o770, 0o707, 0o777]) {
      await chmod(join(dir, 'real'), mode);
      const open = await fails('CS_UNSAFE', () => openAt(join(dir, 'real')));
      assert.match(open.hint ?? '', /chmod 700/);
    }
    await writeFile(join(dir, 'file'), '');
    await assert.rejects(openAt(join(dir, 'file')));
    assert.deepEqual(await readdir(join(dir, 'real')), []);
  });
});

test('directories are 0700 and files 0600, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    await inDir(async (dir) => {
      const store = await openAt(join(dir, 'data'));
      await deliver(store.delivery, message('big', 'x'.repeat(400_000)), ['ann@x.test']);
      for (const name of await readdir(join(dir, 'data'), { recursive: true })) {
        const found = await stat(join(dir, 'data', name));
        assert.equal((found.mode & 0o777).toString(8), found.isDirectory() ? '700' : '600', name);
      }
      assert.equal(((await stat(join(dir, 'data'))).mode & 0o777).toString(8), '700');
      await store[Symbol.asyncDispose]();
    });
  } finally {
    process.umask(before);
  }
});

test('a store of a newer schema is refused and left as it is', async () => {
  await inDir(async (dir) => {
    await (await openAt(dir))[Symbol.asyncDispose]();
    const Sqlite = await loadSqlite();
    const db = new Sqlite(join(dir, 'store.db'));
    db.exec('PRAGMA user_version = 999');
    const error = await fails('CS_CONFIG', () => openAt(dir));
    assert.match(error.hint ?? '', /newer/);
    assert.deepEqual({ ...(db.prepare('PRAGMA user_version').get() as object) }, { user_version: 999 });
    db.close();
  });
});

test('a file that is no database is refused in our words', async () => {
  await inDir(async (dir) => {
    await writeFile(join(dir, 'store.db'), 'not a database at all '.repeat(1000));
    const error = await fails('CS_LOCAL_IO', () => openAt(dir));
    assert.ok(error.hint);
  });
});

test('what a dead process left is swept at the next start, what a message names is not', async () => {
  await inDir(async (dir) => {
    const first = await openAt(dir);
    await deliver(first.delivery, message('big', 'x'.repeat(400_000)), ['ann@x.test']);
    await first[Symbol.asyncDispose]();
    const blobs = join(dir, 'blobs');
    const [kept = ''] = await readdir(blobs);
    const [space] = kept.split('.');
    await writeFile(join(blobs, `${space}.999999999.1.aa.part`), 'half');
    await writeFile(join(blobs, `${space}.999999999.1.bb`), 'whole, never committed');
    await writeFile(join(blobs, `elsewhere.1.1.cc`), 'of a process that cannot be seen from here');
    const second = await openAt(dir);
    assert.deepEqual((await readdir(blobs)).sort(), [kept, 'elsewhere.1.1.cc'].sort());
    assert.equal((await inbox(await second.mail.of('*'))).length, 1);
    await second.mail.clear();
    assert.deepEqual(await readdir(blobs), ['elsewhere.1.1.cc']);
    await second[Symbol.asyncDispose]();
  });
});
