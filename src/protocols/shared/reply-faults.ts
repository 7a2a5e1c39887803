/** `--fail` as a server meets it: one sequence for all its conversations, and what a fault is in its protocol's words. */
import { createReplyFaults, parseReplyFault, type ReplyFault, type ReplyFaults } from '../../kit/faults.ts';

/** What a door adds to the options that a protocol declares. */
interface Wished {
  /** As written: `rcpt:5%`. */
  readonly fail?: readonly string[];
  readonly failSeed?: number | undefined;
}

/** @param options a server's own. Throws `CS_USAGE` */
export function openReplyFaults(options: object): ReplyFaults {
  const { fail = [], failSeed } = options as Wished;
  return createReplyFaults(fail.map(parseReplyFault), failSeed);
}

/** The reply code of SMTP and FTP: 4xx or 5xx; `otherwise` where none was written, or another protocol's word. */
export function replyCode({ code }: ReplyFault, otherwise: number): number {
  return code !== undefined && /^[45]\d\d$/.test(code) ? Number(code) : otherwise;
}

/** The response code of POP3 (RFC 2449 section 8) and IMAP (RFC 9051 section 7.1); `otherwise` as above. */
export function responseCode({ code }: ReplyFault, otherwise: string): string {
  return code !== undefined && /^[A-Za-z]/.test(code) ? code.toUpperCase() : otherwise;
}
