/** Makes keys and certificates. The only importer of the X.509 library, which costs 90 ms: reached when something must be made. */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { encodeNameConstraints } from './ca-constraints.ts';

/** PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY = 86_400_000;
const CA_DAYS = 3650;
/** With the hour below it stays under the 397 days that verifiers take. */
const LEAF_DAYS = 396;
/** Clocks differ. */
const EARLIER = 3_600_000;

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const { KeyUsageFlags } = x509;
const NAME_CONSTRAINTS = '2.5.29.30';

x509.cryptoProvider.set(webcrypto);

/** A P-256 authority that may vouch for local names and private addresses only, and only for servers. */
export async function createAuthority(): Promise<KeyAndCertificate> {
  const keys = await newKeys();
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    // Two authorities of one name confuse trust stores.
    name: `CN=cs local CA ${randomBytes(4).toString('hex')}, O=cs`,
    notBefore: new Date(now - EARLIER),
    notAfter: new Date(now + CA_DAYS * DAY),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new x509.Extension(NAME_CONSTRAINTS, true, encodeNameConstraints() as Uint8Array<ArrayBuffer>),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await privatePem(keys.privateKey), cert: pem(certificate) };
}

/** A server's certificate for these names and addresses, with its own new key. */
export async function issueLeaf(authority: KeyAndCertificate, hosts: readonly string[]): Promise<KeyAndCertificate> {
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await newKeys();
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${hosts[0] ?? 'localhost'}, O=cs`,
    issuer: issuer.subject,
    notBefore: new Date(now - EARLIER),
    notAfter: new Date(Math.min(now + LEAF_DAYS * DAY, issuer.notAfter.getTime())),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: await importPrivate(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await privatePem(keys.privateKey), cert: pem(certificate) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

/** Positive, and without a leading zero octet (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const octets = randomBytes(16);
  octets[0] = 0x40 | ((octets[0] ?? 0) & 0x3f);
  return octets.toString('hex');
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
    .trim()
    .concat('\n');
}

function importPrivate(text: string): Promise<webcrypto.CryptoKey> {
  const [octets] = x509.PemConverter.decode(text);
  return webcrypto.subtle.importKey('pkcs8', octets ?? new ArrayBuffer(0), P256, false, ['sign']);
}
