/** Authentication-Results that a message brings along under our own name (RFC 8601 section 5): nobody but us may have written them. */

const CRLF = '\r\n';
const NAME = 'authentication-results:';

/** All but those fields, octet for octet. @param head with CRLF line ends, as far as the empty line @param server our name */
export function withoutResultsOf(head: Buffer, server: string): Buffer {
  const kept: string[] = [];
  let forged = false;
  const lines = head.toString('latin1').split(CRLF);
  for (let at = 0; at < lines.length; ) {
    let end = at + 1;
    while (end < lines.length && /^[ \t]/.test(lines[end]!)) end += 1;
    const field = lines.slice(at, end);
    if (isOurs(field.join(' '), server.toLowerCase())) forged = true;
    else kept.push(field.join(CRLF));
    at = end;
  }
  return forged ? Buffer.from(kept.join(CRLF), 'latin1') : head;
}

function isOurs(field: string, server: string): boolean {
  const colon = field.indexOf(':');
  if (`${field.slice(0, colon).trim().toLowerCase()}:` !== NAME) return false;
  const value = withoutComments(field.slice(colon + 1))
    .trimStart()
    .toLowerCase();
  const bare = value.startsWith('"') ? value.slice(1) : value;
  // Whatever stands behind it: a name that only begins like ours is another one.
  return bare.startsWith(server) && !/^[a-z0-9._-]/.test(bare.slice(server.length, server.length + 1));
}

/** They may stand in each other (RFC 5322 section 3.2.2). */
function withoutComments(text: string): string {
  const kept: string[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\') at += 1;
    else if (char === '(') depth += 1;
    else if (char === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) kept.push(char);
  }
  return kept.join('');
}
