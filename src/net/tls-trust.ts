/** Whom a client believes: the roots, `--ca`, `--pin`, `--insecure`, and on loopback this user's own CA. */
import { createHash, type X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from 'node:tls';
import { CsError } from '../kit/errors.ts';
import { caDirectory } from './ca-directory.ts';
import { certificatesIn } from './ca-pem.ts';

export interface TrustOptions {
  /** PEM file: these authorities and no others. */
  readonly ca?: string;
  /** `sha256/BASE64` of the server's public key (SPKI), several separated by commas. Stands in for chain, name and dates. */
  readonly pin?: string;
  /** Take any certificate; each time there is a warning in the log: `tls.unverified`, or `tls.insecure` where it was not needed. */
  readonly insecure?: boolean;
  /** `SSL_CERT_FILE` is read from here; `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The directory of the local CA, believed on loopback only; null for none. Without it, where `env` says. */
  readonly localCa?: string | null;
}

export interface Trust {
  readonly context: SecureContext;
  /** SHA-256 digests. */
  readonly pins: readonly Buffer[];
  readonly insecure: boolean;
  /**
   * This user's own CA, where the peer is on loopback and nothing else was asked for. Safe there: its key is readable by
   * this user alone, and who listens on this machine with a certificate of it is this user. Elsewhere it has no say.
   * Read when a certificate is judged: on a new machine the server makes it during the very first handshake.
   */
  readonly ownCa: (() => Promise<X509Certificate | undefined>) | undefined;
}

/** Throws `CS_NOT_FOUND`, `CS_CONFIG` for a file without certificates, `CS_USAGE` for what is no pin. */
export async function loadTrust(options: TrustOptions, loopback: boolean): Promise<Trust> {
  const { ca, pin, insecure = false, env = process.env, localCa } = options;
  const roots = ca ?? (env.SSL_CERT_FILE || undefined);
  const own = loopback && ca === undefined && localCa !== null;
  return {
    context: await contextWith(roots),
    pins: pin === undefined ? [] : parsePins(pin),
    insecure,
    ownCa: own ? async () => (await import('./ca.ts')).existingCa(localCa ?? caDirectory(env)) : undefined,
  };
}

/** `sha256/BASE64`, as curl writes it (`sha256//BASE64`) too. Throws `CS_USAGE`. */
export function parsePins(text: string): readonly Buffer[] {
  return text.split(/[,;]/).map((written) => {
    const [, encoded = ''] = /^sha256\/\/?([A-Za-z0-9+/_-]{43}=?)$/.exec(written.trim()) ?? [];
    const digest = Buffer.from(encoded, 'base64');
    if (digest.length === 32) return digest;
    throw new CsError('CS_USAGE', `not a pin: ${JSON.stringify(written)}`, {
      hint: 'write sha256/ and the base64 of the SHA-256 of the public key',
    });
  });
}

/** The pin of a certificate's key, as `--pin` takes it. */
export function pinOf(certificate: X509Certificate): string {
  return `sha256/${keyDigest(certificate).toString('base64')}`;
}

export function keyDigest(certificate: X509Certificate): Buffer {
  return createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

/** Issued by our CA for this host, and valid now. The CA issues nothing but server certificates, and to nobody else. */
export function vouchedFor(leaf: X509Certificate, host: string, ca: X509Certificate): boolean {
  const now = Date.now();
  const current = Date.parse(leaf.validFrom) <= now && now < Date.parse(leaf.validTo);
  const named = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
  return current && named !== undefined && leaf.checkIssued(ca) && leaf.verify(ca.publicKey);
}

/** Parsing a whole bundle of roots takes 30 ms: once per file and process. */
const contexts = new Map<string, Promise<SecureContext>>();

function contextWith(roots: string | undefined): Promise<SecureContext> {
  const key = roots ?? '';
  const known = contexts.get(key);
  if (known) return known;
  const made = roots === undefined ? Promise.resolve(secureContext()) : readRoots(roots).then(secureContext);
  contexts.set(key, made);
  made.catch(() => contexts.delete(key));
  return made;
}

/** Level 2 (112 bits): no RSA key under 2048 bits and no SHA-1 signature, on every Node version. */
function secureContext(ca?: string): SecureContext {
  return createSecureContext({ minVersion: 'TLSv1.2', ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=2`, ca });
}

async function readRoots(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CsError('CS_NOT_FOUND', `cannot read the authorities in ${path}: ${error.code}`, { cause: error });
  });
  if (!text.includes('-----BEGIN') || !hasCertificate(text)) {
    throw new CsError('CS_CONFIG', `${path} has no certificate in it`, { hint: 'PEM is wanted: BEGIN CERTIFICATE' });
  }
  return text;
}

function hasCertificate(text: string): boolean {
  try {
    return certificatesIn(text).length > 0;
  } catch {
    return false;
  }
}
