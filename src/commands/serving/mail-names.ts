/** Whom this server may ask about names: a zone file (`--zone`), a name server (`--dns`), or nobody. */
import { readFile } from 'node:fs/promises';
import { asCsError, CsError } from '../../kit/errors.ts';
import type { MailNames } from '../../kit/mail-names.ts';
import type { ServingContext } from './start.ts';

/** Undefined: nobody was named, and nothing is asked of a network by itself. Throws `CS_CONFIG`, `CS_USAGE`. */
export async function mailNames({ options }: Pick<ServingContext, 'options'>): Promise<MailNames | undefined> {
  const { zone, dns } = options;
  if (zone === undefined && dns === undefined) return undefined;
  if (zone === undefined) {
    const { askNameServer } = await import('../../net/name-server.ts');
    return askNameServer(dns === 'system' ? undefined : dns);
  }
  const { parseZone } = await import('../../net/zone.ts');
  try {
    return parseZone(await readFile(zone, 'utf8'), zone);
  } catch (error) {
    const failure = asCsError(error);
    if (failure.code === 'CS_CONFIG') throw failure;
    throw new CsError('CS_CONFIG', `cannot read --zone: ${failure.message}`, { cause: error });
  }
}
