import { domainToASCII } from 'node:url';

/**
 * The owner behind a mail address, comparable: NFC, lower case, the domain as A-labels (RFC 5890), the sub-address kept.
 * A word without `@` is an account name and is only folded.
 */
export function canonicalOwner(text: string): string {
  const folded = text.normalize('NFC').toLowerCase();
  const at = folded.lastIndexOf('@');
  if (at === -1) return folded;
  const domain = folded.slice(at + 1);
  if (/^[a-z0-9.-]+$/.test(domain)) return folded;
  // domainToASCII answers '' for what is no domain: an address literal, a broken label.
  return `${folded.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** `ann+tag@x.test` → `ann@x.test`; undefined when there is no sub-address (RFC 5233). */
export function withoutDetail(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  const plus = address.indexOf('+');
  if (plus <= 0 || at === -1 || plus > at) return undefined;
  return address.slice(0, plus) + address.slice(at);
}

interface Addressed {
  readonly to: readonly { readonly address: string }[];
  readonly session?: { readonly user: string | undefined };
  readonly owners?: readonly string[];
}

/**
 * Whose mail a message becomes: the authenticated user's and each recipient's.
 * @param accountOf the name of the account that owns a canonical address
 */
export function ownersOf(envelope: Addressed, accountOf: (address: string) => string | undefined): string[] {
  if (envelope.owners) return [...new Set(envelope.owners.map(canonicalOwner))];
  const owners = new Set<string>();
  if (envelope.session?.user) owners.add(canonicalOwner(envelope.session.user));
  for (const { address } of envelope.to) {
    const whole = canonicalOwner(address);
    const bare = withoutDetail(whole);
    owners.add(accountOf(whole) ?? (bare === undefined ? undefined : accountOf(bare)) ?? whole);
  }
  // `*` is the view of everything, never somebody's name.
  owners.delete('*');
  return [...owners];
}
