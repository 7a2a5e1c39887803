import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import type { LogFacts } from '../../../src/contracts/store.ts';
import { filePath } from '../../../src/kit/file-path.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { StreamConnection } from '../../../src/net/connection.ts';
import { client } from '../../../src/protocols/ftp/client.ts';
import { fails, whole } from '../../conformance/harness.ts';
import { type Say, type Script, type ScriptedServer, scripted } from './client-script.ts';
import { clientContext, filesAt, type Wish } from './client-stage.ts';

const LIMIT = { timeout: 30_000 };
const at = (...names: string[]) => filePath(names);

/** `act` on the files of a scripted server. */
async function against<T>(
  script: Script,
  act: (files: FileTree, server: ScriptedServer) => Promise<T>,
  wish: Wish = {},
  features?: readonly string[],
): Promise<T> {
  await using server = await scripted(script, features);
  await using place = await filesAt(server.port, wish);
  return await act(place.files, server);
}

async function names(files: FileTree, ...path: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of files.list(at(...path))) found.push(name);
  return found;
}

const file = (size: number, line = '') =>
  `250-Listing\r\n type=file;size=${size};modify=20260102030405; /x${line}\r\n250 End`;

/** A server with one file /x of `content`, sent by `send`. */
function holding(content: string | Buffer, send: (data: Socket, say: Say) => void): Script {
  return (line, say, peer) => {
    if (line?.startsWith('MLST')) say(file(content.length));
    else if (line?.startsWith('RETR')) peer.transfer((data) => send(data, say));
    else return false;
    return true;
  };
}

const listing =
  (rows: string): Script =>
  (line, say, peer) => {
    if (!line?.startsWith('MLSD')) return false;
    peer.transfer((data) => data.end(rows, () => say('226 done')));
    return true;
  };

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

describe('a transfer is whole or an error', () => {
  const get = async (files: FileTree): Promise<string> => {
    await using one = await files.open(at('x'));
    return (await whole(one.read())).toString();
  };
  const big = 'x'.repeat(300_000);

  test('226 ahead of the data: they are read to their end', LIMIT, async () => {
    const script = holding(big, (data, say) => {
      say('226 done');
      setImmediate(() => data.end(big));
    });
    assert.equal((await against(script, get)).length, big.length);
  });

  const rows: [string, Parameters<typeof holding>[1], 'CS_CHANGED' | 'CS_CANNOT_CONNECT' | 'CS_PEER_TEMPORARY'][] = [
    ['fewer octets than there are', (data, say) => data.end('short', () => say('226 done')), 'CS_CHANGED'],
    ['426 behind the data', (data, say) => data.end(big, () => say('426 broken')), 'CS_CANNOT_CONNECT'],
    ['451 in the middle', (data, say) => data.end('short', () => say('451 disk')), 'CS_PEER_TEMPORARY'],
    ['421 in the middle', (data, say) => data.end('short', () => say('421 bye')), 'CS_PEER_TEMPORARY'],
    [
      'a reset in the middle',
      (data, say) =>
        data.write('short', () => {
          data.resetAndDestroy();
          say('426 gone');
        }),
      'CS_CANNOT_CONNECT',
    ],
  ];
  for (const [what, send, code] of rows) {
    test(`${what}: ${code}`, LIMIT, async () => {
      await fails(code, () => against(holding(big, send), get));
    });
  }

  test('the control connection ends behind the data, without 226: CS_CANNOT_CONNECT', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line?.startsWith('MLST')) return say(file(big.length));
      if (!line?.startsWith('RETR')) return false;
      peer.transfer((data) => data.end(big, () => peer.socket.end()));
      return true;
    };
    await fails('CS_CANNOT_CONNECT', () => against(script, get));
  });

  test('what was added since it was opened is not read', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line?.startsWith('MLST')) return say(file(5));
      if (!line?.startsWith('RETR')) return false;
      peer.transfer((data) => data.end('hello world', () => say('226 done')));
      return true;
    };
    assert.equal(await against(script, get), 'hello');
  });

  test('a server that cannot begin in the middle is read from the start', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line?.startsWith('REST')) return say('502 no');
      return holding('0123456789', (data) => data.end('0123456789', () => say('226 done')))(line, say, peer);
    };
    const part = await against(script, async (files) => {
      await using one = await files.open(at('x'));
      return (await whole(one.read({ start: 3, end: 6 }))).toString();
    });
    assert.equal(part, '345');
  });

  test('a server that goes silent is CS_TIMEOUT', LIMIT, async () => {
    const script = holding(big, (data) => void data.write('a little'));
    await fails('CS_TIMEOUT', () => against(script, get, { options: { stall: 200 } }));
  });
});

