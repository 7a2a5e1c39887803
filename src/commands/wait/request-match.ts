import type { Fact, Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import { parsePattern } from '../../waiting/pattern.ts';
import type { Awaited } from '../../waiting/waiting.ts';
import { pathPattern } from './path-pattern.ts';
import { bodyOf, bodyTest } from './request-body.ts';

export interface RequestWish {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly query: readonly string[];
  readonly header: readonly string[];
  readonly body: readonly string[];
}

/** Undefined where it holds, else which part of the request was otherwise. */
type Check = (fact: Fact) => string | undefined;

/** Throws `CS_USAGE`. */
export function awaitedRequest(wish: RequestWish): Awaited {
  const checks = [
    ...methodCheck(wish.method),
    ...pathCheck(wish.path),
    ...wish.query.map(queryCheck),
    ...wish.header.map(headerCheck),
    ...wish.body.map(bodyCheck),
  ];
  return {
    event: 'request',
    noun: 'request',
    line: requestLine,
    judge(fact) {
      for (const check of checks) {
        const why = check(fact);
        if (why !== undefined) return { matches: false, why: escapeLine(why, 400) };
      }
      return { matches: true, extracted: undefined };
    },
  };
}

function methodCheck(written: string | undefined): readonly Check[] {
  if (written === undefined) return [];
  const wanted = written.toUpperCase().split(',');
  return [({ method }) => (wanted.includes(String(method)) ? undefined : `method was ${method}`)];
}

function pathCheck(written: string | undefined): readonly Check[] {
  if (written === undefined) return [];
  const pattern = pathPattern(written);
  return [({ path }) => (pattern.test(String(path)) ? undefined : `path did not match ${pattern.shown}`)];
}

function queryCheck(written: string): Check {
  const at = written.indexOf('=');
  const name = at === -1 ? written : written.slice(0, at);
  if (name === '') throw new CsError('CS_USAGE', `no name in --query ${JSON.stringify(written)}`, { hint: 'id=7' });
  const pattern = at === -1 ? undefined : parsePattern(written.slice(at + 1));
  return ({ query }) => {
    const values = new URLSearchParams(String(query ?? '')).getAll(name);
    if (values.length === 0) return `query had no ${name}`;
    if (pattern === undefined || values.some((value) => pattern.test(value))) return undefined;
    return `query ${name} did not match ${pattern.shown}`;
  };
}

function headerCheck(written: string): Check {
  const [, name, wanted] = /^([!#$%&'*+.^_`|~\w-]+)(?::\s*(.*))?$/s.exec(written) ?? [];
  if (name === undefined)
    throw new CsError('CS_USAGE', `not a header: ${JSON.stringify(written)}`, { hint: "--header 'X-Tag: /re/'" });
  const pattern = wanted === undefined ? undefined : parsePattern(wanted);
  return ({ headers }) => {
    const values = headerValues(headers, name.toLowerCase());
    if (values.length === 0) return `it had no header ${name}`;
    if (pattern === undefined || values.some((value) => pattern.test(value))) return undefined;
    return `header ${name} did not match ${pattern.shown}`;
  };
}

function headerValues(headers: Json | undefined, name: string): readonly string[] {
  if (headers === undefined || headers === null || typeof headers !== 'object' || !Object.hasOwn(headers, name))
    return [];
  const value = (headers as { readonly [key: string]: Json })[name];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function bodyCheck(written: string): Check {
  const wanted = bodyTest(written);
  return (fact) => {
    const body = bodyOf(fact);
    return body === undefined ? 'its body was not kept' : wanted.fails(body);
  };
}

/** `#41 POST /hook?x=1 -> 200`. */
export function requestLine({ cursor, method, path, query, status }: Fact): string {
  const asked = `${path ?? ''}${query ? `?${query}` : ''}`;
  return `#${cursor} ${escapeLine(String(method), 40)} ${escapeLine(asked, 200)}${status === undefined ? '' : ` -> ${status}`}`;
}
