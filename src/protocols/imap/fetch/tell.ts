/** The answers to FETCH, message by message, in big pieces: what a view knows without a store, else what `scan` brings. */
import type { Scanned } from '../../../contracts/mail.ts';
import { no, ok, type Reply } from '../answer.ts';
import type { Session } from '../session.ts';
import type { Fact, Item } from './items.ts';
import { decodable, type Writer, wishOf, writersOf } from './render.ts';
import { writeLarge } from './stream.ts';

/** What a view alone knows asks nothing of a message. */
const UNREAD: Scanned = { uid: 0, id: '', size: 0, receivedAt: 0, savedAt: 0 };
/** Octets that one message's answer may gather: whoever asks for the same part a thousand times gets it, piece by piece. */
const PILE = 1024 * 1024;
const NOBODY: ReadonlySet<number> = new Set();

export async function tellMessages(session: Session, indices: Uint32Array, items: readonly Item[]): Promise<Reply> {
  const view = session.view!;
  const seen = items.some((item) => item.kind !== 'fact' && !item.peek) ? await markSeen(session, indices) : NOBODY;
  const plain = writersOf(items, session);
  const news =
    seen.size === 0 ? plain : writersOf(withFacts(items, session.condstore ? ['FLAGS', 'MODSEQ'] : ['FLAGS']), session);
  const wish = wishOf(items);
  if (!wish) return tellFacts(session, indices, plain);
  const binary = items.some((item) => item.kind === 'binary' || item.kind === 'binary.size');
  let left = indices.length;
  let coded = true;
  const uids = Uint32Array.from(indices, (index) => view.uid(index));
  for await (const batch of session.able('scan')(view.name, uids, wish)) {
    for (const scanned of batch) {
      left -= 1;
      if (binary && !decodable(items, scanned)) {
        coded = false;
        continue;
      }
      const index = view.indexOf(scanned.uid);
      const large = tellMessage(session, index, scanned, seen.has(index) ? news : plain);
      if (large) await large;
      const paced = session.pace();
      if (paced) await paced;
    }
  }
  if (!coded) return no('an encoding nobody knows', 'UNKNOWN-CTE');
  return left > 0 ? no('some are gone', 'EXPUNGEISSUED') : ok('fetched');
}

/** The items, and behind them these facts where they are missing. */
export function withFacts(items: readonly Item[], facts: readonly Fact[]): readonly Item[] {
  const there = new Set(items.map((item) => (item.kind === 'fact' ? item.fact : undefined)));
  return [...items, ...facts.filter((fact) => !there.has(fact)).map((fact): Item => ({ kind: 'fact', fact }))];
}

/** `\Seen` on those that do not have it, in one step; gives their indices. */
async function markSeen(session: Session, indices: Uint32Array): Promise<ReadonlySet<number>> {
  const view = session.view!;
  if (view.readOnly) return NOBODY;
  const unseen = view.flagSets.map((flags) => !flags.includes('\\Seen'));
  const uids = view.uidsOf(indices.filter((index) => unseen[view.flagSet(index)]));
  if (uids.length === 0) return NOBODY;
  const { changed } = await session.able('flag')(view.name, uids, 'add', ['\\Seen']);
  for (const state of changed) view.learn(state, false);
  return new Set(changed.map(({ uid }) => view.indexOf(uid)));
}

async function tellFacts(session: Session, indices: Uint32Array, writers: readonly Writer[]): Promise<Reply> {
  for (const index of indices) {
    let text = `* ${session.about(index)} (`;
    for (let at = 0; at < writers.length; at++) text += (at > 0 ? ' ' : '') + writers[at]!(index, UNREAD);
    session.out.text(`${text})\r\n`);
    const paced = session.pace();
    if (paced) await paced;
  }
  return ok('fetched');
}

/** Undefined where nothing had to be waited for. */
function tellMessage(
  session: Session,
  index: number,
  scanned: Scanned,
  writers: readonly Writer[],
): Promise<void> | undefined {
  const { out } = session;
  let text = `* ${session.about(index)} (`;
  for (let at = 0; at < writers.length; at++) {
    if (at > 0) text += ' ';
    const written = writers[at]!(index, scanned);
    if (typeof written === 'string') text += written;
    else if ('octets' in written && out.pending < PILE) {
      const { label, octets, binary } = written;
      out.text(`${text}${label} ${binary ? '~' : ''}{${octets.length}}\r\n`);
      out.octets(octets);
      text = '';
    } else return tellLarge(session, index, scanned, writers, at, text);
  }
  out.text(`${text})\r\n`);
  return undefined;
}

/** The same from the first large literal on, or from where so much was written that the client has to keep up first. */
async function tellLarge(
  session: Session,
  index: number,
  scanned: Scanned,
  writers: readonly Writer[],
  from: number,
  before: string,
): Promise<void> {
  let text = before;
  for (let at = from; at < writers.length; at++) {
    if (at > from) text += ' ';
    const written = writers[at]!(index, scanned);
    if (typeof written === 'string') {
      text += written;
      continue;
    }
    if ('octets' in written) {
      session.out.text(`${text}${written.label} ${written.binary ? '~' : ''}{${written.octets.length}}\r\n`);
      session.out.octets(written.octets);
      await paceInside(session);
    } else await writeLarge(session, scanned.uid, text, written);
    text = '';
  }
  session.out.text(`${text})\r\n`);
}

/** Nothing else may be said before this message's answer is whole. */
async function paceInside(session: Session): Promise<void> {
  const paced = session.pace();
  if (!paced) return;
  session.midLiteral = true;
  await paced;
  session.midLiteral = false;
}