describe('uploads', () => {
  const storing =
    (refuse: (data: Socket, say: Say) => void): Script =>
    (line, say, peer) => {
      if (line?.startsWith('MLST')) say('550 no such file');
      else if (line?.startsWith('STOR')) peer.transfer((data) => refuse(data, say));
      else if (line?.startsWith('DELE')) say('250 gone');
      else return false;
      return true;
    };

  test('552 in the middle is CS_QUOTA, and the temporary file goes', LIMIT, async () => {
    const script = storing((data, say) => {
      data.resume();
      say('552 quota');
    });
    const heard = await against(script, async (files, server) => {
      const draft = await files.write!(at('x'), { mode: 'replace' });
      await fails('CS_QUOTA', async () => {
        for (;;) await draft.write(Buffer.alloc(64 * 1024));
      });
      await draft.abort();
      return server.heard;
    });
    assert.match(heard.find((line) => line.startsWith('STOR')) ?? '', /^STOR \/x\.cs-[0-9a-f]{12}\.part$/);
    assert.ok(heard.some((line) => /^DELE .*\.part$/.test(line)));
  });

  test('an upload may take longer than the server may be silent', LIMIT, async () => {
    let idle = (): void => {};
    const quiet = new Promise<void>((resolve) => {
      idle = resolve;
    });
    const script = storing((data, say) => {
      data.setTimeout(600, idle).resume();
      data.on('end', () => {
        data.end();
        say('226 done');
      });
    });
    const wish: Wish = { options: { stall: 200, publish: 'direct' } };
    await against(
      script,
      async (files) => {
        const draft = await files.write!(at('x'), { mode: 'replace' });
        await draft.write(Buffer.from('hello'));
        await quiet;
        await draft.write(Buffer.from(' world'));
        assert.equal((await draft.commit()).size, 11);
      },
      wish,
      [],
    );
  });

  test('fewer octets at the far end than were sent are never published', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line?.startsWith('SIZE')) return say('213 3');
      return storing((data) =>
        data.resume().on('end', () => {
          data.end();
          say('226 done');
        }),
      )(line, say, peer);
    };
    const heard = await against(script, async (files, server) => {
      const draft = await files.write!(at('x'), { mode: 'replace' });
      await draft.write(Buffer.from('hello'));
      await fails('CS_UNKNOWN_OUTCOME', () => draft.commit());
      return server.heard;
    });
    assert.ok(!heard.some((line) => line.startsWith('RNTO')));
    assert.ok(heard.some((line) => /^DELE .*\.part$/.test(line)));
  });

  test('a server that renames onto nothing only: what is there goes first', LIMIT, async () => {
    let there = true;
    const script: Script = (line, say, peer) => {
      if (line?.startsWith('MLST')) say(there ? file(1) : '550 no');
      else if (line?.startsWith('SIZE')) say('213 5');
      else if (line?.startsWith('RNFR')) say('350 and then?');
      else if (line?.startsWith('RNTO')) say(there ? '550 exists' : '250 ok');
      else if (line === 'DELE /x') {
        there = false;
        say('250 gone');
      } else
        return storing((data) =>
          data.resume().on('end', () => {
            data.end();
            say('226 done');
          }),
        )(line, say, peer);
      if (line?.startsWith('RNTO') && !there) there = true;
      return true;
    };
    const facts = await against(script, async (files) => {
      const draft = await files.write!(at('x'), { mode: 'replace' });
      await draft.write(Buffer.from('hello'));
      return draft.commit();
    });
    assert.equal(facts.kind, 'file');
  });

  test('published directly: no rename; an abort says so before the data end', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line === 'ABOR') return say('226 closed');
      return storing((data) => data.resume().on('end', () => say('426 cut')))(line, say, peer);
    };
    const heard = await against(
      script,
      async (files, server) => {
        const draft = await files.write!(at('x'), { mode: 'replace' });
        await draft.write(Buffer.from('hello'));
        await draft.abort();
        return server.heard;
      },
      { options: { publish: 'direct' } },
    );
    assert.ok(heard.includes('STOR /x') && heard.includes('ABOR'));
    assert.ok(!heard.some((line) => /^(RNFR|DELE)/.test(line)));
  });
});

