import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { CsError } from '../../src/kit/errors.ts';
import { peer, refused, relayStage, type Stage, silence } from './stage.ts';

const TIME = { timeout: 20_000 };

async function settled(stage: Stage): Promise<void> {
  await stage.relay.stop(5000);
}

test('a message leaves as it was spooled, and the queue is empty', TIME, async () => {
  const there = peer();
  const stage = relayStage({ 'x.test': there });
  stage.relay.start();
  const text = 'Subject: s\r\n\r\n.dots\r\n\0\xff';
  await stage.send(['ann@x.test', 'cat@x.test'], { ret: 'HDRS', envid: 'e', body: '8BITMIME' }, text);
  await stage.fact('mail.sent', 2);
  await settled(stage);
  const [{ envelope, text: got }] = there.taken as [(typeof there.taken)[0]];
  assert.equal(got, Buffer.from(text).toString('latin1'));
  assert.deepEqual(
    { from: envelope.from, to: envelope.to.map(({ address }) => address), ret: envelope.ret, envid: envelope.envid },
    { from: 'bob@y.test', to: ['ann@x.test', 'cat@x.test'], ret: 'HDRS', envid: 'e' },
  );
  assert.equal(there.taken.length, 1);
  assert.deepEqual(await stage.spool.list(), []);
  assert.equal(stage.reports.length, 0);
});

test('what a server puts off is tried again when it is due, with longer pauses', TIME, async () => {
  let refusals = 3;
  const there = peer({ rcpt: () => (refusals-- > 0 ? '451 4.7.1 greylisted' : '250 ok') });
  const stage = relayStage({ 'x.test': there });
  stage.relay.start();
  // The try is somewhere between these two looks at the clock, and its pause counts from there.
  let before = stage.now;
  await stage.send(['ann@x.test']);
  for (const [nth, [least, most]] of [
    [270_000, 330_000],
    [540_000, 660_000],
    [1_080_000, 1_320_000],
  ].entries()) {
    const fact = await stage.fact('mail.deferred', nth + 1);
    const due = Date.parse(String(fact.due));
    assert.ok(due >= before + least! && due <= stage.now + most!, `${due - before}`);
    assert.equal(fact.reply, '451 4.7.1 greylisted');
    assert.equal(there.taken.length, 0);
    stage.now = due + 1;
    before = stage.now;
    stage.relay.wake();
  }
  await stage.fact('mail.sent');
  await settled(stage);
  assert.equal(there.taken.length, 1);
});

test('a refusal for good comes back to the sender as a report', TIME, async () => {
  const there = peer({ rcpt: () => '550 5.1.1 nobody of that name' });
  const stage = relayStage({ 'x.test': there });
  stage.relay.start();
  await stage.send(
    [{ address: 'ann@x.test', orcpt: 'rfc822;Ann@y.test' }],
    { envid: 'ID7' },
    'Subject: lost\r\n\r\nsecret\r\n',
  );
  await stage.fact('mail.bounced');
  await settled(stage);
  const [report] = stage.reports;
  assert.equal(report?.envelope.from, '');
  assert.deepEqual(
    report?.envelope.to.map(({ address }) => address),
    ['bob@y.test'],
  );
  for (const line of [
    'Content-Type: multipart/report; report-type=delivery-status;',
    'Reporting-MTA: dns;relay.test',
    'Original-Envelope-Id: ID7',
    'Original-Recipient: rfc822;Ann@y.test',
    'Final-Recipient: rfc822;ann@x.test',
    'Action: failed',
    'Status: 5.1.1',
    'Remote-MTA: dns;x.test',
    'Diagnostic-Code: smtp;550 5.1.1 nobody of that name',
    'Content-Type: text/rfc822-headers',
    'Subject: lost',
  ]) {
    assert.ok(report?.text.includes(`\r\n${line}`) || report?.text.startsWith(line), line);
  }
  assert.ok(!report?.text.includes('secret'), 'only the header goes back unless RET=FULL');
  assert.deepEqual(await stage.spool.list(), []);
});

