/** What a captured request's body says, and what is asked of it. */
import type { Fact, Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { parsePattern } from '../../waiting/pattern.ts';
import { isJsonTest, jsonTest } from './json-test.ts';

export interface BodyTest {
  /** Undefined where it holds, else why not. */
  fails(body: Buffer): string | undefined;
}

/** The octets; undefined where the server kept none of a body that there was. */
export function bodyOf(fact: Fact): Buffer | undefined {
  if (typeof fact.body === 'string') return Buffer.from(fact.body);
  if (typeof fact.body_base64 === 'string') return Buffer.from(fact.body_base64, 'base64');
  return (fact.body_bytes ?? announced(fact)) === 0 ? Buffer.alloc(0) : undefined;
}

/** Octets that came, as far as the head tells; undefined where there were some and nobody knows how many. */
function announced({ headers }: Fact): number | undefined {
  const { 'content-length': length, 'transfer-encoding': coding } = (headers ?? {}) as { readonly [key: string]: Json };
  return coding === undefined ? Number(length ?? 0) : undefined;
}

/** `.path=value`, `name=value` of a form or a JSON object, else text. Throws `CS_USAGE`. */
export function bodyTest(written: string): BodyTest {
  if (written === '') throw new CsError('CS_USAGE', 'an empty --body matches everything');
  if (isJsonTest(written)) return jsonBody(written);
  const [, name, value] = /^([\w$.[\]-]+)=(.*)$/s.exec(written) ?? [];
  if (name !== undefined && value !== undefined) return fieldBody(name, value, written);
  const pattern = parsePattern(written);
  return {
    fails: (body) => (pattern.test(body.toString('utf8')) ? undefined : `body did not match ${pattern.shown}`),
  };
}

function jsonBody(written: string): BodyTest {
  const asked = jsonTest(written);
  return {
    fails(body) {
      const json = parse(body);
      if (json === undefined) return `body is no JSON, so not ${asked.shown}`;
      const why = asked.fails(json);
      return why === undefined ? undefined : `body did not match ${asked.shown}: ${why}`;
    },
  };
}

function fieldBody(name: string, value: string, written: string): BodyTest {
  const inJson = jsonTest(`.${name}=${value}`);
  return {
    fails(body) {
      const json = parse(body);
      if (json !== undefined && typeof json === 'object') {
        const why = inJson.fails(json);
        return why === undefined ? undefined : `body did not match ${written}: ${why}`;
      }
      const text = body.toString('utf8');
      const fields = new URLSearchParams(text).getAll(name);
      if (fields.includes(value) || text.includes(written)) return undefined;
      const was =
        fields.length === 0 ? `it has no ${name}` : `${name} was ${JSON.stringify(fields.join(', ').slice(0, 100))}`;
      return `body did not match ${written}: ${was}`;
    },
  };
}

function parse(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
