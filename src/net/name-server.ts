/** The system's name servers, or the given one, as mail and its checks ask them. */
import { Resolver } from 'node:dns/promises';
import { CsError } from '../kit/errors.ts';
import type { MailNames } from '../kit/mail-names.ts';
import { isLoopback } from './address.ts';

/** Milliseconds for one question, and how often it is asked. */
const TIMEOUT = 5000;
const TRIES = 3;

/** @param server `192.0.2.53`, `192.0.2.53:5353`; throws `CS_USAGE` for what is no address */
export function askNameServer(server?: string): MailNames {
  const resolver = new Resolver({ timeout: TIMEOUT, tries: TRIES });
  if (server !== undefined) {
    try {
      resolver.setServers([server]);
    } catch {
      throw new CsError('CS_USAGE', `not the address of a name server: ${JSON.stringify(server)}`, {
        hint: '--dns 192.0.2.53, --dns 127.0.0.1:5353',
      });
    }
  }
  return {
    mx: (domain) =>
      answer(domain, async () => {
        const found = await resolver.resolveMx(domain);
        return found.map(({ priority, exchange }) => ({
          preference: priority,
          exchange: exchange.toLowerCase().replace(/\.$/, ''),
        }));
      }),
    addresses: async (host) => {
      const families = await Promise.all([
        answer(host, () => resolver.resolve4(host)),
        answer(host, () => resolver.resolve6(host)),
      ]);
      // A stranger's domain may name this machine: what listens here only is not for what comes from there.
      return families
        .flat()
        .filter((address) => !isLoopback(address) && !/^(?:0\.0\.0\.0|::)$/.test(address))
        .map((address) => ({ address }));
    },
    txt: (name) => answer(name, async () => (await resolver.resolveTxt(name)).map((parts) => parts.join(''))),
  };
}

/** No record of that kind is an answer. */
async function answer<T>(name: string, ask: () => Promise<T[]>): Promise<T[]> {
  try {
    return await ask();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA') return [];
    if (code === 'ENOTFOUND' || code === 'EBADNAME') {
      throw new CsError('CS_NOT_FOUND', `no such name: ${name}`, { cause: error });
    }
    throw new CsError('CS_NAME_NOT_RESOLVED', `no name server answered for ${name}`, { cause: error });
  }
}