test('RET=FULL brings the whole message back', TIME, async () => {
  const stage = relayStage({ 'x.test': peer({ rcpt: () => '550 no' }) });
  stage.relay.start();
  await stage.send(['ann@x.test'], { ret: 'FULL' }, 'Subject: lost\r\n\r\nall of it\r\n');
  await stage.fact('mail.bounced');
  await settled(stage);
  assert.match(stage.reports[0]!.text, /Content-Type: message\/rfc822\r\n\r\nSubject: lost\r\n\r\nall of it\r\n\r\n--/);
});

test('NOTIFY decides who is told: NEVER nobody, SUCCESS where the next server does not tell', TIME, async () => {
  const plain = peer({ capabilities: [] });
  const stage = relayStage({ 'x.test': peer({ rcpt: () => '550 no' }), 'plain.test': plain, 'dsn.test': peer() });
  stage.relay.start();
  await stage.send([{ address: 'ann@x.test', notify: ['NEVER'] }]);
  await stage.send([{ address: 'ann@x.test', notify: ['SUCCESS'] }]);
  await stage.send([{ address: 'ann@plain.test', notify: ['SUCCESS'] }]);
  await stage.send([{ address: 'ann@dsn.test', notify: ['SUCCESS'] }]);
  await stage.fact('mail.bounced', 2);
  await stage.fact('mail.sent', 2);
  await settled(stage);
  assert.equal(stage.reports.length, 1);
  assert.match(stage.reports[0]!.text, /Final-Recipient: rfc822;ann@plain.test\r\nAction: relayed\r\nStatus: 2.1.5/);
});

test('a report that bounces is not reported', TIME, async () => {
  const stage = relayStage({ 'x.test': peer({ rcpt: () => '550 no' }) });
  stage.relay.start();
  await stage.send(['ann@x.test'], { from: '' });
  await stage.fact('mail.bounced');
  await settled(stage);
  assert.deepEqual(stage.reports, []);
  assert.deepEqual(await stage.spool.list(), []);
});

test('recipients of one message have a fate each', TIME, async () => {
  const fates: Readonly<Record<string, string>> = { a: '250 ok', b: '550 5.1.1 no', c: '452 4.2.2 full' };
  const stage = relayStage({ 'x.test': peer({ rcpt: (address) => fates[address[0]!]! }) });
  stage.relay.start();
  await stage.send(['a@x.test', 'b@x.test', 'c@x.test']);
  await stage.fact('mail.deferred');
  await settled(stage);
  assert.deepEqual(stage.facts.map(({ event, to }) => `${event} ${to}`).sort(), [
    'mail.bounced b@x.test',
    'mail.deferred c@x.test',
    'mail.sent a@x.test',
  ]);
  const [left] = await stage.spool.list();
  assert.deepEqual(
    left?.recipients.map(({ address, tries, reply }) => ({ address, tries, reply })),
    [{ address: 'c@x.test', tries: 1, reply: '452 4.2.2 full' }],
  );
});

test('when all are refused each is asked alone: nobody bounces by the fault of another', TIME, async () => {
  const fates: Readonly<Record<string, string>> = { b: '550 5.1.1 no', c: '452 4.2.2 full' };
  const stage = relayStage({ 'x.test': peer({ rcpt: (address) => fates[address[0]!]! }) });
  stage.relay.start();
  await stage.send(['b@x.test', 'c@x.test']);
  await stage.fact('mail.deferred');
  await settled(stage);
  assert.deepEqual(stage.facts.map(({ event, to }) => `${event} ${to}`).sort(), [
    'mail.bounced b@x.test',
    'mail.deferred c@x.test',
  ]);
});

