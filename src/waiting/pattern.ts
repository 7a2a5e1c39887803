import { createContext, Script } from 'node:vm';
import { CsError } from '../kit/errors.ts';

/** What a flag says of a text: a part of it in any case, or a regular expression. */
export interface Pattern {
  /** As it was written. */
  readonly shown: string;
  test(text: string): boolean;
  /** The first group of the first match, else the whole match. */
  find(text: string): string | undefined;
}

/** Octets of text that a pattern sees. */
const TEXT = 1024 * 1024;
const TIME = 1000;
const EXEC = new Script('re.exec(text)');

/** `/re/flags` (flags of `imsu`), else plain text. Throws `CS_USAGE`. */
export function parsePattern(written: string): Pattern {
  const [, source, flags = ''] = /^\/(.+)\/([imsu]*)$/s.exec(written) ?? [];
  if (source !== undefined) return expression(written, source, flags);
  const wanted = written.toLowerCase();
  const test = (text: string): boolean => text.toLowerCase().includes(wanted);
  return { shown: JSON.stringify(written), test, find: (text) => (test(text) ? written : undefined) };
}

function expression(shown: string, source: string, flags: string): Pattern {
  let re: RegExp;
  try {
    re = new RegExp(source, flags);
  } catch (cause) {
    throw new CsError('CS_USAGE', `not a regular expression: ${shown}`, { hint: (cause as Error).message, cause });
  }
  const run = (text: string): RegExpExecArray | null => exec(re, text.slice(0, TEXT), shown);
  return {
    shown,
    test: (text) => run(text) !== null,
    find: (text) => {
      const found = run(text);
      return found === null ? undefined : (found[1] ?? found[0]);
    },
  };
}

/** With a time limit: some patterns need longer than anybody lives. */
function exec(re: RegExp, text: string, shown: string): RegExpExecArray | null {
  try {
    return EXEC.runInContext(createContext({ re, text }), { timeout: TIME }) as RegExpExecArray | null;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
    throw new CsError('CS_LIMIT', `the pattern ${shown} takes too long on this text`, {
      hint: 'nested repetition such as (a+)+ does that',
      cause,
    });
  }
}
