import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewFact } from '../../../../src/contracts/journal.ts';
import { parseReplyFault } from '../../../../src/kit/faults.ts';
import { events } from '../../../../src/stores/wrap/files/events.ts';
import { fileFaults } from '../../../../src/stores/wrap/files/faults.ts';
import { homeOf, homes } from '../../../../src/stores/wrap/files/homes.ts';
import { houseOf } from '../../../../src/stores/wrap/files/house.ts';
import { jail } from '../../../../src/stores/wrap/files/jail.ts';
import { throttle } from '../../../../src/stores/wrap/files/throttle.ts';
import {
  at,
  everything,
  load,
  octets,
  refuses,
  required,
  store,
  text,
} from '../../../conformance/file-tree-harness.ts';
import { emptyTree, session } from './memory.ts';

describe('jail and homes', () => {
  test('nothing above a jail is there, and no message tells of it', async () => {
    const inner = await emptyTree();
    await required(inner, 'makeDir')(at('/a'));
    await store(inner, '/secret', 'x');
    const tree = jail(inner, at('/a'));
    await store(tree, '/mine', 'y');
    assert.deepEqual(await everything(tree), ['/mine']);
    const error = await refuses({}, 'CS_NOT_FOUND', () => tree.stat(at('/secret')));
    assert.equal(error.message, '/secret is not there');
    await refuses({}, 'CS_DENIED', () => required(tree, 'rename')(at('/mine'), [], { replace: true }));
  });

  test('each user has a home of their own, made when it is first used', async () => {
    const inner = await emptyTree();
    const house = houseOf(inner, [homes('home/{user}/files', true)]);
    const [ann, bob] = [house.of(session('ann')), house.of(session('bob@x.test'))];
    assert.deepEqual(await everything(inner), []);
    await Promise.all([store(ann, '/a', '1'), store(ann, '/b', '2'), store(bob, '/a', '3')]);
    assert.equal(await text(ann, '/a'), '1');
    assert.equal(await text(inner, '/home/bob@x.test/files/a'), '3');
    const fixed = houseOf(await emptyTree(), [homes('{user}', false)]).of(session('ann'));
    await refuses({}, 'CS_NOT_FOUND', () => fixed.stat([]));
  });

  for (const user of ['../admin', 'a/b', '%', '', 'x'.repeat(10_240), '.ssh', '..', 'a\\b', 'nul\u0000', 'a.', ' ']) {
    test(`PA-10 ${JSON.stringify(user.slice(0, 20))} gets no home`, async () => {
      const inner = await emptyTree();
      const tree = houseOf(inner, [homes('{user}', true)]).of(session(user));
      await refuses({}, 'CS_DENIED', () => tree.stat([]));
      await refuses({}, 'CS_DENIED', () => everything(tree));
      await refuses({}, 'CS_DENIED', () => store(tree, '/x', 'x'));
      assert.deepEqual(await everything(inner), []);
      await refuses({}, 'CS_DENIED', () => homeOf('home/{user}', user));
    });
  }

  test('PA-10 a template that would put everybody in one home is refused', () => {
    assert.throws(() => homes('home', true), { code: 'CS_USAGE' });
    assert.throws(() => homes('../{user}', true), { code: 'CS_INPUT' });
  });
});

