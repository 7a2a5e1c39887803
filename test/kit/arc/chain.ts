/** Servers that forward a message and seal it, each with a domain of its own. */
import { generateKeyPairSync } from 'node:crypto';
import { arcSeal } from '../../../src/kit/arc/seal.ts';
import { type ArcVerdict, arcVerify } from '../../../src/kit/arc/verify.ts';
import { dkimKey } from '../../../src/kit/dkim/sign.ts';
import { CsError } from '../../../src/kit/errors.ts';
import type { TextNames } from '../../../src/kit/mail-names.ts';

export const AT = new Date('2026-03-01T12:00:00Z');
export const PLAIN = Buffer.from('From: Ann <ann@x.test>\r\nTo: list@y.test\r\nSubject: s\r\n\r\nHello\r\n');

const pair = generateKeyPairSync('ed25519');
const PUBLIC = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const PRIVATE = Buffer.from(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);

/** Every `s._domainkey.*.test` is the same key; names with `silent` are not answered. Counts what it is asked. */
export function names(): TextNames & { asked: number } {
  const told = {
    asked: 0,
    txt: async (name: string) => {
      told.asked += 1;
      if (name.includes('silent')) throw new CsError('CS_NAME_NOT_RESOLVED', 'nobody answered');
      if (!/^s\._domainkey\.[a-z0-9]+\.test$/.test(name)) throw new CsError('CS_NOT_FOUND', 'no such name');
      return [`v=DKIM1; k=ed25519; p=${PUBLIC}`];
    },
  };
  return told;
}

/** The set of a server that found the chain so when the message came, for the message as it goes. */
export function setFor(message: Buffer, domain: string, chain: ArcVerdict): string | undefined {
  return arcSeal(message, { results: `${domain}; spf=pass`, chain }, dkimKey(PRIVATE, domain, 's'), AT);
}

/** As a server that changes nothing would hand it on. */
export async function sealed(message: Buffer, domain: string): Promise<Buffer> {
  const chain = await arcVerify(message, names(), AT);
  const set = setFor(message, domain, chain);
  if (set === undefined) throw new Error(`nothing to seal: ${chain.reason}`);
  return Buffer.concat([Buffer.from(set, 'latin1'), message]);
}

/** Through so many servers, each of which found the chain whole. */
export async function chained(count: number, message: Buffer = PLAIN): Promise<Buffer> {
  let on = message;
  for (let nth = 1; nth <= count; nth++) {
    const set = setFor(on, `hop${nth}.test`, { result: nth === 1 ? 'none' : 'pass', hops: [] });
    on = Buffer.concat([Buffer.from(set ?? '', 'latin1'), on]);
  }
  return on;
}
