import type { Fact } from '../contracts/journal.ts';
import { CsError } from '../kit/errors.ts';
import { escapeLine } from '../kit/escape.ts';
import type { MailContent } from './content.ts';
import { type Extractor, parseExtract } from './extract.ts';
import { type Pattern, parsePattern } from './pattern.ts';
import type { Verdict } from './waiting.ts';

export interface MailWish {
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly subject: string | undefined;
  readonly body: string | undefined;
  readonly header: readonly string[];
  readonly extract: string | undefined;
}

interface Check {
  readonly what: string;
  readonly pattern: Pattern;
  readonly texts: (fact: Fact, content: MailContent) => readonly string[];
}

/** Facts are looked at before the content, which is read only if it is asked for. */
export class MailMatcher {
  readonly #facts: readonly Check[];
  readonly #contents: readonly Check[];
  readonly #extract: Extractor | undefined;

  /** Throws `CS_USAGE`. */
  constructor(wish: MailWish) {
    this.#facts = [
      ...check('recipient', wish.to, (fact) => [...texts(fact.to), ...texts(fact.header_to)]),
      ...check('sender', wish.from, (fact) => [...texts(fact.from), ...texts(fact.header_from)]),
      ...check('subject', wish.subject, (fact) => texts(fact.subject)),
    ];
    this.#contents = [
      ...check('body', wish.body, (_fact, { text, html }) => [text, html]),
      ...wish.header.flatMap(headerCheck),
    ];
    this.#extract = wish.extract === undefined ? undefined : parseExtract(wish.extract);
  }

  async judge(fact: Fact, read: () => Promise<MailContent>): Promise<Verdict> {
    for (const { what, pattern, texts: of } of this.#facts) {
      if (!of(fact, NOTHING).some((text) => pattern.test(text)))
        return { matches: false, why: `${what} did not match ${pattern.shown}` };
    }
    if (this.#contents.length === 0 && this.#extract === undefined) return { matches: true, extracted: undefined };
    const content = await read();
    for (const { what, pattern, texts: of } of this.#contents) {
      if (!of(fact, content).some((text) => pattern.test(text)))
        return { matches: false, why: `${what} did not match ${pattern.shown}` };
    }
    const extracted = this.#extract?.from(content);
    if (this.#extract && extracted === undefined) return { matches: false, why: `no ${this.#extract.shown} in it` };
    return { matches: true, extracted };
  }
}

const NOTHING: MailContent = { raw: Buffer.alloc(0), text: '', html: '', hrefs: [], header: () => [] };

function check(what: string, written: string | undefined, of: Check['texts']): readonly Check[] {
  return written === undefined ? [] : [{ what, pattern: parsePattern(written), texts: of }];
}

function headerCheck(written: string): readonly Check[] {
  const [, name, pattern] = /^([!-9;-~]+):\s*(.*)$/s.exec(written) ?? [];
  if (name === undefined || pattern === undefined) {
    throw new CsError('CS_USAGE', `not a header: ${JSON.stringify(written)}`, { hint: "--header 'X-Tag: /re/'" });
  }
  return check(`header ${name}`, pattern, (_fact, content) => content.header(name));
}

function texts(value: Fact[string]): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** `#41 to ann@x.test subject "Welcome"`. */
export function mailLine(fact: Fact): string {
  const to = texts(fact.to).join(', ');
  return `#${String(fact.id)} to ${escapeLine(to, 200)} subject ${JSON.stringify(escapeLine(texts(fact.subject)[0] ?? '', 200))}`;
}
