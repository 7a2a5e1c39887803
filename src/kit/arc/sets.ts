/** ARC sets (RFC 8617 section 4): what each server on the way found, its signature over the message, its seal over the chain. */
import type { Field } from '../dkim/head.ts';
import { signatureTags } from '../dkim/signature.ts';
import type { SignedMessage } from '../dkim/signed-message.ts';

type Tags = ReadonlyMap<string, string>;

export interface Tagged {
  readonly field: Field;
  readonly tags: Tags;
}

export interface ArcSet {
  /** From 1. */
  readonly instance: number;
  /** ARC-Authentication-Results. */
  readonly results: Field;
  /** ARC-Message-Signature. */
  readonly message: Tagged;
  /** ARC-Seal. */
  readonly seal: Tagged;
  /** What the sealer said of the chain before it. */
  readonly cv: 'none' | 'pass' | 'fail';
}

export const RESULTS = 'arc-authentication-results';
export const MESSAGE = 'arc-message-signature';
export const SEAL = 'arc-seal';

/** RFC 8617 section 4.2.1. */
export const MOST_SETS = 50;

/** In their order, from 1; empty: no chain. A chain that is none in words (section 5.2, steps 1 to 3). */
export function arcSets(message: SignedMessage): readonly ArcSet[] | { readonly problem: string } {
  const [results, signatures, seals] = [RESULTS, MESSAGE, SEAL].map((name) => message.named(name));
  const count = Math.max(results!.length, signatures!.length, seals!.length);
  if (count === 0) return [];
  if (count > MOST_SETS) return { problem: `more than ${MOST_SETS} sets` };
  const found = {
    results: byInstance(results!, (field) => ({ instance: instanceOfResults(field), value: field })),
    signatures: byInstance(signatures!, tagged),
    seals: byInstance(seals!, tagged),
  };
  const sets: ArcSet[] = [];
  for (let instance = 1; instance <= count; instance++) {
    const own = found.results?.get(instance);
    const signature = found.signatures?.get(instance);
    const seal = found.seals?.get(instance);
    if (!own || !signature || !seal) return { problem: 'the sets are not whole, or not numbered from 1 without a gap' };
    const cv = seal.tags.get('cv')?.toLowerCase();
    if (cv !== 'none' && cv !== 'pass' && cv !== 'fail') return { problem: `seal ${instance} has no cv=` };
    // Section 4.1.3.
    if (seal.tags.has('h')) return { problem: `seal ${instance} has an h=` };
    sets.push({ instance, results: own, message: signature, seal, cv });
  }
  const broken = sets.find(({ cv }) => cv === 'fail');
  if (broken) return { problem: `seal ${broken.instance} says that the chain before it was broken` };
  const wrong = sets.find(({ instance, cv }) => (cv === 'none') !== (instance === 1));
  return wrong ? { problem: `seal ${wrong.instance} says cv=${wrong.cv}` } : sets;
}

/** Undefined where one has no number, or two have the same. */
function byInstance<T>(
  fields: readonly Field[],
  read: (field: Field) => { readonly instance: number | undefined; readonly value: T } | undefined,
): ReadonlyMap<number, T> | undefined {
  const found = new Map<number, T>();
  for (const field of fields) {
    const { instance, value } = read(field) ?? {};
    if (instance === undefined || value === undefined || found.has(instance)) return undefined;
    found.set(instance, value);
  }
  return found;
}

function tagged(field: Field): { instance: number | undefined; value: Tagged } | undefined {
  const tags = signatureTags(field);
  return tags && { instance: numberOf(tags.get('i')), value: { field, tags } };
}

/** `i=1; mx.y.test; spf=pass ...`: no list of tags after its first. */
function instanceOfResults({ raw }: Field): number | undefined {
  const [, digits] = /^[^:]*:\s*i\s*=\s*(\d{1,2})\s*;/.exec(raw.slice(0, 200)) ?? [];
  return numberOf(digits);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,2}$/.test(text) ? Number(text) : undefined;
}
