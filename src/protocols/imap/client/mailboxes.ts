/** The mailboxes of an account: what there is, and how it is made, renamed and removed. */
import type { Mailbox, MailStore } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { canonicalName } from '../syntax/mailbox-name.ts';
import { astring, atom, type Written } from '../syntax/write.ts';
import { type Account, either, onData } from './account.ts';
import type { Capabilities } from './capabilities.ts';
import type { Names } from './names.ts';
import type { Session, Taker } from './session.ts';

const MOST = 100_000;
const USES = /^\\(?:All|Archive|Drafts|Flagged|Junk|Sent|Trash|Important)$/i;

interface Listed {
  readonly server: string;
  attributes: readonly string[];
}
type Facts = ReadonlyMap<string, number>;

export function listMailboxes({ pool, names, can }: Account): Promise<readonly Mailbox[]> {
  return pool.use(async (session) => {
    const boxes = await listed(session, names, '"*"', can);
    return boxes.sort((a, b) => (a.name === 'INBOX' ? -1 : b.name === 'INBOX' ? 1 : a.name < b.name ? -1 : 1));
  });
}

/** What LIST tells, and STATUS where LIST cannot say it. */
async function listed(session: Session, names: Names, pattern: Written, can: Capabilities): Promise<Mailbox[]> {
  const found = new Map<string, Listed>();
  const facts = new Map<string, Facts>();
  const subscribed = new Set<string>();
  const extended = can.has('LIST-EXTENDED');
  const take = either(onListed('LIST', names, found), onStatus(names, facts));
  await session.run({ name: 'LIST', parts: ['LIST "" ', pattern, listWish(can)], take });
  if (!extended) {
    const taken = new Map<string, Listed>();
    await session.run({ name: 'LSUB', parts: ['LSUB "" ', pattern], take: onListed('LSUB', names, taken) });
    for (const name of taken.keys()) subscribed.add(name);
  }
  const boxes: Mailbox[] = [];
  for (const [name, { server, attributes }] of found) {
    if (attributes.includes('\\nonexistent')) continue;
    const own = [...attributes, ...(subscribed.has(name) ? ['\\subscribed'] : [])];
    if (attributes.includes('\\noselect')) boxes.push({ ...nothingIn(name), ...manner(own), selectable: false });
    else {
      const known = facts.get(name) ?? (await statusFacts(session, name, astring(server), can));
      if (known) boxes.push({ ...boxOf(name, known), ...manner(own) });
    }
  }
  return boxes;
}

function listWish(can: Capabilities): string {
  if (!can.has('LIST-EXTENDED')) return '';
  const uses = can.has('SPECIAL-USE') ? ' SPECIAL-USE' : '';
  const status = can.has('LIST-STATUS') ? ` STATUS (${statusItems(can)})` : '';
  return ` RETURN (SUBSCRIBED CHILDREN${uses}${status})`;
}

function onListed(word: string, names: Names, listed: Map<string, Listed>): Taker {
  return onData(word, ({ cursor }) => {
    const attributes = cursor.list(() => attribute(cursor));
    cursor.space();
    cursor.nstring();
    cursor.space();
    const server = cursor.astring();
    const name = names.fromServer(server);
    if (name === undefined) return;
    if (listed.size >= MOST) throw new CsError('CS_PEER_LIMIT', `more than ${MOST} mailboxes`);
    listed.set(name, { server, attributes });
  });
}

function attribute(cursor: Cursor): string {
  cursor.accept('\\');
  return `\\${cursor.atom('an attribute').toLowerCase()}`;
}

function onStatus(names: Names, facts: Map<string, Facts>): Taker {
  return onData('STATUS', ({ cursor }) => {
    const name = names.fromServer(cursor.astring());
    cursor.space();
    if (name !== undefined) facts.set(name, readStatus(cursor));
  });
}

function readStatus(cursor: Cursor): Facts {
  const facts = new Map<string, number>();
  cursor.list(() => {
    const item = cursor.word();
    cursor.space();
    facts.set(item, cursor.number());
  });
  return facts;
}

