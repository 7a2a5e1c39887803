/** The other process of a test: does what its first argument says on the store in its second, and tells by messages. */
import { once } from 'node:events';
import type { OpenStore } from '../../../src/contracts/store.ts';
import { deliver, envelope, message } from '../../conformance/harness.ts';
import { openAt } from './subject.ts';

/** Content that its number alone tells, so that a parent can check it; every fifth is large enough for a file. */
export function numbered(n: number): Buffer {
  return message(`m${n}`, `${n} `.repeat(n % 5 === 4 ? 100_000 : 10 + (n % 200)));
}

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
  async claim(store, cursors) {
    tell({ ready: true });
    await once(process, 'message');
    const won: number[] = [];
    for (const cursor of JSON.parse(cursors) as number[]) if (await store.journal.claim(cursor, true)) won.push(cursor);
    tell({ won });
  },
  async lock(store, owner) {
    tell({ locked: store.mail.lock(owner) !== undefined });
    await once(process, 'message');
  },
};

const [task = '', dir = '', argument = ''] = process.argv.slice(2);
const body = process.send && TASKS[task];
if (body) {
  const store = await openAt(dir);
  await body(store, argument);
  await store[Symbol.asyncDispose]();
  process.disconnect();
}
