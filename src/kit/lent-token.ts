/**
 * The token of a lent inbox: `csi_SECRET.NAME`, 192 random bits and whose they are. It stands in no other form, so that one
 * that has expired is known for what it was, and is refused where any other word would be taken.
 */

/** Random octets of a token. */
export const TOKEN_OCTETS = 24;

const SHAPE = /^csi_[A-Za-z0-9_-]{32}\.([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)$/;
/** Wherever one stands in a text. */
const ANYWHERE = /\bcsi_[A-Za-z0-9_-]{32}/g;

/** @param random `TOKEN_OCTETS` of them */
export function lentToken(name: string, random: Uint8Array): string {
  return `csi_${Buffer.from(random).toString('base64url')}.${name}`;
}

/** Whose token it says it is; undefined for what is none. */
export function tokenHolder(text: string): string | undefined {
  return SHAPE.exec(text)?.[1];
}

export function maskTokens(text: string): string {
  return text.replace(ANYWHERE, 'csi_***');
}