function statusItems(can: Capabilities): string {
  const size = can.has('STATUS=SIZE') ? ' SIZE' : '';
  const modseq = can.has('CONDSTORE') ? ' HIGHESTMODSEQ' : '';
  return `MESSAGES UIDNEXT UIDVALIDITY UNSEEN${size}${modseq}`;
}

/** Undefined where it may be listed and not looked into. */
async function statusFacts(
  session: Session,
  name: string,
  written: Written,
  can: Capabilities,
): Promise<Facts | undefined> {
  let facts: Facts | undefined;
  const take = onData('STATUS', ({ cursor }) => {
    cursor.astring();
    cursor.space();
    facts = readStatus(cursor);
  });
  const parts = ['STATUS ', written, ` (${statusItems(can)})`];
  const { status } = await session.ask({ name: `STATUS ${name}`, parts, take });
  return status === 'OK' ? facts : undefined;
}

/** One mailbox, as it is now. Throws `CS_NOT_FOUND`. */
export async function mailboxFacts(session: Session, name: string, { names, can }: Account): Promise<Mailbox> {
  const known = canonicalName(name);
  const boxes =
    can.has('LIST-STATUS') && !/[%*]/.test(known) ? await listed(session, names, names.written(known), can) : [];
  const found = boxes.find((box) => box.name === known && box.selectable !== false);
  if (found) return found;
  const facts = await statusFacts(session, known, names.written(known), can);
  if (!facts) throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(name)}`);
  return boxOf(known, facts);
}

function boxOf(name: string, facts: Facts): Mailbox {
  const fact = (item: string): number => facts.get(item) ?? 0;
  return {
    name,
    uidValidity: fact('UIDVALIDITY'),
    uidNext: fact('UIDNEXT'),
    messages: fact('MESSAGES'),
    unseen: fact('UNSEEN'),
    bytes: fact('SIZE'),
    highestModseq: fact('HIGHESTMODSEQ'),
  };
}

function nothingIn(name: string): Mailbox {
  return boxOf(name, new Map());
}

function manner(attributes: readonly string[]): Pick<Mailbox, 'subscribed' | 'use'> {
  const use = attributes.filter((one) => USES.test(one)).map((one) => `\\${one[1]!.toUpperCase()}${one.slice(2)}`);
  return { subscribed: attributes.includes('\\subscribed'), ...(use.length > 0 ? { use } : {}) };
}

/** How mailboxes are changed, as a store has it. */
export function mailboxChanges({
  pool,
  names,
  can,
  known,
}: Account): Required<Pick<MailStore, 'create' | 'drop' | 'rename' | 'subscribe'>> {
  const one = async (name: string, parts: readonly Written[]): Promise<void> => {
    known.clear();
    await pool.use(async (session) => {
      // Some servers keep a mailbox that somebody has open.
      if (session.selected && name !== 'CREATE') await leave(session);
      return session.run({ name, parts });
    });
  };
  return {
    create: async (mailbox, { use = [] } = {}) => {
      const uses = can.has('CREATE-SPECIAL-USE') && use.length > 0 ? ` (USE (${use.map(useWord).join(' ')}))` : '';
      await one('CREATE', ['CREATE ', names.written(mailbox), uses]);
    },
    drop: (mailbox) => one('DELETE', ['DELETE ', names.written(mailbox)]),
    rename: (mailbox, to) => one('RENAME', ['RENAME ', names.written(mailbox), ' ', names.written(to)]),
    subscribe: (mailbox, on) =>
      one(on ? 'SUBSCRIBE' : 'UNSUBSCRIBE', [on ? 'SUBSCRIBE ' : 'UNSUBSCRIBE ', names.written(mailbox)]),
  };
}

function useWord(use: string): string {
  return `\\${atom(use.replace(/^\\/, ''))}`;
}

/** Without removing what is marked as deleted. */
async function leave(session: Session): Promise<void> {
  if (!session.capabilities.has('UNSELECT')) return;
  session.selected = undefined;
  await session.ask({ name: 'UNSELECT', parts: ['UNSELECT'] });
}
