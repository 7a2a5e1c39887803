/** What a name server says, as far as mail needs it: to find servers, and to check who sent. `net/` has a resolver and a zone file. */
import { CsError } from './errors.ts';

/** All throw `CS_NOT_FOUND` for no such name, anything else where nobody answered. No record of the kind is an empty list. */
export interface TextNames {
  /** Each the strings of one record, joined. */
  txt(name: string): Promise<readonly string[]>;
}

export interface MailExchange {
  readonly preference: number;
  /** Lower case, without the final dot; '' is the null MX (RFC 7505). */
  readonly exchange: string;
}

export interface HostAddress {
  readonly address: string;
  /** Where it is not the standard one: zones for tests may say. */
  readonly port?: number;
}

export interface MailNames extends TextNames {
  mx(domain: string): Promise<readonly MailExchange[]>;
  /** Of both families. */
  addresses(host: string): Promise<readonly HostAddress[]>;
}

export function isNoName(error: unknown): boolean {
  return error instanceof CsError && error.code === 'CS_NOT_FOUND';
}
