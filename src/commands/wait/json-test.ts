/** A question to a JSON value: `.event=="paid"`, `.items.0.price>=10`, `.user.name~/^ann/i`, `.id` (it is there). */
import type { Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { parsePattern } from '../../waiting/pattern.ts';

export interface JsonTest {
  readonly shown: string;
  /** Undefined where it holds, else why not. */
  fails(value: Json): string | undefined;
}

type Holds = (value: Json) => boolean;

/** A step's signs are taken one by one: by the run, a name could be cut in as many ways as it has sums. */
const WRITTEN = /^\.((?:[\w$-]|"[^"]+"|\[\d{1,9}\]|\.)*)\s*(?:(==|=|!=|>=|<=|>|<|~)\s*(.*))?$/s;

/** Whether it is written as one: it begins with a dot and a name. */
export function isJsonTest(written: string): boolean {
  return /^\.(?:[\w$"[]|$)/.test(written) && WRITTEN.test(written);
}

/** Throws `CS_USAGE`. */
export function jsonTest(written: string): JsonTest {
  const [, path = '', sign, operand = ''] = WRITTEN.exec(written) ?? [];
  const steps = [...path.matchAll(/"([^"]+)"|\[(\d+)\]|([\w$-]+)/g)].map(
    ([, quoted, index, bare]) => quoted ?? index ?? bare!,
  );
  const holds = sign === undefined ? () => true : comparison(sign, operand, written);
  return {
    shown: written,
    fails(value) {
      const found = at(value, steps);
      if (found === undefined) return `it has no .${steps.join('.')}`;
      return holds(found) ? undefined : `.${steps.join('.')} was ${short(found)}`;
    },
  };
}

function comparison(sign: string, operand: string, written: string): Holds {
  if (sign === '~') {
    const pattern = parsePattern(operand);
    return (value) => pattern.test(typeof value === 'string' ? value : JSON.stringify(value));
  }
  const wanted = literal(operand);
  if (sign === '=' || sign === '==') return (value) => same(value, wanted, operand);
  if (sign === '!=') return (value) => !same(value, wanted, operand);
  if (typeof wanted !== 'number') {
    throw new CsError('CS_USAGE', `no number behind ${sign}: ${JSON.stringify(written)}`, { hint: '.total>10' });
  }
  const compare: Readonly<Record<string, (value: number) => boolean>> = {
    '>': (value) => value > wanted,
    '<': (value) => value < wanted,
    '>=': (value) => value >= wanted,
    '<=': (value) => value <= wanted,
  };
  return (value) => typeof value === 'number' && compare[sign]!(value);
}

/** JSON as it stands; what is none is a text without quotes. */
function literal(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function same(value: Json, wanted: Json, written: string): boolean {
  return JSON.stringify(value) === JSON.stringify(wanted) || value === written;
}

/** Only own keys count. */
function at(value: Json, steps: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const step of steps) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined;
    here = (here as { readonly [key: string]: Json })[step];
  }
  return here;
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
