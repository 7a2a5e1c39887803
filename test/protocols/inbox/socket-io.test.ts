/** MailDev's Socket.IO: its real client, and what no client should say. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { io, type ManagerOptions, type Socket } from 'socket.io-client';
import { readPacket } from '../../../src/protocols/inbox/rivals/socket-io/packet.ts';
import { EngineSession } from '../../../src/protocols/inbox/rivals/socket-io/session.ts';
import { listen } from './socket-client.ts';
import { type InboxStage, inboxStage, mail } from './stage.ts';

const TIME = { timeout: 120_000 };

interface Email {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  readonly from: readonly { readonly address: string; readonly name: string }[];
}

interface Lent {
  readonly name: string;
  readonly address: string;
  readonly token: string;
}

/** What an emitter of the component says next. */
function next<T>(
  emitter: { once(event: string, told: (...args: never[]) => void): unknown },
  event: string,
): Promise<T> {
  return new Promise((resolve) => emitter.once(event, (told: T) => resolve(told)));
}

const url = ({ door }: InboxStage): string => `http://127.0.0.1:${door.port}`;

async function connect(stage: InboxStage, options: Partial<ManagerOptions> = {}): Promise<Socket> {
  const socket = io(url(stage), { forceNew: true, reconnection: false, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('connect_error', reject);
  });
  return socket;
}

for (const transports of [['polling'], ['websocket'], ['polling', 'websocket'], ['websocket', 'polling']] as const) {
  test(`socket.io-client by ${transports.join(', then ')}: newMail, deleteMail`, TIME, async () => {
    await using stage = await inboxStage();
    const socket = await connect(stage, { transports: [...transports] });
    const { engine } = socket.io;
    const last = transports[0] === 'websocket' ? 'websocket' : transports.at(-1);
    if (engine.transport.name !== last) await next(engine, 'upgrade');
    assert.equal(engine.transport.name, last);
    const came = next<Email>(socket, 'newMail');
    const id = await stage.deliver(mail({ Subject: 'one' }, 'words\r\n'));
    const email = await came;
    assert.deepEqual(
      [email.id, email.subject, email.text.trim(), email.from],
      [id, 'one', 'words', [{ address: 'sender@x.test', name: 'Sender' }]],
    );
    const gone = next(socket, 'deleteMail');
    await stage.ask(`/email/${id}`, { method: 'DELETE' });
    assert.deepEqual(await gone, { id });
    const closed = next(socket, 'disconnect');
    socket.disconnect();
    await closed;
  });
}

test('nothing is lost while it goes over from polling to the WebSocket', TIME, async () => {
  await using stage = await inboxStage();
  const subjects: string[] = [];
  const socket = io(url(stage), { forceNew: true, reconnection: false });
  let came = (): void => {};
  socket.on('newMail', ({ subject }: Email) => {
    subjects.push(subject);
    came();
  });
  await next(socket, 'connect');
  let sent = 0;
  const deliver = async (count: number): Promise<void> => {
    for (const until = sent + count; sent < until; sent++) await stage.deliver(mail({ Subject: `message ${sent}` }));
  };
  // Before, while and behind it.
  while (socket.io.engine.transport.name !== 'websocket') {
    await deliver(1);
    await new Promise(setImmediate);
  }
  await deliver(20);
  while (subjects.length < sent) {
    await new Promise<void>((resolve) => {
      came = resolve;
    });
  }
  assert.deepEqual(
    subjects,
    Array.from({ length: sent }, (_, at) => `message ${at}`),
  );
  socket.disconnect();
});

test('all gone at once is told of each, and of all', TIME, async () => {
  await using stage = await inboxStage();
  const ids = [await stage.deliver(mail({})), await stage.deliver(mail({}))];
  const socket = await connect(stage);
  const gone: string[] = [];
  const last = new Promise<void>((resolve) => {
    socket.on('deleteMail', ({ id }: Email) => {
      gone.push(id);
      if (id === 'all') resolve();
    });
  });
  await stage.ask('/api/email/all', { method: 'DELETE' });
  await last;
  assert.deepEqual(gone, [...ids, 'all']);
  socket.disconnect();
});

