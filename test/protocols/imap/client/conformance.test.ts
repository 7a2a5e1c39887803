/** The suites of `MailStore` against our client, our server and a store behind it; and once more through a second pair. */
import type { MailEntry, MailHouse, MailStore, Scanned } from '../../../../src/contracts/mail.ts';
import type { OpenStore } from '../../../../src/contracts/store.ts';
import { client } from '../../../../src/protocols/imap/client.ts';
import type { Make, Subject } from '../../../conformance/harness.ts';
import { mailScanSuite } from '../../../conformance/mail-scan.ts';
import { mailStoreSuite } from '../../../conformance/mail-store.ts';
import { mailViewSuite } from '../../../conformance/mail-views.ts';
import { embedded } from '../../../stores/embedded/subject.ts';
import { Stage } from '../stage.ts';
import { context, dialTo } from './scripted.ts';

/** What IMAP does not carry: ids of the store, the envelope, fractions of a second. They are looked up behind the wire. */
function completed(far: MailStore, near: MailStore): MailStore {
  const entry = async (mailbox: string, one: MailEntry): Promise<MailEntry> => {
    const [known] = await near.list(mailbox, [one.uid]);
    return known ? { ...one, id: known.id, envelope: known.envelope, receivedAt: known.receivedAt } : one;
  };
  const ids = async (mailbox: string, batch: readonly Scanned[]): Promise<readonly Scanned[]> => {
    const known = new Map((await near.list(mailbox)).map((one) => [one.uid, one]));
    return batch.map((one) => {
      const receivedAt = Date.parse(known.get(one.uid)?.receivedAt ?? '');
      return { ...one, id: known.get(one.uid)?.id ?? one.id, receivedAt, savedAt: Math.max(one.savedAt, receivedAt) };
    });
  };
  return {
    ...far,
    list: async (mailbox, uids) => Promise.all((await far.list(mailbox, uids)).map((one) => entry(mailbox, one))),
    async *scan(mailbox, uids, wish) {
      for await (const batch of far.scan!(mailbox, uids, wish)) yield await ids(mailbox, batch);
    },
    append: async (mailbox, how) => {
      const draft = await far.append!(mailbox, how);
      const commit = async () => {
        const receipt = await draft.commit();
        const [known] = await near.list(mailbox, [receipt.uid]);
        return { ...receipt, id: known?.id ?? receipt.id };
      };
      return { write: (chunk) => draft.write(chunk), abort: () => draft.abort(), commit };
    },
  };
}

/** Everybody's mail behind a server, one conversation for each owner. `*` is nobody who could log in. */
async function behind(house: MailHouse, closing: (() => Promise<void>)[]): Promise<MailHouse> {
  const stage = await Stage.open({ mail: house });
  return {
    of: async (owner) => {
      if (owner === '*') return house.of(owner);
      const remote = await client.connect(
        dialTo(() => stage.connect()),
        context({ user: owner.toLowerCase() }),
      );
      closing.push(async () => remote[Symbol.asyncDispose]());
      return completed(remote.mail!, await house.of(owner));
    },
    lock: (owner) => house.lock(owner),
    clear: () => house.clear(),
  };
}

function throughImap(make: Make, times = 1): Make {
  return async (): Promise<Subject> => {
    const subject = await make();
    const closing: (() => Promise<void>)[] = [];
    let mail = subject.store.mail;
    for (let time = 0; time < times; time++) mail = await behind(mail, closing);
    const store: OpenStore = { ...subject.store, mail };
    const close = async (): Promise<void> => {
      for (const one of closing.reverse()) await one();
      await subject.close();
    };
    return { store, close };
  };
}

const memory: Make = async () => {
  const { store } = await Stage.open();
  return { store, close: async () => store[Symbol.asyncDispose]() };
};

/** IDLE tells of one mailbox, MULTIAPPEND fills one, and QUOTA tells of limits alone. */
const CARRIED: readonly (keyof MailStore)[] = [
  'open',
  'changes',
  'append',
  'flag',
  'copy',
  'move',
  'create',
  'drop',
  'rename',
  'subscribe',
];

for (const [name, make] of [
  ['imap over memory', throughImap(memory)],
  ['imap over embedded', throughImap(embedded)],
  ['imap over imap over memory', throughImap(memory, 2)],
] as const) {
  mailStoreSuite(name, make);
  mailViewSuite(name, make, CARRIED);
  mailScanSuite(name, make);
}
