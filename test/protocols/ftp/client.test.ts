import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import type { LogFacts } from '../../../src/contracts/store.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { StreamConnection } from '../../../src/net/connection.ts';
import { client } from '../../../src/protocols/ftp/client.ts';
import { fails } from '../../conformance/harness.ts';
import { against, at, holding, LIMIT, listing, names } from './client-against.ts';
import { type Script, scripted } from './client-script.ts';
import { clientContext, filesAt, type Wish } from './client-stage.ts';

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
