/** DKIM signatures (RFC 6376), relaxed/relaxed, by RSA or Ed25519 (RFC 8463). */
import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { CsError } from '../errors.ts';
import { BodyHash, canonicalField } from './canonical.ts';
import { type Field, headFields, splitMessage } from './head.ts';

export interface DkimKey {
  readonly key: KeyObject;
  readonly domain: string;
  readonly selector: string;
}

const ALGORITHMS: Readonly<Record<string, string>> = { rsa: 'rsa-sha256', ed25519: 'ed25519-sha256' };
/** Signed where they stand (RFC 6376 section 5.4.1). */
export const SIGNED = new Set([
  ...['from', 'sender', 'reply-to', 'to', 'cc', 'subject', 'date', 'message-id', 'in-reply-to', 'references'],
  ...['mime-version', 'content-type', 'content-transfer-encoding', 'list-unsubscribe', 'list-unsubscribe-post'],
]);

/** @param pem a private key; throws `CS_INPUT` for what is none that DKIM knows */
export function dkimKey(pem: Buffer, domain: string, selector: string): DkimKey {
  for (const name of [domain, selector]) {
    if (!/^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(name)) {
      throw new CsError('CS_INPUT', `not a domain name for a signature: ${JSON.stringify(name)}`);
    }
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new CsError('CS_INPUT', 'the DKIM key is no private key in PEM', { cause: error });
  }
  if (ALGORITHMS[key.asymmetricKeyType ?? ''] === undefined) {
    throw new CsError('CS_INPUT', `DKIM knows RSA and Ed25519, this is a key for ${key.asymmetricKeyType}`);
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? 2048) < 1024) {
    throw new CsError('CS_INPUT', 'an RSA key below 1024 bits signs nothing that anybody believes');
  }
  return { key, domain, selector };
}

/** The message with its signature in front. @param message with CRLF line ends */
export function dkimSign(message: Buffer, key: DkimKey, now = new Date()): Buffer {
  const { head, body } = splitMessage(message);
  const field = dkimField(head, new BodyHash('relaxed').update(body).digest(), key, now);
  return Buffer.concat([Buffer.from(field, 'latin1'), message]);
}

/** The signature alone, a header field with its CRLF. @param bodyHash of the relaxed body */
export function dkimField(head: Buffer, bodyHash: string, key: DkimKey, now: Date): string {
  const wanted = headFields(head).filter((field) => SIGNED.has(field.name));
  return coveringField('DKIM-Signature', 'v=1', wanted, bodyHash, key, now);
}

/** @param first the tag that DKIM-Signature and ARC-Message-Signature differ in */
export function coveringField(
  name: string,
  first: string,
  wanted: readonly Field[],
  bodyHash: string,
  key: DkimKey,
  now: Date,
): string {
  const chosen = [...wanted].reverse();
  // `from` once more than it stands: nobody can add a second one afterwards.
  const names = [...chosen.map((field) => field.name), 'from'];
  const tags = [
    `${first}; a=${algorithmOf(key)}; c=relaxed/relaxed; d=${key.domain}; s=${key.selector};`,
    ` t=${Math.floor(now.getTime() / 1000)}; bh=${bodyHash};`,
    ` h=${foldedNames(names)};`,
    ' b=',
  ].join('\r\n\t');
  const unsigned: Field = { name: name.toLowerCase(), raw: `${name}: ${tags}` };
  const signed = [...chosen, unsigned].map((field) => canonicalField(field, 'relaxed')).join('\r\n');
  return `${unsigned.raw}${foldedProof(Buffer.from(signed, 'latin1'), key)}\r\n`;
}

export function algorithmOf({ key }: DkimKey): string {
  return ALGORITHMS[key.asymmetricKeyType ?? ''] ?? '';
}

/** For the end of a field. */
export function foldedProof(octets: Buffer, { key }: DkimKey): string {
  return signature64(octets, key).replace(/(.{70})(?=.)/g, '$1\r\n\t ');
}

/** Four to a line. */
function foldedNames(names: readonly string[]): string {
  return names.map((name, index) => (index > 0 && index % 4 === 0 ? `\r\n\t ${name}` : name)).join(':');
}

function signature64(data: Buffer, key: KeyObject): string {
  const ed25519 = key.asymmetricKeyType === 'ed25519';
  const signed = ed25519 ? sign(null, createHash('sha256').update(data).digest(), key) : sign('sha256', data, key);
  return signed.toString('base64');
}