test('another namespace is refused, an event that nobody waits for is ignored, ?inbox= chooses', TIME, async () => {
  await using stage = await inboxStage();
  const socket = await connect(stage, { query: { inbox: 'bob@x.test' } });
  const admin = socket.io.socket('/admin');
  admin.connect();
  const { message } = await next<Error>(admin, 'connect_error');
  assert.equal(message, 'Invalid namespace');
  socket.emit('anything', { a: [1] }, () => {});
  const came = next<Email>(socket, 'newMail');
  await stage.deliver(mail({ Subject: 'for ann' }));
  await stage.deliver(mail({ Subject: 'for bob' }), { to: [{ address: 'bob@x.test' }] });
  assert.equal((await came).subject, 'for bob');
  socket.disconnect();
});

test('a client that is shut out comes back by itself', TIME, async () => {
  await using stage = await inboxStage();
  const socket = await connect(stage, { transports: ['websocket'], reconnection: true, reconnectionDelay: 10 });
  const away = next(socket, 'disconnect');
  const back = next(socket, 'connect');
  socket.io.engine.transport.close();
  await away;
  await back;
  const came = next(socket, 'newMail');
  await stage.deliver(mail({}));
  await came;
  socket.disconnect();
});

test('AU-04 the token of an inbox: its own mail only, nobody else’s session, and the end with it', TIME, async () => {
  await using stage = await inboxStage({ accounts: 'any' });
  const lend = async () => (await stage.ask('/api/inboxes', { method: 'POST', body: {} })).json as unknown as Lent;
  const a = await lend();
  const b = await lend();
  for (const query of [{ token: a.token, inbox: b.name }, { token: `${a.token}x` }]) {
    await assert.rejects(connect(stage, { query, transports: ['polling'] }));
    await assert.rejects(connect(stage, { query, transports: ['websocket'] }));
  }
  const sockets: Socket[] = [];
  for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
    sockets.push(await connect(stage, { query: { token: a.token }, transports }));
  }
  const told = Promise.all(sockets.map((socket) => next<Email>(socket, 'newMail')));
  await stage.deliver(mail({ Subject: 'other' }), { to: [{ address: b.address }] });
  await stage.deliver(mail({ Subject: 'own' }), { to: [{ address: a.address }] });
  assert.deepEqual(
    (await told).map(({ subject }) => subject),
    ['own', 'own', 'own'],
  );
  const { body } = await stage.ask(`/socket.io/?EIO=4&transport=polling&token=${a.token}`);
  const { sid } = JSON.parse(body.toString().slice(1)) as { sid: string };
  for (const token of ['', `&token=${b.token}`]) {
    const taken = await stage.ask(`/socket.io/?EIO=4&transport=polling&sid=${sid}${token}`);
    assert.deepEqual([taken.status, taken.json.code], [400, 1]);
  }
  const gone = Promise.all(sockets.map((socket) => next<string>(socket, 'disconnect')));
  const bearer = { authorization: `Bearer ${a.token}` };
  await stage.ask(`/api/inboxes/${a.name}`, { method: 'DELETE', headers: bearer });
  assert.equal((await gone).length, 3);
  const late = await stage.ask(`/socket.io/?EIO=4&transport=polling&sid=${sid}`);
  assert.equal(late.json.code, 1);
});

test('requests that are none of Engine.IO 4 are told so in its words', TIME, async () => {
  await using stage = await inboxStage();
  const code = async (query: string, how = {}): Promise<readonly [number, number]> => {
    const { status, json } = await stage.ask(`/socket.io/?${query}`, how);
    return [status, Number(json.code)];
  };
  assert.deepEqual(await code('EIO=3&transport=polling'), [400, 5]);
  assert.deepEqual(await code('transport=polling'), [400, 5]);
  assert.deepEqual(await code('EIO=4&transport=pigeon'), [400, 0]);
  assert.deepEqual(await code('EIO=4&transport=websocket'), [400, 0]);
  assert.deepEqual(await code('EIO=4&transport=polling&sid=none'), [400, 1]);
  assert.deepEqual(await code('EIO=4&transport=polling&sid=__proto__'), [400, 1]);
  assert.deepEqual(await code('EIO=4&transport=polling', { method: 'POST', body: '40' }), [400, 2]);
  const socket = `ws://127.0.0.1:${stage.door.port}/socket.io/?EIO=4&transport=websocket`;
  await assert.rejects(listen(`${socket}&sid=none`), /refused: 400/);
  await assert.rejects(listen(socket.replace('EIO=4', 'EIO=3')), /refused: 400/);
  await assert.rejects(listen(socket, { headers: { origin: 'https://evil.example' } }), /refused: 403/);
  const foreign = { method: 'POST', body: '40', headers: { origin: 'https://evil.example' } };
  assert.equal((await stage.ask('/socket.io/?EIO=4&transport=polling&sid=none', foreign)).status, 403);
});

