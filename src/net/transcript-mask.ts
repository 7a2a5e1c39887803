import type { Side } from '../kit/transcript.ts';

const MASK = '***';

/** Lines of a client in which the last group is secret, whatever the protocol; IMAP's begin with a tag. */
const SECRET_LINES: readonly RegExp[] = [
  /^((?:PASS|ACCT) )(.+)$/i,
  /^(ACCT )(.+)$/i,
  /^(APOP \S+ )(.+)$/i,
  /^((?:\S{1,64} )?LOGIN \S+ )(.+)$/i,
  /^((?:\S{1,64} )?(?:AUTH|AUTHENTICATE) \S+ )([^=*].*)$/i,
  /^((?:Proxy-)?Authorization: ?\S+ )(.+)$/i,
  /^(Cookie: ?)(.+)$/i,
];
/** What a server gives to be told again. */
const GIVEN = /^(Set-Cookie: ?[^=;]*=)([^;]+)/i;
const EXCHANGE = /^(?:\S{1,64} )?(?:AUTH|AUTHENTICATE) \S+/i;
const CHALLENGE = /^(?:334\b|\+( |$|\\))/;

/**
 * Hides what a client sends to prove who it is before anybody knows it as a secret: PASS, LOGIN, and every line of a
 * SASL exchange (a continuation that answers `334` or `+`). One per conversation: it remembers where it is.
 */
export function secretMask(): (line: string, from: Side) => string {
  let exchange = false;
  let challenged = false;
  return (line, from) => {
    if (from === 'S') {
      challenged = exchange && CHALLENGE.test(line);
      if (!challenged) exchange = false;
      return line.replace(GIVEN, `$1${MASK}`);
    }
    if (exchange && challenged) {
      challenged = false;
      return line === '*' || line === '' ? line : MASK;
    }
    exchange = EXCHANGE.test(line);
    for (const pattern of SECRET_LINES) {
      const found = pattern.exec(line);
      if (found) return `${found[1]}${MASK}`;
    }
    return line;
  };
}
