import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import type { LogFacts } from '../../../src/contracts/store.ts';
import { fails, whole } from '../../conformance/harness.ts';
import { against, at, file, holding, LIMIT, listing, names } from './client-against.ts';
import type { Script, ScriptedServer } from './client-script.ts';

describe('CL-01 what has no end is CS_PEER_LIMIT, exit 8', () => {
  const floods: [string, Script][] = [
    ['a greeting of 10,001 lines', (line, say) => (line === undefined ? say('220-x\r\n'.repeat(10_001)) : false)],
    [
      'a greeting of 1 MiB',
      (line, say) => (line === undefined ? say(`220-${'x'.repeat(60_000)}\r\n`.repeat(20)) : false),
    ],
    ['a line without end', (line, say) => (line === undefined ? say(`220 ${'x'.repeat(70_000)}`) : false)],
    ['FEAT without end', (line, say) => (line === 'FEAT' ? say(`211-Features\r\n${' X\r\n'.repeat(10_001)}`) : false)],
    ['a row without end', listing('type=file; '.padEnd(9000, 'x'))],
    ['a listing without end', listing('x\n'.repeat(1_000_002))],
  ];
  for (const [what, script] of floods) {
    test(`CL-01 ${what}`, LIMIT, async () => {
      const error = await fails('CS_PEER_LIMIT', () => against(script, (files) => names(files)));
      assert.equal(error.exit, 8);
    });
  }

  test('CL-01 preliminary replies without end are CS_PEER_PROTOCOL', LIMIT, async () => {
    const script: Script = (line, say) => (line === 'FEAT' ? say('110 wait\r\n'.repeat(1000)) : false);
    assert.equal((await fails('CS_PEER_PROTOCOL', () => against(script, (files) => names(files)))).exit, 8);
  });

  test('a greeting of 200 lines is read to its end', LIMIT, async () => {
    const hello: Script = (line, say, peer) =>
      line === undefined
        ? say(`${'220-welcome\r\n'.repeat(200)}220 ready`)
        : listing('type=file;size=1; a\r\n')(line, say, peer);
    assert.deepEqual(await against(hello, (files) => names(files)), ['a']);
  });
});

describe('CL-02 names of a listing', () => {
  for (const name of ['../../.ssh/authorized_keys', '/etc/passwd', 'a/b']) {
    test(`CL-02 ${name} is exit 8`, LIMIT, async () => {
      const error = await fails('CS_PEER_PROTOCOL', () =>
        against(listing(`type=file;size=1; ${name}\r\n`), (files) => names(files)),
      );
      assert.equal(error.exit, 8);
    });
  }

  test('CL-02 names that mean something else somewhere are left out, and counted', LIMIT, async () => {
    const logged: { event: string; facts: LogFacts }[] = [];
    const odd = ['CON', 'a\\b', 'a\x1b[2Jb', 'dot.', 'C:x', '..', '.', 'bad\ufffd', 'fine'];
    const rows = odd.map((name) => `type=file;size=1; ${name}\r\n`).join('');
    assert.deepEqual(await against(listing(rows), (files) => names(files), { logged }), ['fine']);
    assert.deepEqual(
      logged.filter(({ event }) => event === 'ftp.names.left-out').map(({ facts }) => facts.count),
      [6],
    );
  });

  test('CL-02 a link is what it leads to, or not there', LIMIT, async () => {
    const rows = 'type=OS.unix=slink:/x; good\r\ntype=OS.unix=symlink; gone\r\n';
    const script: Script = (line, say, peer) => {
      if (line === 'MLST /good') say(file(3));
      else if (line === 'MLST /gone') say('550 no such file');
      else return listing(rows)(line, say, peer);
      return true;
    };
    assert.deepEqual(await against(script, (files) => names(files)), ['good']);
  });
});

test('PA-11 a file that is more than its listing told ends there: CS_CHANGED', LIMIT, async () => {
  const bomb = Buffer.alloc(8 * 1024 * 1024);
  const script: Script = (line, say, peer) => {
    if (line?.startsWith('RETR')) return holding(bomb, (data) => data.write(bomb))(line, say, peer);
    return listing('type=file;size=3;modify=20260102030405; x\r\n')(line, say, peer);
  };
  await against(script, async (files) => {
    for await (const entry of files.list(at())) {
      await using one = await files.open(at('x'), undefined, entry);
      await fails('CS_CHANGED', () => whole(one.read()));
    }
  });
});

describe('where data go', () => {
  test('CL-03 the host in a 227 is not believed', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line === 'EPSV') return say('500 what?');
      return holding('hello', (data) => data.end('hello', () => say('226 done')))(line, say, peer);
    };
    const [text, heard] = await against(script, async (files, server) => {
      await using one = await files.open(at('x'));
      return [(await whole(one.read())).toString(), server.heard];
    });
    assert.equal(text, 'hello');
    assert.ok(heard.includes('PASV'));
  });

  for (const [port, code] of [
    ['(|||0|)', 'CS_PEER_PROTOCOL'],
    ['(|||99999|)', 'CS_PEER_PROTOCOL'],
    ['(nowhere)', 'CS_PEER_PROTOCOL'],
    ['(|||22|)', 'CS_DENIED'],
  ] as const) {
    test(`a data port ${port} is ${code}`, LIMIT, async () => {
      const script: Script = (line, say) => (line === 'EPSV' ? say(`229 ok ${port}`) : false);
      await fails(code, () => against(script, (files) => names(files)));
    });
  }

  test('EPRT, and PORT where the server does not know it', LIMIT, async () => {
    for (const [refused, used] of [
      [false, 'EPRT'],
      [true, 'PORT'],
    ] as const) {
      let to = 0;
      const script: Script = (line, say) => {
        const [word, where = ''] = line?.split(' ') ?? [];
        if (word === 'EPRT' && refused) say('500 what?');
        else if (word === 'EPRT') to = Number(where.split('|')[3]);
        else if (word === 'PORT')
          to = where
            .split(',')
            .slice(4)
            .reduce((sum, octet) => sum * 256 + Number(octet), 0);
        if (word === 'EPRT' || word === 'PORT') return refused && word === 'EPRT' ? true : say('200 ok');
        if (word !== 'MLSD') return false;
        say('150 here it comes');
        connect(to, '127.0.0.1').end('type=file;size=1; a\r\n', () => say('226 done'));
        return true;
      };
      const run = async (files: FileTree, { heard }: ScriptedServer) => [await names(files), heard] as const;
      const [found, heard] = await against(script, run, { options: { data: 'active' } });
      assert.deepEqual(found, ['a']);
      assert.ok(heard.some((line) => line.startsWith(used)));
      assert.ok(!heard.includes('EPSV'));
    }
  });
});
