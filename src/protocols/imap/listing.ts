/** LIST and LSUB: which names, and what is said of each (RFC 9051 sections 6.3.9 and 7.3.1, RFC 5258, RFC 6154). */
import type { Mailbox } from '../../contracts/mail.ts';
import { listPattern, type Matches } from './list-pattern.ts';
import { shownName } from './mailbox.ts';
import { tellStatus } from './mailbox-status.ts';
import type { Session } from './session.ts';

export interface ListWish {
  readonly reference: string;
  readonly patterns: readonly string[];
  /** Selection options. */
  readonly only: ReadonlySet<'SUBSCRIBED' | 'SPECIAL-USE' | 'RECURSIVEMATCH' | 'REMOTE'>;
  /** Return options. */
  readonly tell: ReadonlySet<'SUBSCRIBED' | 'SPECIAL-USE' | 'CHILDREN'>;
  readonly status: readonly string[];
}

/** A name that is listed: a mailbox, only the parent of some, or one that is subscribed and no more. */
interface Listed {
  readonly name: string;
  readonly mailbox: Mailbox | undefined;
  readonly subscribed: boolean;
  readonly children: boolean;
}

/** Names handled before others get their turn. */
const TURN = 2000;

export async function tellList(session: Session, wish: ListWish): Promise<void> {
  const names = wish.only.has('SUBSCRIBED') ? await withSubscribed(session) : hierarchy(await mailboxesOf(session));
  const matches = wish.patterns.map((pattern) => listPattern(wish.reference + pattern));
  let seen = 0;
  for (const listed of names) {
    if (++seen % TURN === 0) await new Promise(setImmediate);
    if (!matches.some((match) => match(listed.name))) continue;
    const below = wish.only.has('RECURSIVEMATCH') && chosenBelow(names, listed.name, wish, matches);
    if (!selected(listed, wish) && !below) continue;
    tellName(session, listed, wish, below);
    if (listed.mailbox && listed.mailbox.selectable !== false && wish.status.length > 0)
      await tellStatus(session, listed.mailbox, wish.status);
    await session.pace();
  }
}

function mailboxesOf({ store }: Session): Promise<readonly Mailbox[]> {
  return store!.mailboxes();
}

/** With names that are subscribed although no mailbox has them (RFC 9051 section 6.3.7). */
export async function withSubscribed(session: Session): Promise<readonly Listed[]> {
  return hierarchy(await mailboxesOf(session), (await session.store!.subscriptions?.()) ?? []);
}

/** Sorted, INBOX first; parents that are no mailboxes themselves stand in their places. */
function hierarchy(mailboxes: readonly Mailbox[], subscriptions: readonly string[] = []): readonly Listed[] {
  const known = new Map<string, Mailbox | undefined>(mailboxes.map((mailbox) => [mailbox.name, mailbox]));
  const subscribed = new Set(subscriptions);
  for (const { name, subscribed: it } of mailboxes) if (it) subscribed.add(name);
  for (const name of subscribed) if (!known.has(name)) known.set(name, undefined);
  for (const parent of parentsOf(known.keys())) if (!known.has(parent)) known.set(parent, undefined);
  const parents = parentsOf(mailboxes.map(({ name }) => name));
  const order = (name: string) => (name === 'INBOX' ? '' : name);
  return [...known]
    .map(([name, mailbox]) => ({ name, mailbox, subscribed: subscribed.has(name), children: parents.has(name) }))
    .sort((a, b) => (order(a.name) < order(b.name) ? -1 : 1));
}

export function parentsOf(names: Iterable<string>): Set<string> {
  const parents = new Set<string>();
  for (const name of names) {
    for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) parents.add(name.slice(0, at));
  }
  return parents;
}

function selected({ mailbox, subscribed }: Listed, { only }: ListWish): boolean {
  if (only.has('SUBSCRIBED') && !subscribed) return false;
  return !only.has('SPECIAL-USE') || (mailbox?.use?.length ?? 0) > 0;
}

/** One below it that is chosen and that no pattern names by itself (RFC 5258 section 3.5, CHILDINFO). */
function chosenBelow(names: readonly Listed[], parent: string, wish: ListWish, matches: readonly Matches[]): boolean {
  return names.some(
    (listed) =>
      listed.name.startsWith(`${parent}/`) && selected(listed, wish) && !matches.some((match) => match(listed.name)),
  );
}

function tellName(
  session: Session,
  { name, mailbox, subscribed, children }: Listed,
  wish: ListWish,
  below: boolean,
): void {
  const { only, tell } = wish;
  const attributes = [
    ...(!mailbox ? ['\\NonExistent'] : mailbox.selectable === false ? ['\\Noselect'] : []),
    ...(subscribed && (tell.has('SUBSCRIBED') || only.has('SUBSCRIBED')) ? ['\\Subscribed'] : []),
    children ? '\\HasChildren' : '\\HasNoChildren',
    ...(mailbox?.use ?? []),
  ];
  // rev1 knows no names that do not exist.
  if (!mailbox && !session.rev2) attributes.unshift('\\Noselect');
  const chosen = [...only].filter((option) => option !== 'RECURSIVEMATCH' && option !== 'REMOTE');
  const info = below ? ` ("CHILDINFO" (${chosen.map((option) => `"${option}"`).join(' ')}))` : '';
  session.tell(`LIST (${attributes.join(' ')}) "/" ${shownName(session, name)}${info}`);
}
