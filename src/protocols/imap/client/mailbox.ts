/** A mailbox that is open in some conversation, and what its server says of messages. */
import { CsError } from '../../../kit/errors.ts';
import { expandSet, formatSet, parseSet } from '../syntax/sequence-set.ts';
import { type Account, either, onData, refresh, select } from './account.ts';
import { type Fetched, readFetched } from './fetch-items.ts';
import type { Session, Taker } from './session.ts';

/** No mailbox has more. */
export const MESSAGES = 10_000_000;

/** Octets of a command line that servers take at least (RFC 7162 section 4). */
const SET_OCTETS = 6000;

/** A conversation in which the mailbox is open and as it is now. */
export function inMailbox<T>(
  { pool, names }: Account,
  mailbox: string,
  write: boolean,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  const name = names.toServer(mailbox);
  return pool.use(async (session) => {
    const known = session.selected;
    await select(session, name, names.written(mailbox), write);
    if (session.selected === known) await refresh(session);
    return act(session);
  }, name);
}

/**
 * FETCH of these uids. One that is not there by what the conversation knows may have come meanwhile: then it looks again,
 * once. Resolves to the mailbox's UIDVALIDITY.
 */
export function fetchUids(
  { pool, names }: Account,
  mailbox: string,
  { uids, items, keep, take }: FetchOrder,
): Promise<number> {
  const name = names.toServer(mailbox);
  return pool.use(async (session) => {
    const known = session.selected;
    await select(session, name, names.written(mailbox), false);
    const seen = new Set<number>();
    const heard = onFetched((one) => {
      if (one.uid !== undefined && take(one)) seen.add(one.uid);
    });
    const look = async (wanted: readonly number[]): Promise<readonly number[]> => {
      for (const set of sets(wanted)) {
        const parts = [`UID FETCH ${set} (UID ${items})`];
        await session.run({ name: 'FETCH', parts, take: either(heard, news), ...(keep === undefined ? {} : { keep }) });
      }
      return wanted.filter((uid) => !seen.has(uid));
    };
    const left = await look(uids);
    if (left.length > 0 && session.selected === known) {
      await refresh(session);
      await look(left);
    }
    return session.selected?.facts.get('UIDVALIDITY') ?? 0;
  }, name);
}

export interface FetchOrder {
  readonly uids: readonly number[];
  readonly items: string;
  /** Octets of a kept literal. */
  readonly keep?: number | undefined;
  /** Whether that was it. */
  readonly take: (fetched: Fetched) => boolean;
}

/** FETCH responses of one command, each as it comes. */
export function onFetched(act: (fetched: Fetched) => void): Taker {
  return onData('FETCH', ({ cursor }) => act(readFetched(cursor)));
}

/** Messages come and go while one looks. */
export const news: Taker = (said) =>
  said.kind === 'data' && ['EXISTS', 'EXPUNGE', 'VANISHED', 'RECENT', 'FLAGS'].includes(said.name);

/** Throws `CS_PEER_PROTOCOL` for what is no set of uids. */
export function uidsOf(text: string): readonly number[] {
  const set = text === '' ? [] : parseSet(text.trim());
  const uids = set && expandSet(set, MESSAGES);
  if (!uids) throw new CsError('CS_PEER_PROTOCOL', 'the server names messages as IMAP does not');
  return uids;
}

/** As few commands as there can be, none too long. */
export function* sets(uids: readonly number[]): Generator<string> {
  const pieces = formatSet([...new Set(uids)].sort((a, b) => a - b))
    .split(',')
    .filter((piece) => piece !== '');
  let set = '';
  for (const piece of pieces) {
    if (set.length + piece.length > SET_OCTETS) {
      yield set;
      set = '';
    }
    set += set === '' ? piece : `,${piece}`;
  }
  if (set !== '') yield set;
}
