import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { FileDraft } from '../../../src/contracts/file-draft.ts';
import type { FileTree } from '../../../src/contracts/files.ts';
import { fails, whole } from '../../conformance/harness.ts';
import { against, at, file, holding, LIMIT, listing, names } from './client-against.ts';
import type { Say, Script } from './client-script.ts';
import type { Wish } from './client-stage.ts';

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

  test(
    'a server that dies in the middle: who writes is told, and nobody waits for it to come back',
    LIMIT,
    async () => {
      const script: Script = (line, say, peer) => {
        if (line === undefined && alone) {
          peer.socket.destroy();
          return true;
        }
        if (line?.startsWith('SIZE')) return say('213 3');
        return storing((data) =>
          data.once('data', () => {
            alone = true;
            data.resetAndDestroy();
            peer.socket.resetAndDestroy();
          }),
        )(line, say, peer);
      };
      let alone = false;
      const heard = await against(script, async (files, server) => {
        const drafts = [
          await files.write!(at('x'), { mode: 'replace' }),
          await files.write!(at('y'), { mode: 'replace' }),
        ];
        const upload = async (draft: FileDraft) => {
          for (;;) {
            await draft.write(Buffer.alloc(64 * 1024));
            await new Promise((turn) => setImmediate(turn));
          }
        };
        for (const draft of drafts) await fails('CS_CANNOT_CONNECT', () => upload(draft));
        await Promise.all(drafts.map((draft) => draft.abort()));
        return server.heard;
      });
      assert.ok(!heard.some((line) => line.startsWith('RNTO')));
    },
  );

  test(
    'whole, with its time, measured and named in two groups; what a listing told is not asked again',
    LIMIT,
    async () => {
      const groups: number[] = [];
      let answered = 0;
      const script: Script = (line, say, peer) => {
        if (line?.startsWith('MFMT')) return say('213 Modify=20260102030405; /x');
        if (line?.startsWith('SIZE')) return say('213 5');
        if (line?.startsWith('RNFR')) return say('350 and then?');
        if (line?.startsWith('RNTO')) return say('250 ok');
        if (line?.startsWith('MLST')) return say(file(5));
        return storing((data) =>
          data.resume().on('end', () => {
            data.end();
            say('226 done');
          }),
        )(line, say, peer);
      };
      const heard = await against(
        script,
        async (files, server) => {
          answered = server.heard.length;
          const draft = await files.write!(at('x'), { mode: 'replace', known: null });
          await draft.write(Buffer.from('hello'));
          const facts = await draft.commit({ modified: Date.UTC(2026, 0, 2, 3, 4, 5) });
          assert.deepEqual([facts.size, facts.modified], [5, Date.UTC(2026, 0, 2, 3, 4, 5)]);
          groups.push(...server.groups);
          return server.heard.slice(answered);
        },
        {},
        ['MLST type*;size*;modify*;', 'SIZE', 'EPSV', 'MFMT'],
      );
      assert.deepEqual(
        heard.map((line) => line.split(' ')[0]),
        ['EPSV', 'STOR', 'SIZE', 'MFMT', 'RNFR', 'RNTO', 'MLST'],
      );
      assert.deepEqual(groups.slice(-2), [3, 2]);
    },
  );

  test(
    'where things may only be dropped: neither SIZE nor MLST is allowed, and the upload gets its name',
    LIMIT,
    async () => {
      const heard = await against(
        (line, say, peer) => {
          if (line?.startsWith('SIZE') || line?.startsWith('MLST')) return say('550 not for you');
          if (line?.startsWith('RNFR')) return say('350 and then?');
          if (line?.startsWith('RNTO')) return say('250 ok');
          return storing((data) =>
            data.resume().on('end', () => {
              data.end();
              say('226 done');
            }),
          )(line, say, peer);
        },
        async (files, server) => {
          const draft = await files.write!(at('x'), { mode: 'replace' });
          await draft.write(Buffer.from('hello'));
          assert.equal((await draft.commit()).size, 5);
          assert.equal((await files.writeWhole!(at('y'), { mode: 'replace' }, [Buffer.from('hi')])).size, 2);
          return server.heard;
        },
      );
      assert.deepEqual(
        heard.filter((line) => line.startsWith('RNTO')),
        ['RNTO /x', 'RNTO /y'],
      );
      assert.ok(!heard.some((line) => line.startsWith('DELE')));
    },
  );

  test(
    'what a dead upload left a day ago goes with the next upload into its directory; a younger one may be gone on with',
    LIMIT,
    async () => {
      const today = new Date().toISOString().replace(/[-:T]|\..*$/g, '');
      const rows = [
        ['20200102030405', 'x.cs-00000000000a.part'],
        [today, 'x.cs-00000000000b.part'],
        ['20200102030405', 'x.cs-notours.part'],
      ].map(([time, name]) => `type=file;size=1;modify=${time}; ${name}\r\n`);
      const heard = await against(
        (line, say, peer) => {
          if (line?.startsWith('SIZE')) return say('213 0');
          if (line?.startsWith('RNFR')) return say('350 and then?');
          if (line?.startsWith('RNTO')) return say('250 ok');
          if (line?.startsWith('MLSD')) return listing(rows.join(''))(line, say, peer);
          return storing((data) =>
            data.resume().on('end', () => {
              data.end();
              say('226 done');
            }),
          )(line, say, peer);
        },
        async (files, server) => {
          assert.deepEqual(await names(files), ['x.cs-notours.part']);
          for (const name of ['y', 'z']) await (await files.write!(at(name), { mode: 'replace' })).commit();
          return server.heard;
        },
        {},
        ['SIZE', 'EPSV', 'MLSD'],
      );
      assert.deepEqual(
        heard.filter((line) => line.startsWith('DELE')),
        ['DELE /x.cs-00000000000a.part'],
      );
    },
  );

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
