/** A mailbox that is open in some conversation, and what its server says of messages. */
import { CsError } from '../../../kit/errors.ts';
import { expandSet, parseSet } from '../syntax/sequence-set.ts';
import { type Account, onData, select } from './account.ts';
import { type Fetched, readFetched } from './fetch-items.ts';
import type { Session, Taker } from './session.ts';

/** No mailbox has more. */
export const MESSAGES = 10_000_000;

/** A conversation in which the mailbox is open. */
export function inMailbox<T>(
  { pool, names }: Account,
  mailbox: string,
  write: boolean,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  const name = names.toServer(mailbox);
  return pool.use(async (session) => act(await select(session, name, names.written(mailbox), write)), name);
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
