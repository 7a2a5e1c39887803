import type { Fact } from '../../contracts/journal.ts';
import type { OpenStore } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { awaitedMail } from '../../waiting/awaited-mail.ts';
import { readContent } from '../../waiting/content.ts';
import { parseExtract } from '../../waiting/extract.ts';
import { MailMatcher } from '../../waiting/mail-match.ts';
import { waitFor } from '../../waiting/waiting.ts';
import type { MailWish, ReceivedMail, Servers } from './fixture.ts';
import { orderOf, pairs, written } from './patterns.ts';

export type Mails = Pick<Servers, 'waitMail' | 'noMail' | 'mails' | 'clear'>;

const EVERYTHING = '*';

/** Captured mail, for a test. @param owner whose; all of it if absent */
export function inbox({ journal, mail: house }: OpenStore, owner = EVERYTHING): Mails {
  // By the message's id, whoever has it.
  const everything = house.of(EVERYTHING);
  const own = house.of(owner);
  const others = (fact: Fact): boolean =>
    owner !== EVERYTHING && !(Array.isArray(fact.owners) && fact.owners.includes(owner));
  const wait = async (wish: MailWish, silence?: number) => {
    const { to, from, subject, body, header } = wish;
    const matcher = new MailMatcher({
      to: written(to),
      from: written(from),
      subject: written(subject),
      body: written(body),
      header: pairs(header, ':'),
      extract: undefined,
    });
    const awaited = { ...awaitedMail(matcher, await everything), ignores: others };
    return waitFor(journal, awaited, orderOf(wish, silence));
  };
  const received = async (fact: Fact): Promise<ReceivedMail> => {
    const content = await readContent(await everything, String(fact.id));
    return {
      id: String(fact.id),
      cursor: fact.cursor,
      from: String(fact.from),
      to: (fact.to as readonly string[]) ?? [],
      user: typeof fact.user === 'string' ? fact.user : null,
      subject: String(fact.subject),
      messageId: String(fact.message_id ?? ''),
      size: Number(fact.size),
      receivedAt: new Date(fact.ts),
      text: content.text,
      html: content.html,
      raw: content.raw,
      header: (name) => content.header(name),
      extract: (what) => parseExtract(what).from(content),
    };
  };
  return {
    waitMail: async (wish = {}) => {
      const [match] = await wait(wish);
      return received(match!.fact);
    },
    noMail: async (wish, milliseconds) => {
      await wait(wish, milliseconds);
    },
    mails: async () => {
      const left = new Set((await (await own).list('INBOX')).map(({ id }) => id));
      const found: ReceivedMail[] = [];
      if (left.size === 0) return found;
      const stop = new AbortController();
      for await (const fact of journal.since(0, ['mail.stored'], stop.signal)) {
        // What was removed before the call is no mail any more; what comes after it came later.
        if (!left.delete(String(fact.id))) continue;
        try {
          found.push(await received(fact));
        } catch (error) {
          if (!(error instanceof CsError && error.code === 'CS_NOT_FOUND')) throw error;
        }
        if (left.size === 0) break;
      }
      return found;
    },
    clear: async () => {
      if (owner === EVERYTHING) return house.clear();
      const mail = await own;
      const entries = await mail.list('INBOX');
      return mail.remove(
        'INBOX',
        entries.map(({ uid }) => uid),
      );
    },
  };
}
