/** What a name server says, as far as the checks on mail need it: `Zone` and the resolver of `net/` fit. */
import { CsError } from './errors.ts';

/** All throw `CS_NOT_FOUND` for no such name, anything else where nobody answered. No record of the kind is an empty list. */
export interface TextNames {
  /** Each the strings of one record, joined. */
  txt(name: string): Promise<readonly string[]>;
}

export interface MailNames extends TextNames {
  mx(domain: string): Promise<readonly { readonly preference: number; readonly exchange: string }[]>;
  /** Of both families. */
  addresses(host: string): Promise<readonly { readonly address: string }[]>;
}

export function isNoName(error: unknown): boolean {
  return error instanceof CsError && error.code === 'CS_NOT_FOUND';
}
