/** The reader thread: its own connection, so that reading never holds up a delivery, and parsing for search neither. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { CsError } from '../../kit/errors.ts';
import type { Answer, Answers, Posting, ReaderCalls, ThreadData } from './calls.ts';
import { ContainsReader } from './read-contains.ts';
import { FactReader } from './read-facts.ts';
import { IndexReader } from './read-index.ts';
import { MailReader } from './read-mail.ts';
import { ScanReader } from './read-scan.ts';
import { SpoolReader } from './read-spool.ts';
import { ViewReader } from './read-view.ts';
import { prepareConnection } from './schema.ts';
import { asStoreError, type Database, loadSqlite } from './sqlite.ts';
import { Statements } from './statements.ts';

type Handlers = {
  [K in keyof ReaderCalls]: (
    args: ReaderCalls[K]['args'],
  ) => ReaderCalls[K]['result'] | Promise<ReaderCalls[K]['result']>;
};

const data = workerData as ThreadData;

function handlersOn(db: Database): Handlers {
  prepareConnection(db);
  db.exec('PRAGMA query_only = ON');
  const sql = new Statements(db);
  const mail = new MailReader(sql);
  const view = new ViewReader(sql);
  const scan = new ScanReader(sql, data.blobs);
  const contains = new ContainsReader(sql, data.blobs);
  const index = new IndexReader(sql, data.blobs);
  const facts = new FactReader(sql);
  const spool = new SpoolReader(sql);
  return {
    open: () => null,
    mailboxes: (owner) => mail.mailboxes(owner),
    list: (args) => mail.list(args),
    origin: (args) => mail.origin(args),
    content: (args) => mail.content(args),
    search: (args) => mail.search(args),
    view: (place) => view.view(place),
    changes: (args) => view.changes(args),
    stirred: (owners) => view.stirred(owners),
    subscriptions: (owner) => view.subscriptions(owner),
    usage: (owner) => view.usage(owner),
    scan: (args) => scan.scan(args),
    contains: (args) => contains.contains(args),
    unindexed: (args) => index.unindexed(args),
    namedBlobs: (names) => mail.namedBlobs(names),
    page: (args) => facts.page(args),
    unclaimed: (events) => facts.unclaimed(events),
    newest: () => facts.newest(),
    user: (name) => facts.user(name),
    userByAddress: (address) => facts.userByAddress(address),
    users: () => facts.users(),
    quotas: () => facts.quotas(),
    spoolList: () => spool.list(),
    spoolContent: (id) => spool.content(id),
    spoolDue: (busy) => spool.due(busy),
  };
}

/** Answers whose columns are handed over, not copied. */
const MOVED = new Set<string>(['view', 'scan']);

/** A buffer that holds more than what is shown of it is somebody's pool, and copied. */
function buffers(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((one) => {
    if (!ArrayBuffer.isView(one)) return buffers(one);
    return one.byteLength === one.buffer.byteLength ? [one.buffer as ArrayBuffer] : [];
  });
}

async function answer(handlers: Handlers, id: number, name: string, args: unknown): Promise<Answer> {
  try {
    const handler = handlers[name as keyof ReaderCalls] as (args: unknown) => unknown;
    return { id, value: await handler(args) };
  } catch (error) {
    const { code, message, hint } = asStoreError(error);
    return { id, failure: { code, message, hint } };
  }
}

async function run(port: MessagePort): Promise<void> {
  let db: Database | undefined;
  let handlers: Handlers | CsError;
  try {
    const Sqlite = await loadSqlite();
    db = new Sqlite(data.file);
    handlers = handlersOn(db);
  } catch (error) {
    handlers = asStoreError(error);
  }
  const reply = (one: Answer, name?: string): void =>
    port.postMessage({ answers: [one] } satisfies Answers, MOVED.has(name ?? '') ? buffers(one.value) : []);
  const underWay = new Set<Promise<void>>();
  port.on('message', async ({ calls }: Posting) => {
    for (const { id, name, args } of calls) {
      if (name === 'close') {
        // Its answer is the last: the thread is ended with it.
        await Promise.all(underWay);
        db?.close();
        reply({ id });
      } else if ('code' in handlers) {
        const { code, message, hint } = handlers as CsError;
        reply({ id, failure: { code, message, hint } });
      } else {
        const answered = answer(handlers, id, name, args).then((one) => {
          reply(one, name);
          underWay.delete(answered);
        });
        underWay.add(answered);
      }
    }
  });
}

if (parentPort) await run(parentPort);
