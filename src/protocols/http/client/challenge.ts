/** `WWW-Authenticate` (RFC 9110 section 11.6.1): several challenges, in one line or in many. */
import type { FieldLines } from '../../../contracts/exchange.ts';

export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const SCHEME = /[ \t]*,?[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=[ \t,]|$)[ \t]*/y;
const PARAMETER =
  /[ \t]*,?[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))[ \t]*(?=,|$)/y;
const TOKEN68 = /[0-9A-Za-z._~+/-]+=*[ \t]*(?=,|$)/y;
const MOST = 10;

/** What cannot be read ends the line it stands in; what was read before counts. */
export function challengesOf(headers: FieldLines, name = 'www-authenticate'): readonly Challenge[] {
  return headers
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => parseLine(value.slice(0, 8192)))
    .slice(0, MOST);
}

function parseLine(text: string): Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length && challenges.length < MOST) {
    const scheme = next(SCHEME)?.[1];
    if (scheme === undefined) break;
    const parameters = new Map<string, string>();
    const single = next(TOKEN68);
    for (let found = single ? null : next(PARAMETER); found; found = next(PARAMETER)) {
      const [, key = '', quoted, plain = ''] = found;
      parameters.set(key.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
    }
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
  }
  return challenges;
}
