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

/** A name that is listed: a mailbox, or only the parent of some. */
interface Listed {
  readonly name: string;
  readonly mailbox: Mailbox | undefined;
  readonly children: boolean;
}

/** Names handled before others get their turn. */
const TURN = 2000;

export async function tellList(session: Session, wish: ListWish): Promise<void> {
  const names = hierarchy(await session.store!.mailboxes());
  const matches = wish.patterns.map((pattern) => listPattern(wish.reference + pattern));
  let seen = 0;
  for (const listed of names) {
    if (++seen % TURN === 0) await new Promise(setImmediate);
    if (!matches.some((match) => match(listed.name))) continue;
    const below = wish.only.has('RECURSIVEMATCH') && subscribedBelow(names, listed.name, matches);
    if (!selected(listed, wish) && !below) continue;
    tellName(session, listed, wish, below);
    if (listed.mailbox && wish.status.length > 0) await tellStatus(session, listed.mailbox, wish.status);
    await session.pace();
  }
}

/** Sorted, INBOX first; parents that are no mailboxes themselves stand in their places. */
export function hierarchy(mailboxes: readonly Mailbox[]): readonly Listed[] {
  const known = new Map<string, Mailbox | undefined>(mailboxes.map((mailbox) => [mailbox.name, mailbox]));
  const parents = new Set<string>();
  for (const { name } of mailboxes) {
    for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) parents.add(name.slice(0, at));
  }
  for (const parent of parents) if (!known.has(parent)) known.set(parent, undefined);
  const order = (name: string) => (name === 'INBOX' ? '' : name);
  return [...known]
    .map(([name, mailbox]) => ({ name, mailbox, children: parents.has(name) }))
    .sort((a, b) => (order(a.name) < order(b.name) ? -1 : 1));
}

function selected({ mailbox }: Listed, { only }: ListWish): boolean {
  if (only.has('SUBSCRIBED') && !mailbox?.subscribed) return false;
  return !only.has('SPECIAL-USE') || (mailbox?.use?.length ?? 0) > 0;
}

/** A subscribed name below it that no pattern names by itself (RFC 5258 section 3.5, CHILDINFO). */
function subscribedBelow(names: readonly Listed[], parent: string, matches: readonly Matches[]): boolean {
  return names.some(
    ({ name, mailbox }) =>
      mailbox?.subscribed && name.startsWith(`${parent}/`) && !matches.some((match) => match(name)),
  );
}

function tellName(session: Session, { name, mailbox, children }: Listed, wish: ListWish, below: boolean): void {
  const { only, tell } = wish;
  const attributes = [
    ...(!mailbox ? ['\\NonExistent'] : mailbox.selectable === false ? ['\\Noselect'] : []),
    ...(mailbox?.subscribed && (tell.has('SUBSCRIBED') || only.has('SUBSCRIBED')) ? ['\\Subscribed'] : []),
    children ? '\\HasChildren' : '\\HasNoChildren',
    ...(mailbox?.use ?? []),
  ];
  // rev1 knows no names that do not exist.
  if (!mailbox && !session.rev2) attributes.unshift('\\Noselect');
  const info = below ? ' ("CHILDINFO" ("SUBSCRIBED"))' : '';
  session.tell(`LIST (${attributes.join(' ')}) "/" ${shownName(session, name)}${info}`);
}
