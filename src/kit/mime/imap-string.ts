/** Strings as IMAP writes them (RFC 9051 section 4.3); one octet per character, in and out. */

/** Quoted where that is allowed, else a literal. */
export function imapString(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  if (/[\u0080-\u00ff\r\n]/.test(text)) return `{${text.length}}\r\n${text}`;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export function imapNString(text: string | undefined): string {
  return text === undefined ? 'NIL' : imapString(text);
}
