import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { masked, openWs, wsStage } from './stage.ts';

test('WS-02 WS-03 WS-04 over TCP: the code, the end within a second, and the next client is served', async () => {
  await using opened = await wsStage();
  for (const [octets, code] of [
    [Buffer.from('810568656c6c6f', 'hex'), 1002],
    [masked(0xb1, 'x'), 1002],
    [masked(0x89, Buffer.alloc(126)), 1002],
    [masked(0x88, Buffer.from([3, 237])), 1002],
    [Buffer.concat([masked(0x01, Buffer.from([0xe2])), masked(0x80, 'x')]), 1007],
    [Buffer.from('82ff800000000000000000000000', 'hex'), 1009],
    [masked(0x82, Buffer.alloc(64 * 1024 + 1)), 1009],
  ] as const) {
    const ears = await openWs(opened);
    ears.socket.write(octets);
    assert.equal(await ears.closed(), code);
    const said = performance.now();
    await ears.ended();
    assert.ok(performance.now() - said < 5000);
    ears.socket.destroy();
  }
  const ears = await openWs(opened);
  ears.socket.write(masked(0x81, 'still here'));
  assert.deepEqual(await ears.hear(), { kind: 'text', text: 'still here' });
  ears.socket.destroy();
  const codes = opened.facts.filter(({ event }) => event === 'connection.close').map(({ code }) => String(code)[0]);
  assert.deepEqual(codes.slice(0, 7), ['S', 'S', 'S', 'S', 'S', 'L', 'L']);
});

test('WS-05 131,000 one-octet fragments: 1009', async () => {
  await using opened = await wsStage({ rate: { burst: 1e6, perSecond: 1 } });
  const ears = await openWs(opened);
  ears.socket.write(Buffer.concat([masked(0x01, 'x'), ...Array<Buffer>(131_000).fill(masked(0x00, 'x'))]));
  assert.equal(await ears.closed(), 1009);
  await ears.ended();
});

test('a ping is answered by its own octets, between a message’s fragments too', async () => {
  await using opened = await wsStage();
  const ears = await openWs(opened);
  ears.socket.write(Buffer.concat([masked(0x01, 'a'), masked(0x89, 'you?'), masked(0x80, 'b')]));
  assert.deepEqual(await ears.hear(), { kind: 'pong', bytes: Buffer.from('you?') });
  assert.deepEqual(await ears.hear(), { kind: 'text', text: 'ab' });
  ears.socket.destroy();
});

test('a close without a code comes back without one; what follows it is not looked at', async () => {
  await using opened = await wsStage();
  const ears = await openWs(opened);
  ears.socket.write(Buffer.concat([masked(0x88), masked(0x81, 'more')]));
  assert.deepEqual(await ears.hear(), { kind: 'close', code: 1005, reason: '' });
  await ears.ended();
});

test('silence is broken by pings; who answers none is gone after as long again', async () => {
  await using opened = await wsStage({ keepalive: 500 });
  const ears = await openWs(opened);
  for (let times = 0; times < 3; times++) {
    assert.deepEqual(await ears.hear(), { kind: 'ping', bytes: Buffer.alloc(0) });
    ears.socket.write(masked(0x8a));
  }
  await ears.ended();
  assert.equal((await opened.fact('connection.close')).code, 'TI');
});

test('WS-07 who never reads has no more than the queue and one message waiting, and is let go', async () => {
  const QUEUE = 256 * 1024;
  const WORDS = 64 * 1024;
  let most = 0;
  const opened = await wsStage({ queueBytes: QUEUE }, async (socket) => {
    const words = Buffer.alloc(WORDS, 120);
    while (!socket.signal.aborted) {
      // Waits for nobody.
      void socket.send(words);
      most = Math.max(most, opened.streams[0]?.writableLength ?? 0);
      await new Promise(setImmediate);
    }
    for await (const _ of socket);
  });
  await using _ = opened;
  const ears = await openWs(opened);
  ears.socket.pause();
  assert.equal((await opened.fact('connection.close')).code, 'LI');
  assert.ok(most > QUEUE && most <= QUEUE + WORDS + 100, `${most}`);
  ears.socket.destroy();
});

test('WS-07 who sends as fast as it may waits for a client that reads slowly, and nothing is lost', async () => {
  const COUNT = 300;
  let slow = (): void => {};
  const slowed = new Promise<void>((resolve) => {
    slow = resolve;
  });
  await using opened = await wsStage({}, async (socket) => {
    const telling = (async () => {
      for (let at = 0; at < COUNT; at++) {
        const words = Buffer.alloc(64 * 1024, at % 250);
        let done = false;
        const sent = socket.send(words).then(() => {
          done = true;
        });
        await new Promise(setImmediate);
        if (!done) slow();
        await sent;
      }
      socket.close(4000, 'all of it');
    })();
    for await (const _ of socket);
    await telling;
  });
  const ears = await openWs(opened);
  // Reads nothing until the other end has to wait.
  await slowed;
  for (let at = 0; at < COUNT; at++) {
    const said = await ears.hear();
    assert.ok(said?.kind === 'binary' && said.bytes.length === 64 * 1024 && said.bytes[7] === at % 250, `${at}`);
  }
  assert.equal(await ears.closed(), 4000);
  ears.socket.destroy();
});

test('WS-09 a flood of pings: 1008', async () => {
  await using opened = await wsStage({ rate: { burst: 20, perSecond: 1 } });
  const ears = await openWs(opened);
  ears.socket.write(Buffer.concat(Array<Buffer>(40).fill(masked(0x89, 'x'))));
  let pongs = 0;
  for (;;) {
    const said = await ears.hear();
    if (said?.kind === 'pong') pongs += 1;
    else {
      assert.deepEqual([said?.kind, said?.kind === 'close' && said.code], ['close', 1008]);
      break;
    }
  }
  assert.equal(pongs, 20);
  await ears.ended();
});

test('shutting down: 1001, and the end with the client’s Close', async () => {
  await using opened = await wsStage();
  const ears = await openWs(opened);
  const drained = opened.door.drain(5000);
  assert.deepEqual(await ears.hear(), { kind: 'close', code: 1001, reason: 'the server is shutting down' });
  ears.socket.write(masked(0x88, Buffer.from([3, 233])));
  await ears.ended();
  assert.equal(await drained, 0);
  assert.equal(String((await opened.fact('connection.close')).code)[0], 'X');
});

test('who does not answer our Close is gone two seconds later', async () => {
  await using opened = await wsStage({}, async (socket) => {
    socket.close(4001, 'go');
    for await (const _ of socket) assert.fail('nothing is heard after our Close');
  });
  const ears = await openWs(opened);
  ears.socket.write(masked(0x81, 'but'));
  assert.equal(await ears.closed(), 4001);
  await ears.ended();
  ears.socket.destroy();
});

test('a fault of ours: 1011, and the log knows', async () => {
  await using opened = await wsStage({}, async () => {
    throw new Error('the secret place');
  });
  const ears = await openWs(opened);
  assert.deepEqual(await ears.hear(), { kind: 'close', code: 1011, reason: 'internal error' });
  await ears.ended();
  assert.deepEqual(opened.told, ['ws.failed']);
});

test('a client that is gone ends it without a word', async () => {
  let over = (): void => {};
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  await using opened = await wsStage({}, async (socket) => {
    for await (const _ of socket);
    assert.ok(socket.signal.aborted);
    await socket.send('to nobody');
    over();
  });
  const ears = await openWs(opened);
  ears.socket.destroy();
  await ended;
  const half = await openWs(opened);
  half.socket.end();
  await once(half.socket, 'close');
});
