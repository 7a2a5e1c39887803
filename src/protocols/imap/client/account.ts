/** What all that is done with one account needs: conversations, names, and what the server can do. */
import type { Written } from '../syntax/write.ts';
import type { Capabilities } from './capabilities.ts';
import { Names } from './names.ts';
import { Pool } from './pool.ts';
import { refusal } from './refusal.ts';
import type { Data, Status } from './response.ts';
import type { Session, Taker } from './session.ts';

export interface Account {
  readonly pool: Pool;
  readonly names: Names;
  /** As they were after the login; they hold for all conversations. */
  readonly can: Capabilities;
  /** Mailboxes that were there a moment ago, as the server names them. */
  readonly known: Set<string>;
}

export async function openAccount(first: Session, open: () => Promise<Session>): Promise<Account> {
  const can = first.capabilities;
  const { delimiter, prefix } = await personalNames(first);
  // IMAP4rev2 alone: names are UTF-8 without being switched on (RFC 9051 section 5.1).
  const utf8 = !can.has('IMAP4REV1');
  return { pool: new Pool(first, open), names: new Names(utf8, delimiter, prefix), can, known: new Set() };
}

/** Where one's own mailboxes are and what parts their names (RFC 9051 section 6.3.10), or what LIST "" "" says of it. */
async function personalNames(session: Session): Promise<{ readonly delimiter: string; readonly prefix: string }> {
  const found = { delimiter: '/', prefix: '' };
  if (session.capabilities.has('NAMESPACE')) {
    const take: Taker = onData('NAMESPACE', ({ cursor }) => {
      const personal = cursor.value();
      const first = Array.isArray(personal) ? personal[0] : undefined;
      const [prefix, delimiter] = Array.isArray(first) ? first : [];
      if (typeof prefix === 'string') found.prefix = prefix;
      found.delimiter = typeof delimiter === 'string' ? delimiter : '';
    });
    await session.ask({ name: 'NAMESPACE', parts: ['NAMESPACE'], take });
    return found;
  }
  const take: Taker = onData('LIST', ({ cursor }) => {
    cursor.value();
    cursor.space();
    found.delimiter = cursor.nstring() ?? '';
  });
  await session.ask({ name: 'LIST', parts: ['LIST "" ""'], take });
  return found;
}

/** A taker of one kind of data. */
export function onData(name: string, act: (data: Data) => void): Taker {
  return (said: Data | (Status & { readonly kind: 'status' })) => {
    if (said.kind !== 'data' || said.name !== name) return false;
    act(said);
    return true;
  };
}

/** The first that takes it. */
export function either(...takers: readonly Taker[]): Taker {
  return (said) => takers.some((take) => take(said));
}

/** `SELECT` or `EXAMINE`, unless that is so already. */
export async function select(session: Session, name: string, written: Written, write: boolean): Promise<Session> {
  const { selected } = session;
  if (selected?.name === name && !(write && selected.readOnly)) return session;
  return reselect(session, name, written, write);
}

/** What others did meanwhile is known after it: a message that came by another conversation is not there before. */
export async function refresh(session: Session): Promise<void> {
  await session.run({ name: 'NOOP', parts: ['NOOP'] });
}

/** Anew: what it is like now. */
export async function reselect(session: Session, name: string, written: Written, write: boolean): Promise<Session> {
  const facts = new Map<string, number>();
  session.selected = undefined;
  const verb = write ? 'SELECT' : 'EXAMINE';
  const condstore = session.capabilities.has('CONDSTORE') ? ' (CONDSTORE)' : '';
  const done = await session.ask({
    name: verb,
    parts: [`${verb} `, written, condstore],
    take: (said) => {
      if (said.kind === 'status') {
        const { name: code = '', args = '' } = said.code ?? {};
        if (/^\d{1,16}$/.test(args)) facts.set(code, Number(args));
        return code !== '';
      }
      if (said.name === 'EXISTS') facts.set('EXISTS', said.number ?? 0);
      return ['EXISTS', 'RECENT', 'FLAGS', 'LIST'].includes(said.name);
    },
  });
  // Servers that know no codes have this one reason before all others.
  if (done.status !== 'OK')
    throw refusal(`${verb} ${JSON.stringify(name)}`, done, done.code ? 'CS_PEER_REFUSED' : 'CS_NOT_FOUND');
  session.highest = facts.get('HIGHESTMODSEQ') ?? 0;
  session.selected = { name, readOnly: !write, facts };
  return session;
}
