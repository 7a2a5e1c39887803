/** What a name server says, as far as mail needs it. A test gives its own. */
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

export interface Names {
  /** Empty: the domain is there and names none. Throws `CS_NOT_FOUND` for no such name, `CS_NAME_NOT_RESOLVED` where nobody answered. */
  mx(domain: string): Promise<readonly MailExchange[]>;
  /** Of both families. Throws like `mx`. */
  addresses(host: string): Promise<readonly HostAddress[]>;
}
