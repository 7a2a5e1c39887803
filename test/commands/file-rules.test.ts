/** What a server's flags allow with files, as its clients get to hear it: rights, homes, quotas. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { CS, type Serving, serve, sh } from '../interop/server.ts';

const base = mkdtempSync(join(tmpdir(), 'cs-file-rules-'));
after(() => rmSync(base, { recursive: true }));
const LIMIT = { timeout: 120_000 };

const cs = (...args: string[]) => sh(process.execPath, [CS, ...args], { input: '' });

function root(name: string, ...directories: string[]): string {
  const dir = join(base, name);
  mkdirSync(dir);
  for (const one of directories) mkdirSync(join(dir, one));
  return dir;
}

function file(name: string, content: string): string {
  const path = join(base, name);
  writeFileSync(path, content);
  return path;
}

/** At once, as editors do: nobody reads half of it, or nothing. */
function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const small = file('small', 'hello\n');

async function serving(
  args: readonly string[],
  act: (url: (user: string) => string, server: Serving) => Promise<void>,
) {
  const server = await serve(['ftp', ...args]);
  try {
    await act((user) => `ftp://${user}:x@127.0.0.1:${server.port('ftp')}`, server);
  } finally {
    await server.stop();
  }
}

test(
  'names with signs of a URL: what ls --json gives as url is an operand; what is wrong with a name is said of it',
  LIMIT,
  async () => {
    const dir = root('signs');
    const contents = new Map(
      ['100%.txt', 'a#b?c.txt', 'e*.txt', 'with space', 'ünï'].map((name) => [name, `${name}\n`]),
    );
    for (const [name, content] of contents) writeFileSync(join(dir, name), content);
    await serving([dir, '--write'], async (_, server) => {
      const url = `ftp://127.0.0.1:${server.port('ftp')}`;
      const { stdout } = await cs('ls', `${url}/`, '--json');
      const found = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { name: string; url: string });
      assert.deepEqual(found.map(({ name }) => name).sort(), [...contents.keys()].sort());
      for (const { name, url: one } of found) assert.equal((await cs('get', one)).stdout, contents.get(name), one);
      const wrong = await cs('put', 'new\nline', `${url}/`);
      assert.deepEqual([wrong.code, wrong.stderr], [2, 'error: "new\\nline": a file name that is not allowed\n']);
      const deep = await cs('mkdir', `${url}/m/n/o`);
      assert.match(deep.stderr, /^error: \S+\/m\/n is not there\nreply: 550 .*\nhint: {2}give -p\n$/);
      assert.equal(deep.code, 11);
    });
  },
);

