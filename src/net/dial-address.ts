import { isIP } from 'node:net';
import { CsError } from '../kit/errors.ts';
import { abandoned } from './dial-deadline.ts';
import { isLoopbackHost } from './target-host.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** A name's addresses, the preferred first. */
export type Lookup = (host: string) => Promise<readonly Address[]>;

const LOCAL: readonly Address[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * The addresses to try, in order: as the system prefers them (RFC 6724), the families taking turns (RFC 8305 section 4).
 * `localhost` and the names below it are this machine whatever a name server says (RFC 6761 section 6.3).
 * Throws `CS_NAME_NOT_RESOLVED`; `CS_USAGE` for a literal address of the other family than asked.
 */
export async function addressesOf(
  host: string,
  family: 4 | 6 | undefined,
  signal: AbortSignal,
  lookup: Lookup = systemAddresses,
): Promise<readonly Address[]> {
  const literal = isIP(host);
  if (literal !== 0 && family !== undefined && family !== literal) {
    throw new CsError('CS_USAGE', `${host} is not an IPv${family} address`, { hint: `leave -${family} out` });
  }
  if (literal !== 0) return [{ address: host, family: literal }];
  const found = isLoopbackHost(host) ? LOCAL : await resolve(host, signal, lookup);
  const wanted = family === undefined ? found : found.filter((one) => one.family === family);
  if (wanted.length === 0) {
    const kind = family === undefined ? 'address' : `IPv${family} address`;
    throw new CsError('CS_NAME_NOT_RESOLVED', `${host} has no ${kind}`);
  }
  return interleave(wanted);
}

async function systemAddresses(host: string): Promise<readonly Address[]> {
  const { lookup } = await import('node:dns/promises');
  return lookup(host, { all: true, verbatim: true });
}

const TEMPORARY = new Set(['EAI_AGAIN', 'ETIMEOUT', 'ESERVFAIL']);

async function resolve(host: string, signal: AbortSignal, lookup: Lookup): Promise<readonly Address[]> {
  try {
    return await abandoned(lookup(host), signal);
  } catch (error) {
    if (error instanceof CsError || signal.aborted) throw error;
    const { code = 'ENOTFOUND' } = error as NodeJS.ErrnoException;
    const words = TEMPORARY.has(code) ? 'the name server did not answer' : 'no such name';
    throw new CsError('CS_NAME_NOT_RESOLVED', `cannot find ${host}: ${words}`, { cause: error });
  }
}

function interleave(found: readonly Address[]): readonly Address[] {
  const first = found[0]?.family;
  const preferred = found.filter(({ family }) => family === first);
  const others = found.filter(({ family }) => family !== first);
  const turns = Array.from({ length: Math.max(preferred.length, others.length) }, (_, at) => [
    preferred[at],
    others[at],
  ]);
  return turns.flat().filter((one): one is Address => one !== undefined);
}
