/**
 * The local certificate authority: made once, kept on disk, asked for a certificate by every server without one of its
 * own. Nothing here runs before the first handshake, and the X.509 library is loaded only when something must be made.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { CsError } from '../kit/errors.ts';
import { isPermitted } from './ca-constraints.ts';
import type { KeyAndCertificate } from './ca-create.ts';
import { caDirectory, isUnwritable, openDirectory, publish, readPrivate } from './ca-directory.ts';
import { isPair, splitPem } from './ca-pem.ts';

interface Authority extends KeyAndCertificate {
  /** Undefined: it lives in memory, because the directory cannot be written. */
  readonly dir: string | undefined;
}

export interface Leaf extends KeyAndCertificate {
  /** The names and addresses it is for; `cert` holds the chain, leaf first. */
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const DAY = 86_400_000;
/** A certificate that ends sooner is made anew. */
const RENEW = 30 * DAY;
const ALWAYS = ['localhost', '127.0.0.1', '::1'];

const authorities = new Map<string, Promise<Authority>>();
const leaves = new Map<string, Promise<Leaf>>();

/**
 * A certificate for `localhost`, the loopback addresses and those of `hosts` that the CA may vouch for; the same until it
 * is about to expire. `dir` is the CA's directory. Throws `CS_UNSAFE` where others could read the keys.
 */
export function leafFor(hosts: readonly string[], dir = caDirectory()): Promise<Leaf> {
  const names = leafHosts(hosts);
  return remember(leaves, [dir, ...names].join('\n'), async (before) => {
    if (before && isCurrent(before)) return before;
    return obtainLeaf(await authority(dir), names);
  });
}

/** A new certificate and key for exactly these hosts, kept nowhere here. Throws `CS_INPUT` for one the CA may not vouch for. */
export async function issueFor(hosts: readonly string[], dir = caDirectory()): Promise<KeyAndCertificate> {
  const names = hosts.map(plainHost);
  const foreign = names.find((name) => !isPermitted(name));
  if (foreign !== undefined || names.length === 0) {
    throw new CsError('CS_INPUT', `the local CA cannot vouch for ${JSON.stringify(foreign ?? '')}`, {
      hint: 'it may for localhost, names below .localhost and .test, loopback and private addresses',
    });
  }
  const ca = await authority(dir);
  const made = await (await makers()).issueLeaf(ca, [...new Set(names)]);
  return { key: made.key, cert: made.cert + ca.cert };
}

/** The path of the CA's certificate (PEM), made if need be. In memory only, it is a file that ends with this process. */
export async function caFile(dir = caDirectory()): Promise<string> {
  const { cert, dir: onDisk } = await authority(dir);
  return onDisk === undefined ? temporaryFile(cert) : join(onDisk, 'ca.pem');
}

/** The CA's certificate (PEM), made if need be. */
export async function caCertificate(dir = caDirectory()): Promise<string> {
  return (await authority(dir)).cert;
}

/** The CA's certificate if this user has one already, whole and not expired; nothing is made and nothing is thrown. */
export async function existingCa(dir = caDirectory()): Promise<X509Certificate | undefined> {
  try {
    const found = new X509Certificate(await readFile(join(dir, 'ca.pem')));
    return Date.parse(found.validTo) > Date.now() ? found : undefined;
  } catch {
    const made = await authorities.get(dir)?.catch(() => undefined);
    return made && new X509Certificate(made.cert);
  }
}

const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Writes what the system trusts (else what Node does), and our CA, as one PEM file: for variables that replace the roots. */
export async function systemRootsPlusCa(path: string, dir = caDirectory()): Promise<void> {
  let roots = rootCertificates.join('\n');
  for (const file of SYSTEM_ROOTS) {
    const found = await readFile(file, 'utf8').catch(() => '');
    if (!found.includes('BEGIN CERTIFICATE')) continue;
    roots = found;
    break;
  }
  await publish(path, `${roots.trimEnd()}\n${await caCertificate(dir)}`, 'replace', 0o644);
}

/** What of `hosts` the CA may vouch for, and what it vouches for always; sorted, each once. */
export function leafHosts(hosts: readonly string[]): readonly string[] {
  const asked = hosts.map(plainHost);
  return [...new Set([...ALWAYS, ...asked.filter(isPermitted).sort()])];
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$|%.*$|\.$/g, '');
}

