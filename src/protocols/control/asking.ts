/** What requests of the control API carry, checked. */
import type { Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import type { HttpRequest } from '../shared/http/route.ts';

/** The request's JSON, which is an object. */
export async function body(request: HttpRequest): Promise<{ readonly [key: string]: Json | undefined }> {
  const value = await request.json();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CsError('CS_INPUT', 'the body is not a JSON object');
  }
  return value as { readonly [key: string]: Json };
}

export function wholeNumber(value: Json | undefined, name: string): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new CsError('CS_INPUT', `${name} is not a whole number`);
  }
  return number;
}

export function numbers(value: Json | undefined, name: string): number[] {
  if (!Array.isArray(value)) throw new CsError('CS_INPUT', `${name} is not a list`);
  return value.map((one) => wholeNumber(one, name));
}

export function words(value: Json | undefined, name: string): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value as string[];
  throw new CsError('CS_INPUT', `${name} is not a list of words`);
}

export function word(value: Json | undefined, name: string): string {
  if (typeof value === 'string') return value;
  throw new CsError('CS_INPUT', `${name} is not a word`);
}

export async function* each<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}
