/** The other process of a test: does what its first argument says on the store in its second, and tells by messages. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import type { MailStore } from '../../../src/contracts/mail.ts';
import type { Durability, OpenStore } from '../../../src/contracts/store.ts';
import { deliver, envelope, message } from '../../conformance/harness.ts';
import { numbered } from './numbered.ts';
import { openAt } from './subject.ts';

function tell(what: object): void {
  process.send?.(what);
}

const TASKS: Record<string, (store: OpenStore, argument: string) => Promise<void>> = {
  async deliver(store, count) {
    for (let n = 0; n < Number(count); n++) await deliver(store.delivery, message(`child ${n}`), ['child@x.test']);
    tell({ done: true });
  },
  /** Until it is killed: eight lanes, each acknowledged only after its commit. */
  async pour(store, start) {
    let n = Number(start);
    const lane = async (): Promise<never> => {
      for (;;) {
        const mine = n++;
        const draft = await store.delivery.open(envelope(['ann@x.test']));
        await draft.write(numbered(mine));
        tell({ id: (await draft.commit()).id, n: mine });
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  },
  /** Says so on standard output, one write an acknowledgement, so that a trace of system calls shows the order. */
  async trace(store, count) {
    let n = 0;
    const lane = async (): Promise<void> => {
      while (n < Number(count)) {
        const mine = n++;
        const draft = await store.delivery.open(envelope(['ann@x.test']));
        await draft.write(numbered(mine));
        const { id } = await draft.commit();
        writeSync(1, `acknowledged ${id} ${mine}\n`);
      }
    };
    await Promise.all([lane(), lane(), lane()]);
  },
  /** Until it is killed: appends to a mailbox, flags, and moves every other one on; each acknowledged when it was done. */
  async file(store, start) {
    const mail = (await store.mail.of('ann@x.test')) as Required<MailStore>;
    for (const box of ['In', 'Out']) await mail.create(box).catch(() => {});
    let n = Number(start);
    const lane = async (): Promise<never> => {
      for (;;) {
        const mine = n++;
        const draft = await mail.append('In');
        await draft.write(numbered(mine));
        const { uid } = await draft.commit();
        tell({ n: mine, did: 'append' });
        await mail.flag('In', [uid], 'add', ['\\Seen']);
        tell({ n: mine, did: 'flag' });
        if (mine % 2 === 0) continue;
        await mail.move('In', [uid], 'Out');
        tell({ n: mine, did: 'move' });
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  },
  async mailboxes(store, owner) {
    const mail = (await store.mail.of(owner)) as Required<MailStore>;
    for (const task of [
      () => deliver(store.delivery, message('one'), [owner]),
      () => mail.create('Box'),
      () => mail.rename('Box', 'Other'),
      () => mail.flag('INBOX', [1], 'add', ['x']),
    ]) {
      await once(process, 'message');
      await task();
    }
  },
  async claim(store, cursors) {
    tell({ ready: true });
    await once(process, 'message');
    const won: number[] = [];
    for (const cursor of JSON.parse(cursors) as number[]) if (await store.journal.claim(cursor, true)) won.push(cursor);
    tell({ won });
  },
  /** Sets the quota of an account, and stays until it is told to go. */
  async quota(store, owner) {
    const now = new Date().toISOString();
    const times = { createdAt: now, updatedAt: now };
    await store.users.put({ name: owner, password: undefined, addresses: [owner], ...times, quota: { messages: 1 } });
    tell({ put: true });
    await once(process, 'message');
  },
  async lock(store, owner) {
    tell({ locked: store.mail.lock(owner) !== undefined });
    await once(process, 'message');
  },
};

const [task = '', dir = '', argument = '', durability = 'disk'] = process.argv.slice(2);
const store = await openAt(dir, durability as Durability);
await TASKS[task]?.(store, argument);
await store[Symbol.asyncDispose]();
if (process.connected) process.disconnect();
