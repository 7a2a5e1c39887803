import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyAndCertificate } from './ca-create.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----[A-Za-z0-9+/=\s]+-----END \1-----/g;

/** The key and the certificates of a PEM text, each of them in order; undefined if one of both is missing. */
export function splitPem(text: string): KeyAndCertificate | undefined {
  let key: string | undefined;
  let cert = '';
  for (const [block, label = ''] of text.matchAll(BLOCK)) {
    if (label.endsWith('PRIVATE KEY')) key ??= `${block}\n`;
    else if (label === 'CERTIFICATE') cert += `${block}\n`;
  }
  return key === undefined || cert === '' ? undefined : { key, cert };
}

/** Every certificate of a PEM text. Throws what node:crypto throws for a broken one. */
export function certificatesIn(text: string): readonly X509Certificate[] {
  return [...text.matchAll(BLOCK)]
    .filter(([, label]) => label === 'CERTIFICATE')
    .map(([block]) => new X509Certificate(block));
}

/** The key belongs to the first certificate. */
export function isPair({ key, cert }: KeyAndCertificate): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