test('a connection lost after the last dot is tried again: at least once', TIME, async () => {
  let lost = true;
  const there = peer({
    commit: () => {
      if (!lost) return;
      lost = false;
      throw new CsError('CS_UNKNOWN_OUTCOME', 'the connection was lost after the message, before the answer');
    },
  });
  const stage = relayStage({ 'x.test': there });
  stage.relay.start();
  await stage.send(['ann@x.test']);
  const { due } = await stage.fact('mail.deferred');
  stage.now = Date.parse(String(due));
  stage.relay.wake();
  await stage.fact('mail.sent');
  await settled(stage);
  assert.equal(there.taken.length, 1);
});

test('servers are tried in their order, and one that answers is enough', TIME, async () => {
  const second = peer();
  const hops = ['down.test', 'busy.test', 'second.test'].map((host) => ({ host, address: '192.0.2.1', port: 25 }));
  const busy = peer({
    connect: () => {
      throw refused('421 4.3.2 too busy');
    },
  });
  const stage = relayStage({ 'second.test': second, 'busy.test': busy }, {}, async () => hops);
  stage.relay.start();
  await stage.send(['ann@x.test']);
  await stage.fact('mail.sent');
  await settled(stage);
  assert.equal(second.taken.length, 1);
});

test('a server that turns everybody away, even for good, costs nobody their mail', TIME, async () => {
  const there = peer({
    connect: () => {
      throw refused('554 5.7.1 your address is on a list');
    },
  });
  const stage = relayStage({ 'x.test': there });
  stage.relay.start();
  await stage.send(['ann@x.test']);
  const fact = await stage.fact('mail.deferred');
  await settled(stage);
  assert.equal(fact.reply, '554 5.7.1 your address is on a list');
  assert.equal((await stage.spool.list()).length, 1);
});

test('a domain that takes no mail bounces at once', TIME, async () => {
  const stage = relayStage({}, {}, async () => {
    throw refused('556 5.1.10 the domain takes no mail (RFC 7505)');
  });
  stage.relay.start();
  await stage.send(['ann@x.test']);
  await stage.fact('mail.bounced');
  await settled(stage);
  assert.match(stage.reports[0]!.text, /Status: 5.1.10/);
});

test('the sender hears of a delay once, and gets the message back when the time is up', TIME, async () => {
  const stage = relayStage({ 'x.test': peer({ rcpt: () => '451 4.3.0 later' }) });
  stage.relay.start();
  const hour = 3_600_000;
  const began = stage.now;
  await stage.send(['ann@x.test']);
  await stage.fact('mail.deferred');
  for (let tries = 2; stage.facts.at(-1)?.event !== 'mail.bounced'; tries++) {
    assert.ok(stage.now < began + 130 * hour, 'it is tried for five days, and no longer');
    stage.now = Math.max((await stage.spool.due())!, stage.now + hour);
    stage.relay.wake();
    await Promise.race([stage.fact('mail.deferred', tries), stage.fact('mail.bounced')]);
  }
  assert.ok(stage.now >= began + 120 * hour);
  await settled(stage);
  assert.deepEqual(
    stage.reports.map(({ text }) => /Action: (\w+)/.exec(text)?.[1]),
    ['delayed', 'failed'],
  );
  assert.match(stage.reports[0]!.text, /Will-Retry-Until: /);
  assert.deepEqual(await stage.spool.list(), []);
});

test('a domain gets no more connections than it may have, and one that hangs holds up nobody else', TIME, async () => {
  let free: () => void = () => {};
  const hanging = new Promise<void>((resolve) => {
    free = resolve;
  });
  const slow = peer({ commit: () => hanging });
  const quick = peer();
  const stage = relayStage({ 'slow.test': slow, 'quick.test': quick }, { connections: 4, connectionsPerDomain: 2 });
  stage.relay.start();
  for (let at = 0; at < 10; at++) await stage.send([`a${at}@slow.test`]);
  for (let at = 0; at < 10; at++) await stage.send([`a${at}@quick.test`]);
  await stage.fact('mail.sent', 10);
  assert.equal(quick.taken.length, 10);
  assert.equal(slow.most, 2);
  free();
  await stage.fact('mail.sent', 20);
  await settled(stage);
  assert.equal(slow.taken.length, 10);
  assert.equal(slow.most, 2);
});

