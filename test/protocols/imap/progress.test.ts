import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailStore } from '../../../src/contracts/mail.ts';
import { answer, Stage } from './stage.ts';

test('a command that takes long says so every ten seconds, and no other does', { timeout: 120_000 }, async (t) => {
  const { store } = await Stage.open();
  let asked = (): void => {};
  let found = (): void => {};
  const patient = (mail: MailStore): MailStore => ({
    ...mail,
    contains: (...args) => {
      const waiting = new Promise<void>((resolve) => {
        found = resolve;
      });
      asked();
      return waiting.then(() => mail.contains!(...args));
    },
  });
  const stage = await Stage.open({
    mail: {
      of: async (owner) => patient(await store.mail.of(owner)),
      lock: (owner) => store.mail.lock(owner),
      clear: () => store.mail.clear(),
    },
  });
  const draft = await store.delivery.open({ from: 'a@x.test', to: [{ address: 'ann@x.test' }] });
  await draft.write(Buffer.from('Subject: one\r\n\r\ntext\r\n'));
  await draft.commit();
  const peer = await stage.select();
  t.mock.timers.enable({ apis: ['setInterval'] });
  for (const [command, last] of [
    ['SEARCH BODY text', '* SEARCH 1'],
    ['UID SORT (DATE) UTF-8 BODY text', '* SORT 1'],
    ['THREAD REFERENCES UTF-8 BODY text', '* THREAD (1)'],
  ] as const) {
    const looking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    peer.send(`t ${command}\r\n`);
    await looking;
    t.mock.timers.tick(9000);
    t.mock.timers.tick(1000);
    assert.equal(await peer.line(), '* OK [INPROGRESS ("t" NIL NIL)] still at it', command);
    t.mock.timers.tick(10_000);
    assert.equal(await peer.line(), '* OK [INPROGRESS ("t" NIL NIL)] still at it', command);
    found();
    assert.equal(await peer.line(), last);
    assert.match((await answer(peer, 't')).at(-1)!, /^t OK /);
    t.mock.timers.tick(60_000);
  }
  peer.send('t NOOP\r\n');
  assert.deepEqual(await answer(peer, 't'), ['t OK nothing done']);
});
