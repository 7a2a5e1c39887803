import type { Secret } from '../kit/secret.ts';

/** What a client shows. OAuth bearer tokens (XOAUTH2, OAUTHBEARER) are compared like machine-made secrets. */
export type Proof =
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'token'; readonly token: Secret };

export interface Identity {
  /** Canonical account name: NFC, lower case; an e-mail address or, on capture servers, any word. */
  readonly name: string;
  /** Addresses that belong to it; mail for them is its mail. */
  readonly addresses: readonly string[];
  /** False: accepted because this server accepts any login. */
  readonly known: boolean;
  /** A lent inbox: it sees its own mail and nothing else, whatever the server lets others see, and sends nothing out. */
  readonly confined?: true;
}

/** Stored SCRAM verifier (RFC 5802 section 3, RFC 7677). Octets are raw. */
export interface ScramKeys {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

export interface LoginSource {
  readonly protocol: string;
  readonly server: string;
  readonly conn: string;
  readonly address: string;
  readonly loopback: boolean;
  readonly secure: boolean;
  /** SASL mechanism, or the protocol's own way (`USER`); the journal's facts show it. */
  readonly mechanism?: string;
}

export interface Accounts {
  /** `any`: every login is accepted and recorded, except a wrong password for an account that exists. */
  readonly mode: 'any' | 'required';
  /**
   * Undefined: rejected; the journal has an `auth.failed` fact and the penalty has been waited for.
   * Throws `CS_BUSY` when the hashing queue is full or the source is blocked for now: answer with a temporary failure.
   */
  verify(user: string, proof: Proof, from: LoginSource, signal?: AbortSignal): Promise<Identity | undefined>;
  /**
   * The account whose machine-made secret this is (HTTP's bearer tokens, which name nobody). Undefined and throws like
   * `verify`; in mode `any` a secret that is nobody's is taken from nobody: an identity without a name.
   */
  bearer?(token: Secret, from: LoginSource, signal?: AbortSignal): Promise<Identity | undefined>;
  /** SCRAM keys; for an unknown user stable fake ones, so that names cannot be told apart. Undefined: no account has any. */
  scram?(user: string): Promise<ScramKeys | undefined>;
  /** After a SCRAM exchange, which never shows a password: success or failure is recorded and throttled like any other. */
  settle(user: string, proved: boolean, from: LoginSource, signal?: AbortSignal): Promise<Identity | undefined>;
  /** The account that a mail address belongs to, sub-address (`ann+tag@`) included. Undefined: nobody's. */
  owner(address: string): Promise<Identity | undefined>;
}

/** One account at rest. */
export interface UserRecord {
  readonly name: string;
  /** PHC string: `$scrypt$ln=15,r=8,p=3$salt$hash`, or `$sha256$...` for a machine-made secret. */
  readonly password: string | undefined;
  /** `base64(salt),iterations,base64(storedKey),base64(serverKey)`. */
  readonly scram?: string;
  readonly addresses: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  /** What its mail may come to, below what the store allows everybody. */
  readonly quota?: { readonly bytes?: number; readonly messages?: number };
  /** An inbox for a while (`contracts/lent.ts`). */
  readonly lent?: {
    readonly expiresAt: string;
    /** Milliseconds that were asked for last. */
    readonly ttl: number;
    /** The account that asked; '' where nobody needs to log in. */
    readonly by: string;
  };
}

/** Where accounts live; every store brings one. Names are canonical when they arrive here. */
export interface UserRecords {
  get(name: string): Promise<UserRecord | undefined>;
  byAddress(address: string): Promise<UserRecord | undefined>;
  put(record: UserRecord): Promise<void>;
  remove(name: string): Promise<boolean>;
  list(): Promise<readonly UserRecord[]>;
}
