/** What every spool makes of an envelope. */
import { domainToASCII } from 'node:url';
import type { Envelope } from '../../contracts/delivery.ts';
import type { SpoolEnvelope, SpoolRecipient } from '../../contracts/spool.ts';
import { CsError } from '../../kit/errors.ts';

export function spoolEnvelope({ from, body, smtputf8, ret, envid, session }: Envelope): SpoolEnvelope {
  return {
    from,
    ...(body === undefined ? {} : { body }),
    ...(smtputf8 === undefined ? {} : { smtputf8 }),
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
    user: session?.user ?? null,
  };
}

export function spoolRecipients(to: Envelope['to'], now: number): readonly SpoolRecipient[] {
  return to.map(({ address, notify, orcpt }, n) => ({
    n,
    address,
    ...(notify === undefined ? {} : { notify }),
    ...(orcpt === undefined ? {} : { orcpt }),
    domain: domainOf(address),
    tries: 0,
    due: now,
    busy: false,
    reply: null,
    warned: false,
  }));
}

/** What follows the last `@`, lower case, as A-labels where it has any; an address literal as it is. */
export function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return domain.startsWith('[') ? domain : domainToASCII(domain) || domain;
}

export function noSpooled(id: string): CsError {
  return new CsError('CS_NOT_FOUND', `no message ${JSON.stringify(id.slice(0, 100))} in the queue`, {
    hint: 'cs queue ls shows the ids',
  });
}
