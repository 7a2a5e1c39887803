/** What `--to`, `--subject` ... mean: a part of the text in any case, or a regular expression between slashes. */
import { CsError } from '../../kit/errors.ts';

export interface Matcher {
  /** As it was written, for the near-miss report. */
  readonly shown: string;
  test(text: string): boolean;
}

/** A pattern runs over at most this much text, so that a bad one costs a bounded time. */
const LONGEST = 256 * 1024;

/** `/RE/flags` with the flags i, m, s, u. Throws `CS_USAGE`. */
export function parsePattern(text: string): RegExp {
  const [, source = '', flags = ''] = /^\/(.+)\/([imsu]*)$/s.exec(text) ?? [];
  try {
    if (source !== '') return new RegExp(source, flags);
  } catch (error) {
    throw new CsError('CS_USAGE', `not a regular expression: ${text}: ${(error as Error).message}`);
  }
  throw new CsError('CS_USAGE', `not a regular expression: ${text}`, { hint: 'write /pattern/ or /pattern/i' });
}

export function createMatcher(text: string): Matcher {
  if (text.length > 1 && text.startsWith('/') && /\/[imsu]*$/.test(text.slice(1))) {
    const pattern = parsePattern(text);
    return { shown: text, test: (value) => pattern.test(value.slice(0, LONGEST)) };
  }
  const wanted = text.toLowerCase();
  return { shown: JSON.stringify(text), test: (value) => value.toLowerCase().includes(wanted) };
}
