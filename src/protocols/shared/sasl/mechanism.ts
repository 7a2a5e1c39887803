/** SASL (RFC 4422) without a socket: mechanisms as exchanges of octets, for SMTP, POP3 and IMAP alike. */
import type { Identity } from '../../../contracts/accounts.ts';

/** Best first, as they are offered and chosen. */
export const MECHANISMS = ['SCRAM-SHA-256', 'PLAIN', 'LOGIN', 'OAUTHBEARER', 'XOAUTH2'] as const;

export type Mechanism = (typeof MECHANISMS)[number];

/** The mechanism of this name, case ignored (RFC 4422 section 3.1); undefined for one that is not spoken here. */
export function findMechanism(name: string): Mechanism | undefined {
  const upper = name.toUpperCase();
  return MECHANISMS.find((mechanism) => mechanism === upper);
}

/** Does it show the password or token itself to whoever listens? */
export function needsTrust(mechanism: Mechanism): boolean {
  return mechanism !== 'SCRAM-SHA-256';
}

/**
 * Why an exchange failed: `credentials` wrong; `authzid` asks for somebody else's rights; `malformed` breaks the
 * mechanism's grammar; `cancelled` by the client's `*`.
 */
export type SaslFailure = 'credentials' | 'authzid' | 'malformed' | 'cancelled';

/** What the server says next: a challenge (before base64), or how it ended. */
export type SaslStep =
  | { readonly challenge: Uint8Array; readonly done?: false }
  | { readonly done: true; readonly identity: Identity; readonly challenge?: undefined }
  | {
      readonly done: true;
      readonly identity: undefined;
      readonly failure: SaslFailure;
      readonly challenge?: undefined;
    };

export interface ServerExchange {
  readonly mechanism: Mechanism;
  /**
   * One response of the client, base64 decoded; undefined the first time when it sent no initial response.
   * Throws `CS_BUSY` for a temporary failure. After `done` it must not be called again.
   */
  step(response: Uint8Array | undefined, signal?: AbortSignal): Promise<SaslStep>;
}

export interface ClientExchange {
  readonly mechanism: Mechanism;
  /** The initial response, to go with the command; undefined when the server speaks first. */
  begin(): Uint8Array | undefined;
  /**
   * The answer to a challenge. Where `begin` was not called (the line would be too long), the answer to the first, empty
   * challenge is the initial response. Throws `CS_PEER_PROTOCOL`, `CS_AUTH_REJECTED`.
   */
  step(challenge: Uint8Array): Promise<Uint8Array>;
  /** The server reported success, perhaps with last octets; throws `CS_PEER_PROTOCOL` when it has not proved itself. */
  finish(last?: Uint8Array): void;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined for what is not UTF-8. */
export function decodeText(octets: Uint8Array): string | undefined {
  try {
    return UTF8.decode(octets);
  } catch {
    return undefined;
  }
}

export const NOTHING = new Uint8Array(0);

export function failed(failure: SaslFailure): SaslStep {
  return { done: true, identity: undefined, failure };
}

export function ended(identity: Identity | undefined): SaslStep {
  return identity === undefined ? failed('credentials') : { done: true, identity };
}