describe('--rights', () => {
  test('what is refused names the target, with the words of the server, and is exit 9', LIMIT, async () => {
    const dir = root('refused', 'pub', 'private');
    writeFileSync(join(dir, 'pub', 'there'), 'old\n');
    const rules = file('refused.rights', 'bob /pub list read\n');
    await serving([dir, '--write', '--delete', '--rights', rules], async (url) => {
      for (const name of ['pub/new', 'pub/there']) {
        const put = await cs('put', small, `${url('bob')}/${name}`);
        assert.equal(put.code, 9, put.stderr);
        assert.match(put.stderr, new RegExp(`^error: ftp://bob@\\S+/${name} may not be used\nreply: 550 not allowed`));
      }
      const made = await cs('mkdir', `${url('bob')}/pub/sub`);
      assert.deepEqual([made.code, /550 not allowed/.test(made.stderr)], [9, true], made.stderr);
      // What nobody may see is not there, and neither is what is not there.
      for (const name of ['private', 'none']) {
        assert.equal((await cs('put', small, `${url('bob')}/${name}/new`)).code, 11, name);
      }
      assert.equal((await cs('get', `${url('bob')}/pub/there`)).stdout, 'old\n');
    });
    assert.deepEqual(readdirSync(join(dir, 'pub')), ['there']);
  });

  test('a place to drop things takes files by cs put, and shows none', LIMIT, async () => {
    const dir = root('dropped', 'drop');
    writeFileSync(join(dir, 'drop', 'secret'), 'other\n');
    await serving([dir, '--write', '--rights', file('dropped.rights', 'bob /drop write\n')], async (url) => {
      for (const target of ['drop/', 'drop/named']) {
        const put = await cs('put', small, `${url('bob')}/${target}`, '--json');
        assert.equal(put.code, 0, put.stderr);
        assert.match(put.stdout, /"copied":1,.*"proof":"size"/);
      }
      for (const what of ['drop', 'drop/secret']) assert.notEqual((await cs('ls', `${url('bob')}/${what}`)).code, 0);
      assert.notEqual((await cs('get', `${url('bob')}/drop/named`)).code, 0);
    });
    assert.deepEqual(readdirSync(join(dir, 'drop')).sort(), ['named', 'secret', 'small']);
    assert.equal(readFileSync(join(dir, 'drop', 'named'), 'utf8'), 'hello\n');
  });

  test('a mistake ends the start, and names its line', LIMIT, async () => {
    const rules = file('wrong.rights', '# who where may\nann / all\n\nbob / everything\n');
    const ran = await cs('serve', 'ftp', root('wrong'), '--rights', rules, '--port', '0');
    assert.deepEqual([ran.code, ran.stdout], [2, '']);
    assert.match(ran.stderr, /line 4\b.*everything/);
  });

  test('a mistake made meanwhile is told, and the last good rules stay', LIMIT, async () => {
    const dir = root('live');
    const rules = file('live.rights', 'ann / all\n');
    await serving([dir, '--write', '--rights', rules], async (url, { child }) => {
      const refused = new Promise<string>((resolve) => {
        createInterface({ input: child.stderr! }).on('line', (line) => {
          if (line.includes('rights.refused')) resolve(line);
        });
      });
      replace(rules, 'ann / list\nann / nonsense\n');
      assert.match(await refused, /line 2/);
      assert.equal((await cs('put', small, `${url('ann')}/kept`)).code, 0);
      replace(rules, 'ann / list read\n');
      // The next change that is right holds without a word: asked until it does.
      let put = await cs('put', small, `${url('ann')}/late`);
      while (put.code === 0) put = await cs('put', small, `${url('ann')}/late`);
      assert.equal(put.code, 9, put.stderr);
    });
    assert.ok(existsSync(join(dir, 'kept')));
  });
});

test(
  '--home: each account in a directory of its own, made when it first writes; no name leads elsewhere',
  LIMIT,
  async () => {
    const dir = root('homes');
    writeFileSync(join(dir, 'secret'), 'not yours\n');
    await serving([dir, '--write', '--home', 'home/{user}'], async (url) => {
      for (const user of ['ann', 'bob']) assert.equal((await cs('put', small, `${url(user)}/mine`)).code, 0);
      assert.equal((await cs('ls', `${url('ann')}/`, '--json=name')).stdout.includes('secret'), false);
      assert.equal((await cs('get', `${url('ann')}/secret`)).code, 11);
      const odd = await cs('put', small, `${url('..%2Fadmin')}/mine`);
      assert.ok(odd.code !== 0, odd.stderr);
    });
    assert.deepEqual(readdirSync(dir).sort(), ['home', 'secret']);
    assert.deepEqual(readdirSync(join(dir, 'home')).sort(), ['ann', 'bob']);
    assert.equal(readFileSync(join(dir, 'home/ann/mine'), 'utf8'), 'hello\n');
  },
);

test(
  '--file-quota: what does not fit is exit 15, leaves nothing, and what is removed is free again',
  LIMIT,
  async () => {
    const dir = root('quota');
    const large = file('large', 'x'.repeat(80_000));
    await serving([dir, '--write', '--delete', '--file-quota', '100k', '--home', '{user}'], async (url) => {
      assert.equal((await cs('put', large, `${url('ann')}/first`)).code, 0);
      const second = await cs('put', large, `${url('ann')}/second`);
      assert.equal(second.code, 15, second.stderr);
      assert.match(second.stderr, /reply: 552 the quota is used up/);
      assert.equal((await cs('put', large, `${url('bob')}/other`)).code, 0);
      assert.equal((await cs('rm', '--yes', `${url('ann')}/first`)).code, 0);
      assert.equal((await cs('put', large, `${url('ann')}/second`)).code, 0);
    });
    assert.deepEqual(readdirSync(join(dir, 'ann')), ['second']);
  },
);
