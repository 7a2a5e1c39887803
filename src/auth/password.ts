/** Passwords at rest: scrypt as a PHC string for those a person chose, SHA-256 for random ones (trust.md section 3). */
import { createHash, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { CsError } from '../kit/errors.ts';

export interface ScryptCost {
  /** Binary logarithm of N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** About half a second on a small machine. */
export const COST: ScryptCost = { ln: 15, r: 8, p: 3 };

/** Node's own limit of 32 MiB refuses N=2^15, r=8. */
const MEMORY = 64 * 1024 ** 2;
const OCTETS = 32;
const SALT_OCTETS = 16;

/** What the accounts need of hashing; tests count and shorten it. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
  /** Was it made with other parameters than new ones are? */
  outdated(stored: string): boolean;
  /** A hash that no password fits and that costs as much as any other. */
  readonly nobody: string;
}

function derive(password: string, salt: Uint8Array, { ln, r, p }: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: MEMORY };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, OCTETS, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** Base64 without padding, as PHC strings have it. */
function encode(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64').replaceAll('=', '');
}

/** `$scrypt$ln=15,r=8,p=3$salt$hash`. The password is prepared already. */
export async function hashPassword(password: string, cost: ScryptCost = COST): Promise<string> {
  const salt = randomBytes(SALT_OCTETS);
  return format(cost, salt, await derive(password, salt, cost));
}

function format({ ln, r, p }: ScryptCost, salt: Uint8Array, hash: Uint8Array): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${encode(salt)}$${encode(hash)}`;
}

/** Made up of random octets, so nothing hashes to it. */
export function nobodysHash(cost: ScryptCost = COST): string {
  return format(cost, randomBytes(SALT_OCTETS), randomBytes(OCTETS));
}

/** `$sha256$hash`, for a secret of at least 128 random bits: nobody guesses those, so slowness buys nothing. */
export function hashMachineSecret(secret: string): string {
  return `$sha256$${encode(createHash('sha256').update(secret).digest())}`;
}

export function isMachineSecret(stored: string): boolean {
  return stored.startsWith('$sha256$');
}

interface Scrypt extends ScryptCost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Throws `CS_LOCAL_IO` for what we did not write; the bounds keep a spoilt record from taking the machine. */
function parseScrypt(stored: string): Scrypt {
  const found = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{2,88})\$([A-Za-z0-9+/]{43})$/.exec(
    stored,
  );
  const [, ln, r, p, salt = '', hash = ''] = found ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const fine = found !== null && cost.ln >= 1 && cost.r >= 1 && cost.p >= 1 && cost.p <= 16;
  if (!fine || 128 * cost.r * (2 ** cost.ln + cost.p) > MEMORY) {
    throw new CsError('CS_LOCAL_IO', 'a stored password hash is damaged', {
      hint: 'cs user passwd NAME sets a new one',
    });
  }
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** In constant time for secrets of any length. */
export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  if (isMachineSecret(stored)) {
    const [given, kept] = [Buffer.from(hashMachineSecret(password)), Buffer.from(stored)];
    return given.length === kept.length && timingSafeEqual(given, kept);
  }
  const { salt, hash, ...cost } = parseScrypt(stored);
  return timingSafeEqual(await derive(password, salt, cost), hash);
}

export function outdated(stored: string): boolean {
  if (isMachineSecret(stored)) return false;
  const { ln, r, p } = parseScrypt(stored);
  return ln !== COST.ln || r !== COST.r || p !== COST.p;
}

export const scryptHasher: PasswordHasher = {
  hash: (password) => hashPassword(password),
  verify: verifyPassword,
  outdated,
  nobody: nobodysHash(),
};