function authority(dir: string): Promise<Authority> {
  return remember(authorities, dir, async (before) => {
    if (before && !authorityEnds(before)) return before;
    try {
      await openDirectory(dir);
      return await obtainAuthority(dir);
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      return { ...(await makers().then((make) => make.createAuthority())), dir: undefined };
    }
  });
}

/** Key and certificate stand in one file, so that no reader sees one without the other. */
async function obtainAuthority(dir: string): Promise<Authority> {
  const path = join(dir, 'authority.pem');
  const found = await readAuthority(path);
  if (found && !authorityEnds(found)) {
    const shown = await readFile(join(dir, 'ca.pem'), 'utf8').catch(() => undefined);
    if (shown !== found.cert) await publish(join(dir, 'ca.pem'), found.cert, 'replace', 0o644);
    return { ...found, dir };
  }
  const made = await (await makers()).createAuthority();
  // Of several that start at once the first one counts, and the others read what it wrote.
  const ours = await publish(path, made.key + made.cert, found ? 'replace' : 'first');
  if (!ours) return obtainAuthority(dir);
  await publish(join(dir, 'ca.pem'), made.cert, 'replace', 0o644);
  return { ...made, dir };
}

async function readAuthority(path: string): Promise<KeyAndCertificate | undefined> {
  const text = await readPrivate(path);
  if (text === undefined) return undefined;
  const parts = splitPem(text);
  if (parts && isPair(parts)) return parts;
  throw new CsError('CS_CONFIG', `${path} is damaged`, { hint: `remove it: a new CA is made at the next start` });
}

async function obtainLeaf(ca: Authority, hosts: readonly string[]): Promise<Leaf> {
  const name = createHash('sha256').update(hosts.join('\n')).digest('hex').slice(0, 16);
  const path = ca.dir === undefined ? undefined : join(ca.dir, `leaf-${name}.pem`);
  const text = path === undefined ? undefined : await readPrivate(path);
  const kept = text === undefined ? undefined : splitPem(text);
  if (kept && fits(kept, ca, hosts)) return asLeaf(kept, hosts);
  const made = await (await makers()).issueLeaf(ca, hosts);
  const chain = { key: made.key, cert: made.cert + ca.cert };
  // A certificate that cannot be kept is as good as one that can, for this process.
  if (path !== undefined) await publish(path, chain.key + chain.cert, 'replace').catch(ignoreUnwritable);
  return asLeaf(chain, hosts);
}

function fits(pair: KeyAndCertificate, ca: Authority, hosts: readonly string[]): boolean {
  if (!isPair(pair)) return false;
  const leaf = new X509Certificate(pair.cert);
  const issuer = new X509Certificate(ca.cert);
  const covers = (host: string) => (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
  if (!isCurrent(asLeaf(pair, hosts)) || !hosts.every(covers)) return false;
  return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

function asLeaf(pair: KeyAndCertificate, hosts: readonly string[]): Leaf {
  const { validFrom, validTo } = new X509Certificate(pair.cert);
  return { ...pair, hosts, notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
}

/** One from a day to come was made while the clock was wrong. */
function isCurrent({ notBefore, notAfter }: Leaf): boolean {
  return notBefore <= Date.now() && !endsSoon(notAfter);
}

function authorityEnds({ cert }: KeyAndCertificate): boolean {
  return endsSoon(Date.parse(new X509Certificate(cert).validTo));
}

function endsSoon(notAfter: number): boolean {
  return !(notAfter - Date.now() > RENEW);
}

/** One result per key and process: those who ask meanwhile wait for it, those who ask later have it checked by `renew`. */
function remember<T>(kept: Map<string, Promise<T>>, key: string, renew: (before?: T) => Promise<T>): Promise<T> {
  const before = kept.get(key);
  const next = before ? before.then(renew) : renew();
  kept.set(key, next);
  next.catch(() => {
    if (kept.get(key) === next) kept.delete(key);
  });
  return next;
}

const makers = () => import('./ca-create.ts');

function ignoreUnwritable(error: unknown): void {
  if (!isUnwritable(error)) throw error;
}

const certificateFiles = new Map<string, string>();

function temporaryFile(cert: string): string {
  const known = certificateFiles.get(cert);
  if (known !== undefined) return known;
  const dir = mkdtempSync(join(tmpdir(), 'cs-ca-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'ca.pem');
  writeFileSync(path, cert, { mode: 0o644 });
  certificateFiles.set(cert, path);
  return path;
}
