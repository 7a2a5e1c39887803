/** What one HTTP/2 connection may make us do for nothing (field: DoS): the session ends, and others are served. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { mock, test } from 'node:test';
import { Calm } from '../../../src/protocols/shared/http/h2-calm.ts';
import { certificate } from '../../net/certificate.ts';
import { END_HEADERS, END_STREAM, Frames, frame, getBlock, setting, TYPE } from './h2-frames.ts';
import { type Stage, web } from './stage.ts';

const LARGE = Buffer.alloc(4_000_000, 'x');
const context = await certificate();

async function stage(limits = {}): Promise<Stage> {
  const files = { 'a.txt': 'hello', 'large.bin': LARGE };
  return web(files, {}, limits, { tls: 'implicit' }, { tls: { mode: 'implicit', context: () => context } });
}

async function othersAreServed({ door }: Stage): Promise<void> {
  const session = connect(`https://127.0.0.1:${door.port}`, { ca: String(context.cert) });
  const stream = session.request({ ':path': '/a.txt' });
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  stream.resume();
  session.close();
}

const INTERNAL_ERROR = 2;
const ENHANCE_YOUR_CALM = 11;

const CANCEL = Buffer.from([0, 0, 0, 8]);
const floods: [string, (at: number) => Buffer, number][] = [
  [
    'rapid reset (CVE-2023-44487)',
    (at) => {
      const stream = 2 * at + 1;
      const asked = frame(TYPE.headers, END_HEADERS | END_STREAM, stream, getBlock('/a.txt'));
      return Buffer.concat([asked, frame(TYPE.reset, 0, stream, CANCEL)]);
    },
    20_000,
  ],
  [
    'CONTINUATION without end (CVE-2024-27316)',
    (at) => {
      if (at === 0) return frame(TYPE.headers, END_STREAM, 1, getBlock('/a.txt'));
      return frame(TYPE.continuation, 0, 1, Buffer.from(`\0\x05x-${String(at % 1000).padStart(3, '0')}\x02xx`));
    },
    100_000,
  ],
  ['SETTINGS', () => frame(TYPE.settings, 0, 0, setting(3, 100)), 100_000],
  ['PING', (at) => frame(TYPE.ping, 0, 0, Buffer.from(String(at).padStart(8, '0'))), 100_000],
];

for (const [name, what, times] of floods) {
  test(`DoS: ${name}: the session is ended long before that, and others are served`, async () => {
    await using one = await stage();
    const client = await Frames.open(one.door.port, String(context.cert));
    await client.flood(what, times);
    await client.gone();
    assert.ok([ENHANCE_YOUR_CALM, INTERNAL_ERROR].includes(client.goaway ?? -1), `GOAWAY ${client.goaway}`);
    assert.ok(one.requests.length <= 1000, `${one.requests.length} requests were answered`);
    const close = await one.fact('connection.close');
    assert.ok(Number(close.bytes_in) < 400_000, `${close.bytes_in} octets were read`);
    await othersAreServed(one);
  });
}

test('DoS: a peer that never opens its window has its streams taken back, and then its connection', {
  timeout: 120_000,
}, async () => {
  await using one = await stage({ minimumRate: 500, idleTime: 1500 });
  // INITIAL_WINDOW_SIZE 0: heads may be sent, content never.
  const client = await Frames.open(one.door.port, String(context.cert), setting(4, 0));
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const streams = Array.from({ length: 20 }, (_, at) => 2 * at + 1);
    for (const stream of streams) {
      const path = stream % 4 === 1 ? '/a.txt' : '/large.bin';
      client.socket.write(frame(TYPE.headers, END_HEADERS | END_STREAM, stream, getBlock(path)));
    }
    const told = (type: number): number[] =>
      client.heard.filter((one) => one.type === type).map(({ stream }) => stream);
    while (told(TYPE.headers).length < streams.length) await new Promise(setImmediate);
    assert.deepEqual(told(TYPE.reset), []);
    for (let seconds = 0; seconds < 30 && told(TYPE.reset).length < streams.length; seconds++) {
      mock.timers.tick(1000);
      for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    }
    // No time passes any more: what was done is on its way.
    while (told(TYPE.reset).length < streams.length) await new Promise(setImmediate);
    assert.deepEqual(
      told(TYPE.reset).sort((a, b) => a - b),
      streams,
    );
    assert.deepEqual(told(TYPE.data), [], 'nothing was sent against its will');
    // A connection without a stream is idle.
    while (!client.closed) {
      mock.timers.tick(1000);
      await new Promise(setImmediate);
    }
  } finally {
    mock.timers.reset();
    client.socket.destroy();
  }
  await othersAreServed(one);
});

test('what honest peers do again and again is no flood', () => {
  const calm = new Calm(0);
  for (let at = 0; at < 500; at++) assert.ok(calm.spend(0));
  assert.equal(calm.spend(0), false);
  const page = new Calm(0);
  for (let seconds = 0; seconds < 60; seconds += 4)
    for (let at = 0; at < 100; at++) assert.ok(page.spend(1000 * seconds));
});
