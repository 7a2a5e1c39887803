/** What an answer had to be, and what it was: `status=2xx`, `header:NAME=VALUE`, `json:.PATH=VALUE`, `body~/RE/`, `time<500ms`. */
import { type ExchangeResponse, field } from '../../contracts/exchange.ts';
import type { Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import { parseDuration, showDuration } from '../../kit/units.ts';
import { parsePattern } from '../../waiting/pattern.ts';

export interface Expectation {
  /** As it was written. */
  readonly shown: string;
  /** It cannot be judged before the content is here. */
  readonly needsBody: boolean;
  /** A status is what is looked at: no status is a failure by itself. */
  readonly ofStatus: boolean;
  /** What was found where it is not met; undefined where it is. */
  check(answer: Answer): string | undefined;
}

export interface Answer {
  readonly response: ExchangeResponse;
  /** Decoded content. */
  readonly body: string;
  readonly ms: number;
}

type Compare = (found: string) => boolean;

const SUBJECT = /^(status|time|body|header:[^=~<>!]+|json:[^=~<>!]*)(?:(!=|=|~|<|>)(.*))?$/s;

/** Throws `CS_USAGE`. */
export function parseExpectation(written: string): Expectation {
  const [, subject = '', sign, value = ''] = SUBJECT.exec(written) ?? [];
  if (subject === '') throw notExpectation(written);
  const base = { shown: written, ofStatus: false, needsBody: false };
  if (subject === 'status') return { ...base, ofStatus: true, check: status(sign, value, written) };
  if (subject === 'time') return { ...base, needsBody: true, check: time(sign, value, written) };
  const wanted = sign === undefined ? undefined : comparison(sign, value, written);
  if (subject === 'body') {
    if (wanted === undefined) throw notExpectation(written);
    return { ...base, needsBody: true, check: ({ body }) => told(body, wanted) };
  }
  const name = subject.slice(subject.indexOf(':') + 1);
  if (subject.startsWith('header:')) {
    return { ...base, check: ({ response }) => told(field(response.headers, name.toLowerCase()), wanted) };
  }
  const exact = sign === '=' || sign === '!=' ? sameJson(value, sign === '!=') : undefined;
  return { ...base, needsBody: true, check: ({ body }) => jsonAt(body, name, exact, wanted) };
}

/** What was found, unless it is as wanted; being there is enough where nothing more is said. */
function told(found: string | undefined, wanted: Compare | undefined): string | undefined {
  if (found === undefined) return 'there is none';
  return wanted === undefined || wanted(found) ? undefined : escapeLine(found, 200);
}

function comparison(sign: string, value: string, written: string): Compare {
  if (sign === '=') return (found) => found === value;
  if (sign === '!=') return (found) => found !== value;
  if (sign === '~') {
    const pattern = parsePattern(value);
    return (found) => pattern.test(found);
  }
  const limit = Number(value);
  if (value.trim() === '' || Number.isNaN(limit)) throw notExpectation(written);
  return sign === '<' ? (found) => Number(found) < limit : (found) => Number(found) > limit;
}

function status(sign: string | undefined, value: string, written: string): Expectation['check'] {
  const words = value.split(',');
  const fine = (sign === '=' || sign === '!=') && words.every((word) => /^[1-5](?:\d\d|xx)$/i.test(word));
  if (!fine) throw notExpectation(written);
  const is = (code: string): boolean => words.some((word) => word === code || word.toLowerCase() === `${code[0]}xx`);
  return ({ response }) => (is(String(response.status)) === (sign === '=') ? undefined : String(response.status));
}

function time(sign: string | undefined, value: string, written: string): Expectation['check'] {
  if (sign !== '<' && sign !== '>') throw notExpectation(written);
  const limit = parseDuration(value);
  return ({ ms }) => ((sign === '<' ? ms < limit : ms > limit) ? undefined : showDuration(ms));
}

type Found = { readonly value: Json } | undefined;

function jsonAt(
  body: string,
  path: string,
  exact: ((found: Json) => boolean) | undefined,
  wanted: Compare | undefined,
): string | undefined {
  let root: Json;
  try {
    root = JSON.parse(body) as Json;
  } catch {
    return `no JSON: ${escapeLine(body, 100)}`;
  }
  const found = inside(root, path);
  if (found === undefined) return 'there is none';
  if (exact !== undefined) return exact(found.value) ? undefined : shownJson(found.value);
  const text = typeof found.value === 'string' ? found.value : JSON.stringify(found.value);
  return wanted === undefined || wanted(text) ? undefined : shownJson(found.value);
}

function shownJson(value: Json): string {
  return escapeLine(JSON.stringify(value), 200);
}

/** `.items.0.name`, `items[0].name`; only own keys count. */
function inside(root: Json, path: string): Found {
  let at: Json = root;
  for (const step of path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((word) => word !== '')) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return undefined;
    const next: Json | undefined = (at as { readonly [key: string]: Json })[step];
    if (next === undefined) return undefined;
    at = next;
  }
  return { value: at };
}

/** What is written is JSON where it can be, else a string; a string is equal to a string that looks like it. */
function sameJson(value: string, not: boolean): (found: Json) => boolean {
  let parsed: Json | undefined;
  try {
    parsed = JSON.parse(value) as Json;
  } catch {
    parsed = undefined;
  }
  const same = (found: Json): boolean => found === value || (parsed !== undefined && equal(found, parsed));
  return (found) => same(found) !== not;
}

function equal(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const left = Object.entries(one);
  const right = other as { readonly [key: string]: Json };
  return (
    left.length === Object.keys(other).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && equal(value, right[key] as Json))
  );
}

function notExpectation(written: string): CsError {
  return new CsError('CS_USAGE', `not an expectation: ${JSON.stringify(written)}`, {
    hint: 'status=200, status=2xx, header:NAME=VALUE, json:.PATH=VALUE, body~/RE/, time<500ms',
  });
}
