/** Addresses as the providers' JSON has them, as lines of text. */
import type { Json } from '../../../contracts/journal.ts';
import { addressTexts } from '../../../kit/mime/address-text.ts';
import { jsonText } from '../../shared/http/json.ts';

export type Fields = { readonly [key: string]: Json | undefined };

export function fields(value: Json | undefined): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value as Json];
}

/** `{email, name}` → `"name" <email>`; text stays as it is. */
export function addressText(value: Json | undefined, email: string, name: string): string {
  if (typeof value === 'string') return value;
  const { [email]: address = '', [name]: called } = fields(value);
  const bare = jsonText(address, email);
  if (called === undefined || called === '' || called === null) return bare;
  return `"${jsonText(called, name).replace(/["\\]/g, '\\$&')}" <${bare}>`;
}

/** Further fields as a list of `{Name, Value}`. */
export function namedFields(value: Json | undefined): Fields {
  const pairs = listOf(value)
    .map(fields)
    .map(({ Name, Value }) => [jsonText(Name, 'Name'), jsonText(Value, 'Value')] as const);
  return Object.fromEntries(pairs);
}

/** Texts of one or several addresses each. */
export function separated(value: Json | undefined): readonly string[] {
  return listOf(value).flatMap((one) => addressTexts(jsonText(one, 'an address')));
}
