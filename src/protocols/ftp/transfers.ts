/** Commands that move content: RETR, STOR, STOU, APPE, and what prepares them (RFC 959 section 4.1, RFC 3659 section 5). */
import { randomBytes } from 'node:crypto';
import type { Connection } from '../../contracts/connection.ts';
import type { FileDraft, WriteOrder } from '../../contracts/file-draft.ts';
import type { OpenFile } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, fileName, showPath } from '../../kit/file-path.ts';
import { fromNetwork, toNetwork } from './ascii.ts';
import { receiveFile } from './inflow.ts';
import { type Convert, sendChunks, sendFile } from './outflow.ts';
import { type Answer, reply, type Session } from './session.ts';
import { carry, type Transfer, unready } from './transfer.ts';
import type { Reply } from './wire.ts';

/** Milliseconds. */
const GRACE = 25;

const NOT_IN_ASCII = reply(504, 'not in TYPE A: lines have other lengths here');

const retrieve: Answer = async (session, [text = '']) => {
  const range = takeRange(session);
  if (range && session.type === 'A') return NOT_IN_ASCII;
  const path = session.path(text);
  const refused = unready(session);
  if (refused) return refused;
  await using file = await session.tree.open(path);
  const { size } = file.facts;
  const { start, end = size } = range ?? { start: 0 };
  if (start > size) return reply(554, `the file ends at ${size}`);
  // Awaited here: the file is open as long as this scope lives.
  return await carry(session, {
    to: 'client',
    text: `${size} octets`,
    what: `RETR ${showPath(path)}`,
    move: async (data, transfer) => {
      const until = Math.min(end, size);
      if (session.type === 'A') await sendChunks(data, converted(file, start, until), transfer);
      else await sendFile(data, file, start, until, transfer);
      return 'done';
    },
  });
};

async function* converted(file: OpenFile, start: number, end: number): AsyncGenerator<Uint8Array> {
  const convert = toNetwork();
  for await (const chunk of file.read({ start, end })) yield convert(chunk);
}

/** REST and RANG count once, for the transfer behind them, whatever becomes of it. */
function takeRange(session: Session): Session['restart'] {
  const range = session.restart;
  session.restart = undefined;
  return range;
}

const store: Answer = (session, [text = '']) => {
  const range = takeRange(session);
  const path = session.path(text);
  const { stage } = session;
  if (range && session.type === 'A') return NOT_IN_ASCII;
  if (range?.end !== undefined) return reply(501, 'RANG is for reading');
  if (range === undefined || range.start === 0) return receive(session, 'STOR', path, { mode: 'replace', stage });
  return receive(session, 'STOR', path, { mode: 'update', offset: range.start, stage });
};

const append: Answer = async (session, [text = '']) => {
  takeRange(session);
  const path = session.path(text);
  const { stage } = session;
  const left = await unpublished(session, path);
  return receive(session, 'APPE', path, { mode: 'update', stage, ...(left ? { offset: left.length } : {}) });
};

const storeUnique: Answer = (session, [text]) => {
  takeRange(session);
  const asked = text === undefined ? [] : session.path(text);
  const base = asked.at(-1);
  const name = fileName(`${base === undefined ? 'file' : base.slice(0, 80)}.${randomBytes(6).toString('hex')}`);
  const path = [...(base === undefined ? session.cwd : asked.slice(0, -1)), name];
  return receive(session, 'STOU', path, { mode: 'new' });
};

/**
 * What a cut upload of this user left where nobody has put a file since. A house may show it as a file that is there, and
 * says then that it is partial.
 */
export async function unpublished(session: Session, path: FilePath) {
  const { tree, stage } = session;
  if (!tree.staged || path.length === 0) return undefined;
  const left = await tree.staged(path, stage);
  if (!left) return undefined;
  try {
    return (await tree.stat(path)).partial ? left : undefined;
  } catch (error) {
    if (error instanceof CsError && error.code === 'CS_NOT_FOUND') return left;
    throw error;
  }
}

/** Content for `path`: under its name once all of it is there, kept aside where it was cut. */
async function receive(session: Session, verb: string, path: FilePath, order: WriteOrder): Promise<Reply> {
  const refused = unready(session);
  if (refused) return refused;
  const { tree } = session;
  const size = session.announced;
  session.announced = undefined;
  if (!tree.write) throw new CsError('CS_DENIED', 'a tree that is read only');
  const draft = await tree.write(path, size === undefined ? order : { ...order, size });
  let done = false;
  const result = await carry(session, {
    to: 'server',
    // RFC 1123 section 4.1.2.9: STOU says the name here, in these words.
    text: verb === 'STOU' ? `FILE: ${path.at(-1)}` : 'go on',
    what: `${verb} ${showPath(path)}`,
    move: async (data, transfer) => {
      await soak(session, data, draft, transfer);
      await draft.commit();
      done = true;
      return verb === 'STOU' ? `stored as ${path.at(-1)}` : 'stored';
    },
  });
  if (!done) await draft.abort({ keep: order.stage !== undefined && result.code !== 452 && result.code !== 552 });
  return result;
}

async function soak(session: Session, data: Connection, draft: FileDraft, transfer: Transfer): Promise<void> {
  const began = performance.now();
  const ascii = session.type === 'A' ? fromNetwork() : undefined;
  await receiveFile(data, draft, session.ctx.limits.minimumRate, transfer, ascii?.push as Convert | undefined);
  const rest = ascii?.end();
  if (rest?.length) await draft.write(rest);
  await heardOut(transfer, performance.now() - began);
  if (session.hungUp || session.conn.signal.aborted) {
    throw new CsError('CS_CANNOT_CONNECT', 'the client has gone in the middle of it');
  }
}

/**
 * A client that gives up ends both connections, and in a stream its end looks like the file's: the other end is to be heard
 * before the file counts as whole. At once for what came at once; else for a fiftieth of the time that the upload took.
 */
async function heardOut(transfer: Transfer, took: number): Promise<void> {
  await new Promise((turn) => setImmediate(turn));
  const grace = Math.min(GRACE, took / 50);
  if (grace < 1 || transfer.reason) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      transfer.offAbort(end);
      resolve();
    };
    const timer = setTimeout(end, grace);
    transfer.onAbort(end);
  });
}

export const TRANSFERS = {
  RETR: retrieve,
  STOR: store,
  APPE: append,
  STOU: storeUnique,
  REST: (session, [octets = '0']) => {
    const start = Number(octets);
    if (session.type === 'A' && start > 0) return NOT_IN_ASCII;
    session.restart = start === 0 ? undefined : { start };
    return reply(350, `from ${start} on`);
  },
  RANG: (session, [from = '0', to = '0']) => {
    const [start, last] = [Number(from), Number(to)];
    if (session.type === 'A') return NOT_IN_ASCII;
    // RANG 1 0 is the whole file again.
    session.restart = last < start ? undefined : { start, end: last + 1 };
    return last < start && !(start === 1 && last === 0)
      ? reply(501, 'the end is before the start')
      : reply(350, last < start ? 'the whole file' : `from ${start} to ${last}`);
  },
  ALLO: (session, [octets = '0']) => {
    session.announced = Number(octets);
    return reply(200, 'noted');
  },
  // Heard before: what was on its way has been ended, and its 426 has been said.
  ABOR: (session) => {
    session.aborted = false;
    return reply(226, 'nothing is on its way');
  },
} as const satisfies Record<string, Answer>;