describe('login and TLS', () => {
  test('CL-04 AUTH that is refused is exit 5, before the user is named', LIMIT, async () => {
    for (const tls of ['starttls-required', 'starttls'] as const) {
      await using server = await scripted(() => false);
      const { ctx, dial } = clientContext(server.port, { target: { tls } });
      // As if it were far away: on this machine there is nobody to hide from.
      const far = { address: '192.0.2.1', port: 21, loopback: false };
      const distant = async () =>
        new StreamConnection({
          stream: connect(server.port, '127.0.0.1'),
          id: 'd',
          role: 'client',
          peer: far,
          local: far,
        });
      const error = await fails('CS_TLS', () => client.connect(tls === 'starttls' ? distant : dial, ctx));
      assert.equal(error.exit, 5);
      assert.deepEqual(server.heard, ['AUTH TLS']);
    }
  });

  test('CL-04 replies sent ahead of the handshake are exit 5', LIMIT, async () => {
    for (const injected of ['331 password\r\n', '33']) {
      await using server = await scripted((line, say) => {
        if (line !== 'AUTH TLS') return false;
        say(`234 go\r\n${injected}\n`.slice(0, injected.endsWith('\n') ? -1 : undefined));
        return true;
      });
      const wish: Wish = { target: { tls: 'starttls-required' } };
      const error = await filesAt(server.port, wish).then(
        () => assert.fail('connected'),
        (reason) => reason,
      );
      assert.equal(error.exit, 5, error.message);
    }
  });

  test('CL-07 a name or password with a line break is refused before it is sent', LIMIT, async () => {
    await using server = await scripted(() => false);
    for (const target of [{ user: 'ann\r\nDELE x' }, { password: new Secret('x\r\nDELE x') }, { user: 'a\0b' }]) {
      assert.equal((await fails('CS_INPUT', () => filesAt(server.port, { target }))).exit, 2);
    }
    assert.ok(!server.heard.some((line) => line.includes('DELE')));
  });

  test('a refused login is CS_AUTH_REJECTED, an account that is asked for is given', LIMIT, async () => {
    const refusing: Script = (line, say) => (line?.startsWith('PASS') ? say('530 no') : false);
    await fails('CS_AUTH_REJECTED', () => against(refusing, (files) => names(files)));
    await fails('CS_AUTH_REQUIRED', () =>
      against(
        () => false,
        (files) => names(files),
        { target: { password: undefined } },
      ),
    );
    const wanting: Script = (line, say, peer) => {
      if (line?.startsWith('PASS')) return say('332 account');
      if (line?.startsWith('ACCT')) return say('230 in');
      return listing('type=file;size=1; a\r\n')(line, say, peer);
    };
    await fails('CS_AUTH_REQUIRED', () => against(wanting, (files) => names(files)));
    const heard = await against(
      wanting,
      async (files, server) => {
        await names(files);
        return server.heard;
      },
      {
        options: { account: 'sales' },
      },
    );
    assert.ok(heard.includes('ACCT sales'));
  });
});

describe('several connections', () => {
  test('they are made when needed, no more than agreed, and say goodbye', LIMIT, async () => {
    const script = listing('type=file;size=1; a\r\n');
    const server = await against(
      script,
      async (files, one) => {
        await names(files);
        await names(files);
        assert.equal(one.connections, 1);
        await Promise.all(Array.from({ length: 20 }, () => names(files)));
        assert.ok(one.connections > 1 && one.connections <= 3, `${one.connections}`);
        return one;
      },
      { options: { connections: 3 } },
    );
    assert.equal(server.heard.filter((line) => line === 'QUIT').length, server.connections);
  });

  test('a server that takes one connection only gets one', LIMIT, async () => {
    let greeted = 0;
    const script: Script = (line, say, peer) => {
      if (line === undefined && greeted++ > 0) {
        peer.socket.end('421 too many connections\r\n');
        return true;
      }
      return listing('type=file;size=1; a\r\n')(line, say, peer);
    };
    const all = await against(script, (files) => Promise.all(Array.from({ length: 6 }, () => names(files))));
    assert.deepEqual(all, Array(6).fill(['a']));
  });

  test('one that died unseen is replaced, and the work is done', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (!line?.startsWith('MLSD')) return false;
      peer.transfer((data) =>
        data.end('type=file;size=1; a\r\n', () => {
          say('226 done\r\n421 idle too long');
          peer.socket.end();
        }),
      );
      return true;
    };
    const found = await against(script, async (files, server) => {
      await names(files);
      const again = await names(files);
      assert.equal(server.connections, 2);
      return again;
    });
    assert.deepEqual(found, ['a']);
  });

  test('a walk into directories while their parents are listed does not wait for itself', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (!line?.startsWith('MLSD')) return false;
      const depth = line.split('/').filter((part) => part === 'd').length;
      const rows = depth < 8 ? `type=dir; d\r\n${'type=file;size=1; f\r\n'.repeat(2000)}` : '';
      peer.transfer((data) => data.end(rows, () => say('226 done')));
      return true;
    };
    const walk = async (files: FileTree, ...path: string[]): Promise<number> => {
      let deepest = path.length;
      for await (const { kind, name } of files.list(at(...path))) {
        if (kind === 'directory') deepest = Math.max(deepest, await walk(files, ...path, name));
      }
      return deepest;
    };
    assert.equal(await against(script, (files) => walk(files), { options: { connections: 2 } }), 8);
  });

  test('who waits for a reader that waits for him gets a connection more', LIMIT, async () => {
    const content = 'x'.repeat(3_000_000);
    const script = holding(content, (data, say) => void data.end(content, () => say('226 done')));
    const size = await against(
      script,
      async (files, server) => {
        await using one = await files.open(at('x'));
        const reading = one.read()[Symbol.asyncIterator]();
        let octets = (await reading.next()).value.length;
        assert.equal((await files.stat(at('x'))).size, content.length);
        for (let next = await reading.next(); !next.done; next = await reading.next()) octets += next.value.length;
        assert.equal(server.connections, 2);
        return octets;
      },
      { options: { connections: 1 } },
    );
    assert.equal(size, content.length);
  });

  test('a server that loses the second of two commands sent at once is sent one at a time', LIMIT, async () => {
    let last = '';
    const script: Script = (line, say, peer) => {
      const first = last;
      last = line ?? '';
      // What came in one packet with the line before is lost.
      setImmediate(() => {
        last = '';
      });
      if (line !== undefined && first !== '') return true;
      return listing('type=file;size=1; a\r\n')(line, say, peer);
    };
    const logged: { event: string; facts: LogFacts }[] = [];
    assert.deepEqual(await against(script, (files) => names(files), { logged }), ['a']);
    assert.ok(logged.some(({ event }) => event === 'ftp.pipelining.off'));
  });

  test('a signal ends one call, and the others go on', LIMIT, async () => {
    const stop = new AbortController();
    const script: Script = (line, say, peer) => {
      if (line?.startsWith('MLST')) {
        stop.abort(new Error('enough'));
        return true;
      }
      return listing('type=file;size=1; a\r\n')(line, say, peer);
    };
    await against(script, async (files) => {
      await assert.rejects(files.stat(at('x'), stop.signal), /enough/);
      assert.deepEqual(await names(files), ['a']);
    });
  });
});

