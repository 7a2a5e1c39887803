/** A message in the place of another, inside the writer's transaction. */
import { noMessage } from '../shared/mailbox-name.ts';
import type { WriterCalls } from './calls.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { MailRemover } from './remove-mail.ts';
import type { MailWriter } from './write-mail.ts';

export interface Replacing {
  readonly boxes: Mailboxes;
  readonly mail: MailWriter;
  readonly remover: MailRemover;
}

/** What could stand against it is asked before the old one goes, and the room of that one is counted as free. */
export function replaceMail(
  { boxes, mail, remover }: Replacing,
  { old: { uid, ...place }, arrived }: WriterCalls['replace']['args'],
  octets: Uint8Array,
): WriterCalls['replace']['result'] {
  const [entry] = boxes.entries(boxes.id(place), [uid]);
  if (!entry) throw noMessage(place.mailbox, uid);
  boxes.id(arrived.into!);
  boxes.take(place.owner, arrived.size - entry.size, 0);
  const removed = remover.remove({ ...place, uids: [uid] });
  const [filed] = mail.append([arrived], octets);
  return { filed: filed!, removed };
}
