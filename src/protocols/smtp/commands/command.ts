import type { Session } from '../session.ts';
import type { Waits } from '../stream.ts';

/** One SMTP command. */
export interface Command {
  /** Answers it. @param behind octets that follow it have arrived already */
  readonly run: (session: Session, argument: string, behind: boolean) => Waits;
  /** It takes no argument. */
  readonly bare?: true;
  /** Answered before STARTTLS where TLS is required (RFC 3207 section 4). */
  readonly open?: true;
}
