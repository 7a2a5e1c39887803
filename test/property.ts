/**
 * All chance of the tests comes from one seed, and is the same in every run of the same commit: a gate that says no has found
 * a change, not a new draw. `CS_SEED=random npm test` draws anew and tells its seed; `CS_SEED=4711` is that draw again.
 * The only importer of fast-check (biome.json).
 */
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { seeded } from '../src/kit/faults.ts';

const said = process.env.CS_SEED || '2611';
if (!/^\d{1,9}$/.test(said))
  throw new Error(`CS_SEED=${said}: a number of at most nine digits; npm test takes random too`);

export const SEED = Number(said);

fc.configureGlobal({ seed: SEED });

/** From 0 (inclusive) to 1, where `Math.random` would do: the same sequence in each process. */
export const chance = seeded(SEED);

/** Octets without any pattern, where `randomBytes` would do: each call has others. */
export function noise(length: number): Buffer {
  const key = Buffer.alloc(32);
  for (let at = 0; at < 32; at += 4) key.writeUInt32LE(Math.floor(chance() * 0x100000000), at);
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(length));
}

export { fc };
