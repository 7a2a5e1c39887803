/** What tus 1.0 says in headers. */
import { HttpRefusal } from '../../shared/http/refusal.ts';

export const TUS_VERSION = '1.0.0';

/** Length or offset. Throws 400. */
export function octetsIn(value: string | undefined, name: string): number {
  if (value === undefined || !/^\d{1,15}$/.test(value)) throw new HttpRefusal(400, `${name} is a number of octets`);
  return Number(value);
}

/** `key base64, key`: names as plain data. Throws 400. */
export function readMetadata(header: string | undefined): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (header === undefined || header.trim() === '') return metadata;
  for (const pair of header.split(',')) {
    const [, key, value = ''] = /^\s*([\x21-\x2b\x2d-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?\s*$/.exec(pair) ?? [];
    if (key === undefined || metadata.has(key)) throw new HttpRefusal(400, 'malformed Upload-Metadata');
    metadata.set(key, Buffer.from(value, 'base64').toString());
  }
  return metadata;
}

export const CHECKSUMS = ['sha256', 'sha1', 'md5', 'sha512'] as const;
export type Checksum = { readonly name: (typeof CHECKSUMS)[number]; readonly digest: Buffer };

/** `sha1 base64`. Throws 400, also for an algorithm that was not offered. */
export function readChecksum(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const [, word, value = ''] = /^([a-z0-9]{1,10}) ([A-Za-z0-9+/]+={0,2})$/.exec(header) ?? [];
  const name = CHECKSUMS.find((one) => one === word);
  if (name === undefined) throw new HttpRefusal(400, `Upload-Checksum is by one of ${CHECKSUMS.join(', ')}`);
  return { name, digest: Buffer.from(value, 'base64') };
}

/** Of every answer where tus is spoken. */
export function tusOffer(most: number): Readonly<Record<string, string>> {
  return {
    'Tus-Resumable': TUS_VERSION,
    'Tus-Version': TUS_VERSION,
    'Tus-Extension': 'creation,creation-with-upload,expiration,checksum,termination',
    'Tus-Max-Size': String(most),
    'Tus-Checksum-Algorithm': CHECKSUMS.join(','),
  };
}