describe('old servers', () => {
  test('without MLST: SIZE and CWD tell files from directories, LIST is read from within', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line === 'SIZE /x') say('213 5');
      else if (line === 'MDTM /x') say('213 20260102030405');
      else if (line === 'CWD /d' || line === 'CWD /') say('250 ok');
      else if (line?.startsWith('CWD') || line?.startsWith('SIZE') || line?.startsWith('MDTM')) say('550 no');
      else if (line === 'LIST -a') say('501 no options');
      else if (line === 'LIST') {
        const rows = 'total 1\r\n-rw-r--r-- 1 a b 5 Jan  2  2026 x\r\ndrwxr-xr-x 2 a b 0 Jan  2  2026 d\r\n';
        peer.transfer((data) => data.end(rows, () => say('226 done')));
      } else return false;
      return true;
    };
    await against(
      script,
      async (files) => {
        assert.deepEqual(await files.stat(at('x')), {
          kind: 'file',
          size: 5,
          modified: Date.UTC(2026, 0, 2, 3, 4, 5),
          tag: '',
        });
        assert.equal((await files.stat(at('d'))).kind, 'directory');
        await fails('CS_NOT_FOUND', () => files.stat(at('none')));
        const found = [];
        for await (const { name, kind, modified } of files.list(at()))
          found.push([name, kind, new Date(modified).toISOString()]);
        // The time of a file to the second, as MDTM tells it.
        assert.deepEqual(found, [
          ['d', 'directory', '2026-01-02T00:00:00.000Z'],
          ['x', 'file', '2026-01-02T03:04:05.000Z'],
        ]);
      },
      {},
      ['SIZE', 'MDTM'],
    );
  });

  test('names in latin1, ÿ doubled as TELNET wants it', LIMIT, async () => {
    const script: Script = (line, say, peer) => {
      if (line === 'SIZE /\xff\xffg\xe9') return say('213 5');
      if (line?.startsWith('CWD')) return say('250 ok');
      if (!line?.startsWith('LIST')) return false;
      peer.transfer((data) =>
        data.end(Buffer.from('-rw-r--r-- 1 a b 5 Jan  2  2026 g\xe9\r\n', 'latin1'), () => say('226 done')),
      );
      return true;
    };
    await against(
      script,
      async (files) => {
        assert.equal((await files.stat(at('ÿgé'))).size, 5);
        assert.deepEqual(await names(files), ['gé']);
        await fails('CS_INPUT', () => files.stat(at('日本')));
      },
      { options: { charset: 'latin1' } },
      ['SIZE'],
    );
  });
});
