/** A web server's files as a tree: our own server over a tree in memory, and servers that say what they are told to. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FileTree } from '../../../../src/contracts/files.ts';
import { filePath, ROOT } from '../../../../src/kit/file-path.ts';
import { defaults } from '../../../../src/kit/option.ts';
import { HttpTree } from '../../../../src/protocols/http/client/tree.ts';
import { memoryTree } from '../../../../src/stores/memory-tree/tree.ts';
import { fileTreeSuite } from '../../../conformance/file-tree.ts';
import { whole } from '../../../conformance/harness.ts';
import { failing } from '../../../net/dial-fixture.ts';
import { web } from '../stage.ts';
import { MapTree } from '../tree.ts';
import { type Answer, clientOf, peer, reply } from './peer.ts';

const LIMIT = { timeout: 120_000 };
/** Last-Modified has whole seconds. */
const SECOND = 1001;

/** Our client at our server. @param tree what is served */
async function overHttp(tree: FileTree) {
  const served = await web(tree, { cleanUrls: 'off', memory: 0, recheck: 0 });
  const agent = clientOf(`http://127.0.0.1:${served.door.port}/`);
  const far = new HttpTree(agent, { parallel: 4 });
  const close = async (): Promise<void> => {
    await agent[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  };
  return { far, close };
}

/** What is asked for before use, left out: the rest is for reading. */
function reading({ stat, list, open }: FileTree, far: FileTree): FileTree {
  return { stat: stat.bind(far), list: list.bind(far), open: open.bind(far) };
}

fileTreeSuite(
  'http over memory',
  async () => {
    const { open } = await memoryTree.open();
    const behind = await open({ root: undefined, options: defaults(memoryTree.options), log: () => {} });
    const { far, close } = await overHttp(behind.tree);
    return {
      tree: reading(far, far),
      behind: behind.tree,
      close: async () => {
        await close();
        await behind[Symbol.asyncDispose]();
      },
    };
  },
  { abilities: ['tag'], precision: SECOND, unsteady: true },
);

const at = (...names: string[]) => filePath(names);
const octets = async (tree: FileTree, name: string): Promise<string> => {
  await using file = await tree.open(at(name));
  return (await whole(file.read())).toString();
};

describe('what our own server takes', () => {
  test('a file is there when it is whole, and removed', LIMIT, async () => {
    const served = new MapTree({ d: null });
    const { far, close } = await overHttp(served);
    const draft = await far.write(at('d', 'a b%.txt'), { mode: 'new' });
    await draft.write(Buffer.from('half'));
    assert.equal(served.text('/d/a b%.txt'), undefined);
    await draft.write(Buffer.from(' and half'));
    const facts = await draft.commit();
    assert.deepEqual([facts.kind, facts.size, served.text('/d/a b%.txt')], ['file', 13, 'half and half']);
    assert.equal(facts.tag, (await far.stat(at('d', 'a b%.txt'))).tag);
    await assert.rejects(far.remove(at('d'), 'file'), failing('CS_IS_DIRECTORY', 13));
    await assert.rejects(far.remove(at('d'), 'directory'), failing('CS_NOT_EMPTY', 1));
    await far.remove(at('d', 'a b%.txt'), 'file');
    await far.remove(at('d'), 'directory');
    await assert.rejects(far.stat(at('d')), failing('CS_NOT_FOUND', 11));
    await close();
  });

  test('a cut upload changes nothing', LIMIT, async () => {
    const served = new MapTree({ 'a.txt': 'as it was' });
    const { far, close } = await overHttp(served);
    const draft = await far.write(at('a.txt'), { mode: 'replace' });
    await draft.write(Buffer.alloc(500_000));
    await draft.abort();
    await draft.abort();
    assert.equal(await octets(far, 'a.txt'), 'as it was');
    await close();
  });

  test('a new name that is taken, and a tag that is not there any more', LIMIT, async () => {
    const served = new MapTree({ 'a.txt': 'one' });
    const { far, close } = await overHttp(served);
    const taken = await far.write(at('a.txt'), { mode: 'new' });
    await taken.write(Buffer.from('x'));
    await assert.rejects(taken.commit(), failing('CS_EXISTS', 1));
    const { tag } = await far.stat(at('a.txt'));
    served.put('/a.txt', 'two');
    const stale = await far.write(at('a.txt'), { mode: 'replace', ifTag: tag });
    await stale.write(Buffer.from('mine'));
    await assert.rejects(stale.commit(), failing('CS_CHANGED', 1));
    assert.equal(served.text('/a.txt'), 'two');
    const current = await far.write(at('a.txt'), { mode: 'replace', ifTag: (await far.stat(at('a.txt'))).tag });
    await current.write(Buffer.from('three'));
    await current.commit();
    assert.equal(served.text('/a.txt'), 'three');
    await close();
  });

  test('HTTP has no word for going on with a file', LIMIT, async () => {
    const { far, close } = await overHttp(new MapTree({ 'a.txt': 'one' }));
    await assert.rejects(far.write(at('a.txt'), { mode: 'update' }), failing('CS_UNSUPPORTED', 1));
    await assert.rejects(far.write(ROOT, { mode: 'replace' }), failing('CS_IS_DIRECTORY', 13));
    await close();
  });
});

test('a file that changed between two ranges is CS_CHANGED, never a mixture', LIMIT, async () => {
  const served = new MapTree({ 'a.txt': 'x'.repeat(1000) });
  const { far, close } = await overHttp(served);
  await using file = await far.open(at('a.txt'));
  assert.equal((await whole(file.read({ start: 0, end: 10 }))).length, 10);
  served.put('/a.txt', 'y'.repeat(1000));
  await assert.rejects(whole(file.read({ start: 10, end: 20 })), failing('CS_CHANGED', 1));
  await close();
});

describe('other servers', () => {
  const file = (text: string, more: Record<string, string> = {}) => reply(200, text, more);
  const open = async (...answers: readonly Answer[]) => {
    const server = await peer(...answers);
    const agent = clientOf(server.url);
    return { server, agent, tree: new HttpTree(agent, { parallel: 4 }) };
  };

  test('one that knows no ranges sends all of it, and the rest is passed over', LIMIT, async () => {
    const { server, agent, tree } = await open(
      file('0123456789', { 'Last-Modified': 'Wed, 25 Nov 2026 10:00:00 GMT' }),
    );
    await using _ends = server;
    await using _agent = agent;
    await using opened = await tree.open(at('a'));
    assert.equal((await whole(opened.read({ start: 3, end: 6 }))).toString(), '345');
    assert.equal((await whole(opened.read())).toString(), '0123456789');
  });

  test('one that sends another part than was asked for is not believed', LIMIT, async () => {
    const { server, agent, tree } = await open(
      file('0123456789', { ETag: '"x"' }),
      reply(206, '012', { ETag: '"x"', 'Content-Range': 'bytes 0-2/10' }),
    );
    await using _ends = server;
    await using _agent = agent;
    await using opened = await tree.open(at('a'));
    await assert.rejects(whole(opened.read({ start: 3, end: 6 })), failing('CS_PEER_PROTOCOL', 8));
    assert.equal(server.asked[1]?.headers.get('if-match'), '"x"');
  });

  test('one that tells no length has no file', LIMIT, async () => {
    const { server, agent, tree } = await open(
      'HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    );
    await using _ends = server;
    await using _agent = agent;
    await assert.rejects(tree.open(at('a')), failing('CS_UNSUPPORTED', 1));
  });

  test('a size that an index rounds is asked for; what went away meanwhile is left out', LIMIT, async () => {
    const index =
      '<title>Index of /</title><a href="a">a</a> 2026-11-25 10:00 1.2K\n<a href="b">b</a> 2026-11-25 10:00 7\n<a href="c">c</a> 2026-11-25 10:00 5K';
    const { server, agent, tree } = await open((_socket, { method, target }) => {
      if (method === 'GET') return reply(200, index, { 'Content-Type': 'text/html' });
      return target === '/a'
        ? 'HTTP/1.1 200 x\r\nContent-Length: 1234\r\n\r\n'
        : 'HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n';
    });
    await using _ends = server;
    await using _agent = agent;
    const found = [];
    for await (const entry of tree.list(ROOT)) found.push([entry.name, entry.size]);
    assert.deepEqual(found, [
      ['a', 1234],
      ['b', 7],
    ]);
  });

  test('our own server lists a directory also where it has an index, and is asked so from then on', LIMIT, async () => {
    const tree = new MapTree({
      '/index.html': '<h1>home</h1>',
      '/docs/index.html': '<h1>docs</h1>',
      '/docs/a.txt': 'a',
    });
    await using served = await web(tree);
    await using agent = clientOf(`http://127.0.0.1:${served.door.port}/`);
    const far = new HttpTree(agent, { parallel: 4 });
    const names = async (path: string): Promise<string[]> => {
      const found = [];
      for await (const { name } of far.list(filePath(path.split('/').filter(Boolean)))) found.push(name);
      return found.sort();
    };
    assert.deepEqual(await names('/'), ['docs', 'index.html']);
    assert.deepEqual(await names('/docs'), ['a.txt', 'index.html']);
    const asked = served.requests.filter(({ event }) => event === 'request').map(({ path, query }) => [path, query]);
    assert.deepEqual(asked, [
      ['/', ''],
      ['/', 'format=json'],
      ['/docs/', 'format=json'],
    ]);
    assert.equal((await far.stat(filePath(['docs']))).kind, 'directory');
    await using page = await far.open(filePath(['docs', 'index.html']));
    assert.equal(String(await whole(page.read())), '<h1>docs</h1>');
  });

  test('a page is no list of files', LIMIT, async () => {
    const { server, agent, tree } = await open(reply(200, '<title>Welcome</title>', { 'Content-Type': 'text/html' }));
    await using _ends = server;
    await using _agent = agent;
    await assert.rejects(tree.list(ROOT).next(), failing('CS_UNSUPPORTED', 1, /no.* list of files|not a list/));
  });

  const refusals: readonly [number, string, number][] = [
    [403, 'CS_DENIED', 9],
    [404, 'CS_NOT_FOUND', 11],
    [401, 'CS_AUTH_REQUIRED', 4],
    [423, 'CS_LOCKED', 10],
    [429, 'CS_BUSY', 10],
    [500, 'CS_BUSY', 10],
    [507, 'CS_DISK_FULL', 10],
    [413, 'CS_LIMIT', 15],
    [418, 'CS_DENIED', 9],
  ];
  for (const [status, code, exit] of refusals) {
    test(`${status} is ${code}`, LIMIT, async () => {
      const { server, agent, tree } = await open(`HTTP/1.1 ${status} x\r\nContent-Length: 0\r\n\r\n`);
      await using _ends = server;
      await using _agent = agent;
      await assert.rejects(tree.stat(at('a')), failing(code, exit));
      await assert.rejects(tree.open(at('a')), failing(code, exit));
      const draft = await tree.write(at('a'), { mode: 'replace' });
      await draft.write(Buffer.from('x'));
      await assert.rejects(draft.commit(), failing(code, exit));
    });
  }
});