test('message after message goes over the connections that are open, and no more than there may be', TIME, async () => {
  const [one, other] = [peer(), peer()];
  const stage = relayStage({ 'one.test': one, 'other.test': other }, { connections: 3, connectionsPerDomain: 2 });
  for (let at = 0; at < 40; at++) await stage.send([`a${at}@one.test`]);
  for (let at = 0; at < 250; at++) await stage.send([`a${at}@other.test`]);
  stage.relay.start();
  await stage.fact('mail.sent', 290);
  await settled(stage);
  assert.deepEqual([one.taken.length, other.taken.length], [40, 250]);
  assert.ok(one.connections + other.connections < 20, `${one.connections} and ${other.connections} connections`);
  // A hundred messages are enough for one.
  assert.ok(other.connections >= 3);
  assert.ok(one.most <= 2 && other.most <= 2);
  while (one.open + other.open > 0) await new Promise(setImmediate);
  await stage.relay.stop(1);
});

test('a server that has had enough on one connection gets the next message on another, at once', TIME, async () => {
  for (const parting of [refused('421 4.7.0 too many'), new CsError('CS_CANNOT_CONNECT', 'hung up')]) {
    let here = 0;
    const there = peer({
      connect: () => {
        here = 0;
      },
      commit: () => {
        here += 1;
        if (here > 3) throw parting;
      },
    });
    const stage = relayStage({ 'x.test': there }, { connections: 1, connectionsPerDomain: 1 });
    for (let at = 0; at < 10; at++) await stage.send([`a${at}@x.test`]);
    stage.relay.start();
    await stage.fact('mail.sent', 10);
    await settled(stage);
    assert.equal(there.taken.length, 10);
    assert.deepEqual(
      stage.facts.filter(({ event }) => event !== 'mail.sent'),
      [],
    );
    await stage.relay.stop(1);
  }
});

test('a domain whose connections all hang is not asked about again and again', TIME, async () => {
  const slow = peer({ commit: silence });
  const stage = relayStage({ 'slow.test': slow }, { connections: 4, connectionsPerDomain: 1 });
  let asked = 0;
  const lease = stage.spool.lease.bind(stage.spool);
  stage.spool.lease = (...wish) => {
    asked += 1;
    return lease(...wish);
  };
  for (let at = 0; at < 10; at++) await stage.send([`a${at}@slow.test`]);
  mock.timers.enable({ apis: ['setTimeout'] });
  stage.relay.start();
  while (slow.connections === 0) await new Promise(setImmediate);
  const before = asked;
  for (let tick = 0; tick < 10; tick++) {
    mock.timers.tick(20);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  }
  mock.timers.reset();
  assert.ok(asked <= before + 1, `${asked - before} times`);
  await stage.relay.stop(1);
});

test('a server that never answers is left after its time', TIME, async () => {
  const there = peer({ commit: silence });
  const stage = relayStage({ 'x.test': there }, { times: { connect: 5000, command: 5000, data: 5000, final: 30 } });
  stage.relay.start();
  await stage.send(['ann@x.test']);
  const fact = await stage.fact('mail.deferred');
  await settled(stage);
  assert.match(String(fact.reply), /did not answer in time/);
});

test('a stop cuts off what does not end, and nothing is lost', TIME, async () => {
  const there = peer();
  const stage = relayStage({ 'x.test': there });
  const begun = new Promise<void>((resolve) => {
    there.commit = (signal) => {
      resolve();
      return silence(signal);
    };
  });
  stage.relay.start();
  await stage.send(['ann@x.test']);
  await begun;
  await stage.relay.stop(20);
  assert.equal((await stage.spool.list()).length, 1);
  assert.equal(there.taken.length, 0);
});
