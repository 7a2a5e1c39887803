/** Which mails are meant, and why another one is not: the reasons of the near-miss report. */
import type { Fact } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import type { Content } from './content.ts';
import { createMatcher, type Matcher } from './matcher.ts';

export interface Criteria {
  /** Undefined: it matches. Otherwise why not. `content` reads the message, and is asked only if it must be. */
  reject(fact: Fact, content: () => Promise<Content>): Promise<string | undefined>;
}

export interface Wanted {
  readonly to: readonly string[];
  readonly from: readonly string[];
  readonly subject: readonly string[];
  readonly body: readonly string[];
  readonly header: readonly string[];
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];

interface Rule {
  readonly what: string;
  readonly matcher: Matcher;
  readonly values: (fact: Fact, content: () => Promise<Content>) => readonly string[] | Promise<readonly string[]>;
}

const FACTS: Readonly<Record<'to' | 'from' | 'subject', (fact: Fact) => readonly string[]>> = {
  to: (fact) => [...texts(fact.to), ...texts(fact.header_to)],
  from: (fact) => [...texts(fact.from), ...texts(fact.header_from)],
  subject: (fact) => texts(fact.subject),
};

/** Cheap rules first: the body is read only when everything else matches. Throws `CS_USAGE`. */
export function createCriteria(wanted: Wanted): Criteria {
  const rules: Rule[] = [];
  for (const what of ['to', 'from', 'subject'] as const) {
    for (const text of wanted[what]) rules.push({ what, matcher: createMatcher(text), values: FACTS[what] });
  }
  for (const text of wanted.header) {
    const [, name, match] = /^([!-9;-~]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || match === undefined) {
      throw new CsError('CS_USAGE', `--header takes NAME=MATCH: ${JSON.stringify(text)}`);
    }
    rules.push({
      what: `header ${name}`,
      matcher: createMatcher(match),
      values: async (_fact, content) => (await content()).header(name),
    });
  }
  for (const text of wanted.body) {
    rules.push({
      what: 'body',
      matcher: createMatcher(text),
      values: async (_fact, content) => {
        const { text: plain, html } = await content();
        return [plain, html];
      },
    });
  }
  return {
    async reject(fact, content) {
      for (const { what, matcher, values } of rules) {
        if (!(await values(fact, content)).some((value) => matcher.test(value)))
          return `${what} did not match ${matcher.shown}`;
      }
      return undefined;
    },
  };
}

export interface NearMiss {
  readonly fact: Fact;
  readonly reason: string;
}

const SHOWN = 10;

/** `2 messages arrived, none matched: #41 to ann@x.test subject "Welcome" (subject did not match /verify/i)` */
export function nearMisses(arrived: number, misses: readonly NearMiss[]): string {
  if (arrived === 0) return 'no message arrived';
  const rows = misses.slice(-SHOWN).map(({ fact, reason }) => {
    const to = escapeLine(texts(fact.to).join(', '), 200);
    return `#${escapeLine(String(fact.id))} to ${to} subject ${JSON.stringify(escapeLine(String(fact.subject ?? ''), 200))} (${reason})`;
  });
  const more = misses.length > SHOWN ? [`... and ${misses.length - SHOWN} before`] : [];
  return `${arrived} message${arrived === 1 ? '' : 's'} arrived, none matched: ${[...rows, ...more].join('\n  ')}`;
}