test('two polls at once, and what is no packet, end the session', TIME, async () => {
  await using stage = await inboxStage();
  const open = async (): Promise<string> => {
    const { body } = await stage.ask('/socket.io/?EIO=4&transport=polling');
    const { sid, upgrades, pingInterval } = JSON.parse(body.toString().slice(1)) as Record<string, string>;
    assert.deepEqual([upgrades, pingInterval], [['websocket'], 25_000]);
    return `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  };
  const twice = await open();
  const first = stage.ask(twice);
  await stage.ask(twice, { method: 'POST', body: '40' });
  assert.match((await first).body.toString(), /^40\{"sid":"/);
  const [one, other] = await Promise.all([stage.ask(twice), stage.ask(twice)]);
  assert.deepEqual([one.status, other.status].sort(), [200, 400]);
  assert.equal((await stage.ask(twice)).json.code, 1);
  for (const body of [
    '',
    '9',
    '4',
    '47',
    '42{}',
    '42[1',
    '40[]',
    '451-["a"]',
    '4\u001e',
    'b4AAA',
    `42${'['.repeat(60)}`,
  ]) {
    const path = await open();
    assert.equal((await stage.ask(path, { method: 'POST', body })).status, 200);
    assert.equal((await stage.ask(path)).json.code, 1, JSON.stringify(body));
  }
  const large = await stage.ask(await open(), { method: 'POST', body: `42["${'x'.repeat(70_000)}"]` });
  assert.equal(large.status, 413);
});

test('who answers no ping is gone, and a probe that is none is no way in', TIME, async () => {
  const session = new EngineSession({ user: '', heartbeat: { interval: 5, timeout: 5 }, message: () => true });
  // The timers of a session keep no program alive.
  const alive = setInterval(() => {}, 1000);
  assert.equal(await session.poll(new AbortController().signal), '2');
  await once(session.signal, 'abort');
  clearInterval(alive);
  assert.equal(await session.poll(new AbortController().signal), '1');
  await using stage = await inboxStage();
  const { body } = await stage.ask('/socket.io/?EIO=4&transport=polling');
  const { sid } = JSON.parse(body.toString().slice(1)) as { sid: string };
  const heard = await listen(`ws://127.0.0.1:${stage.door.port}/socket.io/?EIO=4&transport=websocket&sid=${sid}`);
  heard.socket.send('5');
  assert.equal(await heard.closed, 1002);
  const still = stage.ask(`/socket.io/?EIO=4&transport=polling&sid=${sid}`);
  await stage.ask(`/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body: '40' });
  assert.match((await still).body.toString(), /^40/);
});

test('packets, whole or none', () => {
  assert.deepEqual(readPacket('0'), { type: 'connect', namespace: '/' });
  assert.deepEqual(readPacket('0{"token":"a"}'), { type: 'connect', namespace: '/' });
  assert.deepEqual(readPacket('0/admin,'), { type: 'connect', namespace: '/admin' });
  assert.deepEqual(readPacket('0/admin'), { type: 'connect', namespace: '/admin' });
  assert.deepEqual(readPacket('1/admin,'), { type: 'disconnect', namespace: '/admin' });
  assert.deepEqual(readPacket('2/admin,12["a",{"b":1}]'), { type: 'event', namespace: '/admin' });
  assert.deepEqual(readPacket('312[]'), { type: 'ack', namespace: '/' });
  for (const bad of [
    '',
    '2',
    '3',
    '4{}',
    '51-["a"]',
    '2[]',
    '2[{}]',
    '2["a"',
    '2"a"',
    '0"a"',
    '0[]',
    '1{}',
    'x',
    '2nope',
  ]) {
    assert.equal(readPacket(bad), undefined, bad);
  }
});
