/** The key that a signature names, and whether the one fits the other. */
import { createHash, verify } from 'node:crypto';
import { isNoName, type TextNames } from '../mail-names.ts';
import { type KeyRecord, type NoKey, parseKeyRecord } from './key-record.ts';
import type { Proof } from './signature.ts';

export interface NotFound {
  readonly result: 'permerror' | 'temperror';
  readonly reason: string;
}

/** The first record that is a key; several are undefined by the RFC. */
export async function keyFor({ kind, selector, domain }: Proof, names: TextNames): Promise<KeyRecord | NotFound> {
  let texts: readonly string[];
  try {
    texts = await names.txt(`${selector}._domainkey.${domain}`);
  } catch (error) {
    if (!isNoName(error)) return { result: 'temperror', reason: 'nobody answered for the key' };
    texts = [];
  }
  let none: NoKey = { problem: 'no key' };
  for (const text of texts.slice(0, MOST)) {
    const record = parseKeyRecord(text);
    if (!('problem' in record)) {
      return record.kind === kind ? record : { result: 'permerror', reason: 'the key is of another kind' };
    }
    none = record;
  }
  return { result: 'permerror', reason: none.problem };
}

/** Records under one name; there should be one. */
const MOST = 10;

export function isRight({ key }: KeyRecord, { kind, proof }: Proof, octets: Buffer): boolean {
  return kind === 'rsa'
    ? verify('sha256', octets, key, proof)
    : verify(null, createHash('sha256').update(octets).digest(), key, proof);
}
