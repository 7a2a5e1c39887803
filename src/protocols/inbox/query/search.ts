/** A search: facts at hand first, then what the store's index knows, and last what only a look into messages tells. */
import type { MailEntry } from '../../../contracts/mail.ts';
import type { Catalogue } from '../model/catalogue.ts';
import type { Digest, Digests } from '../model/digest.ts';
import { tagsOf } from '../model/tags.ts';
import { type Field, parseQuery, type Term } from './parse.ts';

type Quick = (entry: MailEntry) => boolean;
type Looked = (digest: Digest, entry: MailEntry) => boolean;

/** Those that every term holds for, ascending by uid. An empty search holds for all. */
export async function search(catalogue: Catalogue, digests: Digests, written: string): Promise<MailEntry[]> {
  const terms = parseQuery(written);
  const tests = terms.map((term) => ({ term, quick: quick(term), looked: looked(term) }));
  let left = catalogue.entries.filter((entry) =>
    tests.every(({ quick: test, term }) => !test || test(entry) !== term.not),
  );
  for (const term of terms) if (term.kind === 'words') left = await withWords(catalogue, left, term);
  const last = tests.filter(({ looked: test }) => test !== undefined);
  if (last.length === 0 || left.length === 0) return left;
  await digests.gather(catalogue, left);
  return left.filter((entry) => {
    const digest = digests.digest(entry.id);
    return digest !== undefined && last.every(({ looked: test, term }) => test!(digest, entry) !== term.not);
  });
}

const has = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());
const flag =
  (name: string): Quick =>
  ({ flags }) =>
    flags.includes(name);

const IS: Readonly<Record<'read' | 'unread' | 'tagged' | 'flagged' | 'answered', Quick>> = {
  read: flag('\\Seen'),
  unread: ({ flags }) => !flags.includes('\\Seen'),
  tagged: ({ flags }) => tagsOf(flags).length > 0,
  flagged: flag('\\Flagged'),
  answered: flag('\\Answered'),
};

/** What the facts of a list decide; undefined: they do not. */
function quick(term: Term): Quick | undefined {
  switch (term.kind) {
    case 'is':
      return IS[term.what];
    case 'before':
      return ({ receivedAt }) => Date.parse(receivedAt) < term.time;
    case 'after':
      return ({ receivedAt }) => Date.parse(receivedAt) >= term.time;
    case 'larger':
      return ({ size }) => size > term.size;
    case 'smaller':
      return ({ size }) => size < term.size;
    case 'field':
      return named(term.field, term.text);
    default:
      return undefined;
  }
}

function named(field: Field, text: string): Quick | undefined {
  switch (field) {
    case 'from':
      return ({ headers, envelope }) => has(headers.from, text) || has(envelope.from, text);
    case 'to':
      return ({ headers, envelope }) => [...headers.to, ...envelope.to].some((one) => has(one, text));
    case 'subject':
      return ({ headers }) => has(headers.subject, text);
    case 'message-id':
      return ({ headers }) => has(headers.messageId, text.replace(/^<|>$/g, ''));
    case 'tag':
      return ({ flags }) => tagsOf(flags).some((tag) => tag.toLowerCase() === text.toLowerCase());
    default:
      return undefined;
  }
}

/** What only the message itself tells. */
function looked(term: Term): Looked | undefined {
  if (term.kind === 'has') return (digest) => (term.what === 'inline' ? digest.inline : digest.attachments) > 0;
  if (term.kind !== 'field') return undefined;
  const { text } = term;
  if (term.field === 'cc') return ({ cc }) => has(cc, text);
  if (term.field === 'bcc') return ({ bcc }) => has(bcc, text);
  if (term.field === 'reply-to') return ({ replyTo }) => has(replyTo, text);
  if (term.field === 'addressed') {
    return ({ cc, bcc, replyTo }, { headers: { from, to }, envelope }) =>
      [cc, bcc, replyTo, from, ...to, ...envelope.to].some((one) => has(one, text));
  }
  return undefined;
}

/** In the header facts, or where the store finds them in the text. */
async function withWords(
  catalogue: Catalogue,
  left: readonly MailEntry[],
  { text, not }: { text: string; not: boolean },
) {
  const { mail, name } = catalogue;
  const said = new Set(left.filter(({ headers, envelope }) => saidIn(text, headers, envelope)).map(({ uid }) => uid));
  const unsaid = left.filter(({ uid }) => !said.has(uid)).map(({ uid }) => uid);
  if (unsaid.length > 0) {
    const found = mail.contains ? await mail.contains(name, 'text', text, unsaid) : await mail.search?.(name, text);
    for (const uid of found ?? []) said.add(uid);
  }
  return left.filter(({ uid }) => said.has(uid) !== not);
}

function saidIn(text: string, { subject, from, to }: MailEntry['headers'], envelope: MailEntry['envelope']): boolean {
  return has(subject, text) || has(from, text) || [...to, ...envelope.to].some((one) => has(one, text));
}
