/** What a server's reply means to us (RFC 5321 section 4.2). */
import { CsError, type ErrorCode } from '../../kit/errors.ts';

export interface Reply {
  readonly code: number;
  /** The text of each line, without code and separator. */
  readonly lines: readonly string[];
}

/** `250-first\n250 last` → one reply. Throws `CS_PEER_PROTOCOL` for what is none. */
export function parseReply(text: string): Reply {
  const lines = text.split('\n');
  const code = Number(/^([2-5]\d\d)(?:[ -]|$)/.exec(lines[0] ?? '')?.[1]);
  const alike = lines.every((line) => line.slice(0, 3) === String(code) && /^(?:[ -]|$)/.test(line.slice(3)));
  if (Number.isNaN(code) || !alike) throw new CsError('CS_PEER_PROTOCOL', 'not an SMTP reply', { reply: lines[0] });
  return { code, lines: lines.map((line) => line.slice(4)) };
}

/** As one line: `250 2.1.5 ok`. */
export function replyLine(reply: Reply): string {
  return `${reply.code} ${reply.lines.join(' ')}`.trimEnd();
}

export function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

const LOGIN = new Set([530, 534, 535, 538]);

/** A reply that says no, as an error: 4xx may pass, 5xx stays, and a refused login is a refused login. */
export function refusal(reply: Reply, what: string): CsError {
  const temporary = reply.code < 500;
  const login = LOGIN.has(reply.code) ? (reply.code === 530 ? 'CS_AUTH_REQUIRED' : 'CS_AUTH_REJECTED') : undefined;
  const code: ErrorCode = login ?? (temporary ? 'CS_PEER_TEMPORARY' : 'CS_PEER_REFUSED');
  if (reply.code < 400) {
    return new CsError('CS_PEER_PROTOCOL', `${what}: an answer out of place`, { reply: replyLine(reply) });
  }
  const words = temporary ? 'the server refused for now' : 'the server refused';
  return new CsError(code, `${what}: ${words}`, {
    reply: replyLine(reply),
    ...(login === undefined ? {} : { hint: 'log in with --user and --password-file' }),
  });
}
