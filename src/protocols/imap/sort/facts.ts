/** What messages are sorted and threaded by. */
import type { Session } from '../session.ts';
import { type BaseSubject, baseSubject } from './base-subject.ts';
import { casemap } from './collation.ts';

export interface SortFacts {
  readonly index: number;
  readonly arrival: number;
  /** When it was sent; where it does not say, when it came (RFC 5256 section 2.2). */
  readonly date: number;
  readonly size: number;
  readonly subject: BaseSubject;
  /** The rest as it is compared. */
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly displayFrom: string;
  readonly displayTo: string;
  readonly messageId: string;
  /** The messages before it, oldest first. */
  readonly references: readonly string[];
}

export async function sortFacts(session: Session, indices: Uint32Array): Promise<SortFacts[]> {
  const view = session.view!;
  const uids = Uint32Array.from(indices, (index) => view.uid(index));
  const facts: SortFacts[] = [];
  for await (const batch of session.able('scan')(view.name, uids, { index: ['keys'] })) {
    for (const { uid, size, receivedAt, index } of batch) {
      const keys = index!.keys!;
      facts.push({
        index: view.indexOf(uid),
        arrival: receivedAt,
        date: Number.isNaN(keys.sentAt) ? receivedAt : keys.sentAt,
        size,
        subject: baseSubject(keys.subject),
        from: casemap(keys.from),
        to: casemap(keys.to),
        cc: casemap(keys.cc),
        // Whoever gives no name is known by the address (RFC 5957 section 3).
        displayFrom: casemap(keys.fromName || keys.from),
        displayTo: casemap(keys.toName || keys.to),
        messageId: keys.messageId,
        references: keys.references.length > 0 ? keys.references : keys.inReplyTo.slice(0, 1),
      });
    }
  }
  return facts;
}
