import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;

export interface Made {
  readonly cert: string;
  readonly key: string;
}

interface Wish {
  readonly names?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  /** An RSA key of so many bits instead of P-256. */
  readonly rsa?: number;
}

type Keys = webcrypto.CryptoKeyPair;
interface Issuer extends Made {
  readonly keys: Keys;
}

/** An authority without constraints, as somebody else would run one. */
export async function testAuthority(): Promise<Issuer> {
  const keys = (await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])) as Keys;
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=test authority',
      keys: keys as never,
      signingAlgorithm: EC,
      notBefore: new Date(Date.now() - 100 * DAY),
      notAfter: new Date(Date.now() + DAY),
      extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
    },
    webcrypto as never,
  );
  return { keys, cert: made.toString('pem'), key: await privatePem(keys) };
}

/** A server's certificate, issued by `issuer`, or by itself. */
export async function testLeaf(issuer: Issuer | undefined, wish: Wish = {}): Promise<Made> {
  const { names = ['localhost', '127.0.0.1'], from = -1, to = 1, rsa } = wish;
  const rsaKey = { name: 'RSASSA-PKCS1-v1_5', modulusLength: rsa, publicExponent: new Uint8Array([1, 0, 1]) };
  const algorithm = rsa === undefined ? EC : { ...rsaKey, hash: 'SHA-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify'])) as Keys;
  const made = await x509.X509CertificateGenerator.create(
    {
      subject: 'CN=leaf',
      issuer: issuer ? 'CN=test authority' : 'CN=leaf',
      publicKey: keys.publicKey as never,
      signingKey: (issuer?.keys ?? keys).privateKey as never,
      signingAlgorithm: issuer ? EC : (algorithm as never),
      notBefore: new Date(Date.now() + from * DAY),
      notAfter: new Date(Date.now() + to * DAY),
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
      ],
    },
    webcrypto as never,
  );
  return { cert: made.toString('pem'), key: await privatePem(keys) };
}

async function privatePem(keys: Keys): Promise<string> {
  const octets = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return x509.PemConverter.encode(octets, 'PRIVATE KEY');
}