describe('events', () => {
  test('what happens to files is in the journal, with who did it', async () => {
    const facts: NewFact[] = [];
    const wrap = events({ add: async (fact) => facts.push(fact) });
    const tree = wrap(await emptyTree(), session('ann'));
    await required(tree, 'makeDir')(at('/d'));
    await store(tree, '/d/a', 'hello');
    assert.equal(await text(tree, '/d/a'), 'hello');
    await required(tree, 'rename')(at('/d/a'), at('/b'), { replace: false });
    await required(tree, 'copy')(at('/b'), at('/c'), { replace: false });
    await required(tree, 'remove')(at('/b'), 'file');
    await assert.rejects(required(tree, 'remove')(at('/b'), 'file'));
    await (await required(tree, 'write')(at('/x'), { mode: 'new' })).abort();
    const who = { server: 'ftp', conn: 'c1', user: 'ann' };
    assert.deepEqual(facts, [
      { event: 'directory.made', ...who, path: '/d' },
      { event: 'file.stored', ...who, path: '/d/a', size: 5 },
      { event: 'file.read', ...who, path: '/d/a', size: 5, octets: 5 },
      { event: 'file.renamed', ...who, path: '/b', from: '/d/a', kind: 'file' },
      { event: 'file.stored', ...who, path: '/b', size: 5, from: '/d/a' },
      { event: 'file.stored', ...who, path: '/c', size: 5, from: '/b' },
      { event: 'file.removed', ...who, path: '/b', kind: 'file' },
    ]);
  });
});

describe('throttle', () => {
  test('octets wait for their turn, reading and writing together', async () => {
    let now = 0;
    const pace = {
      now: () => now,
      wait: async (ms: number) => {
        now += ms;
      },
    };
    const tree = throttle(1000, pace)(await emptyTree(), session());
    await store(tree, '/file', octets(5000));
    assert.ok(now >= 4000 && now <= 5000, String(now));
    now = 100_000;
    assert.equal((await load(tree, '/file')).length, 5000);
    assert.ok(now >= 104_000 && now <= 105_000, String(now));
  });
});

describe('faults on purpose', () => {
  const faulty = async (...specs: string[]) => {
    const inner = await emptyTree();
    return { inner, tree: fileFaults(specs.map(parseReplyFault), 7)(inner, session()) };
  };

  test('a call fails as often and in the way that was asked for', async () => {
    const { tree, inner } = await faulty('write:1', 'commit:2', 'stat:1:ebusy', 'remove:eacces');
    await refuses({}, 'CS_DISK_FULL', () => store(tree, '/a', 'x'));
    await refuses({}, 'CS_LOCAL_IO', () => store(tree, '/a', 'x'));
    await refuses({}, 'CS_LOCAL_IO', () => store(tree, '/a', 'x'));
    await store(tree, '/a', 'x');
    await refuses({}, 'CS_BUSY', () => tree.stat(at('/a')));
    await tree.stat(at('/a'));
    await refuses({}, 'CS_DENIED', () => required(tree, 'remove')(at('/a'), 'file'));
    assert.deepEqual(await everything(inner), ['/a']);
  });

  test('a reader is cut short after so many octets, or gets one wrong bit', async () => {
    const { tree } = await faulty('read:1:cut-1k', 'read:2:flip');
    const bytes = octets(3000);
    await store(tree, '/a', bytes);
    const got: Uint8Array[] = [];
    await refuses({}, 'CS_LOCAL_IO', async () => {
      await using file = await tree.open(at('/a'));
      for await (const chunk of file.read()) got.push(chunk);
    });
    assert.ok(Buffer.concat(got).equals(bytes.subarray(0, 1024)));
    const flipped = await load(tree, '/a');
    const differing = [...flipped].filter((octet, index) => octet !== bytes[index]).length;
    assert.equal(differing, 1);
    await load(tree, '/a');
    assert.ok((await load(tree, '/a')).equals(bytes), 'what is stored is whole');
  });

  test('the same seed fails at the same places; what is no fault is refused', async () => {
    const run = async () => {
      const { tree } = await faulty('commit:30%');
      const failed: number[] = [];
      for (let n = 0; n < 40; n++) await store(tree, '/a', 'x').catch(() => failed.push(n));
      return failed;
    };
    const first = await run();
    assert.ok(first.length > 3 && first.length < 25);
    assert.deepEqual(await run(), first);
    for (const spec of ['fly:1', 'read:1:explode', 'read:1:constructor', 'read:1:cut-x']) {
      assert.throws(() => fileFaults([parseReplyFault(spec)]), { code: 'CS_USAGE' });
    }
  });
});
