/** What happens in mailboxes as JSON of the control API, and back; what comes back is checked. */

import type { Origin } from '../../contracts/delivery.ts';
import type { Json } from '../../contracts/journal.ts';
import type { Copied, FlagResult, FlagState, MailboxView, MailChanges } from '../../contracts/mail.ts';
import { redact } from '../../kit/secret.ts';
import { boxJson, boxOf, number, numbers, record, records, text, texts } from './wording.ts';

export function changesJson({ mailbox, changed, vanished, complete }: MailChanges): Json {
  return { schema: 'cs.changes/1', mailbox: boxJson(mailbox), changed: states(changed), vanished, complete };
}

export function changesOf(json: Json): MailChanges {
  const it = record(json);
  return {
    mailbox: boxOf(it.mailbox ?? null),
    changed: records(it, 'changed').map(stateOf),
    vanished: numbers(it, 'vanished'),
    complete: it.complete === true,
  };
}

/** `delivered` null: nobody noted who did. */
export function originJson(origin: Origin | undefined): Json {
  if (origin === undefined) return { schema: 'cs.origin/1', delivered: null, transcript: null };
  const { transcript, user, ...session } = origin;
  return {
    schema: 'cs.origin/1',
    delivered: { ...session, user: user ?? null },
    transcript: transcript === undefined ? null : redact(transcript),
  };
}

export function originOf(json: Json): Origin | undefined {
  const it = record(json);
  if (it.delivered === null) return undefined;
  const told = record(it.delivered ?? null);
  return {
    server: text(told, 'server'),
    conn: text(told, 'conn'),
    with: text(told, 'with'),
    helo: text(told, 'helo'),
    address: text(told, 'address'),
    user: told.user === null ? undefined : text(told, 'user'),
    secure: told.secure === true,
    transcript: it.transcript === null ? undefined : text(it, 'transcript'),
  };
}

export function flagResultJson({ changed, refused }: FlagResult): Json {
  return { schema: 'cs.flagged/1', changed: states(changed), refused };
}

export function flagResultOf(json: Json): FlagResult {
  const it = record(json);
  return { changed: records(it, 'changed').map(stateOf), refused: numbers(it, 'refused') };
}

export function copiedJson({ uidValidity, from, to }: Copied): Json {
  return { schema: 'cs.copied/1', uid_validity: uidValidity, from, to };
}

export function copiedOf(json: Json): Copied {
  const it = record(json);
  return { uidValidity: number(it, 'uid_validity'), from: numbers(it, 'from'), to: numbers(it, 'to') };
}

export async function viewOf(lines: AsyncIterable<Json>): Promise<MailboxView> {
  let head: Pick<MailboxView, 'mailbox' | 'flagSets'> | undefined;
  const columns = { uids: [] as number[], modseqs: [] as number[], flags: [] as number[] };
  for await (const line of lines) {
    const it = record(line);
    if (head)
      for (const [name, column] of Object.entries(columns)) for (const one of numbers(it, name)) column.push(one);
    else
      head = {
        mailbox: boxOf(it.mailbox ?? null),
        flagSets: (it.flag_sets as Json[]).map((flags) => texts({ flags }, 'flags')),
      };
  }
  return {
    mailbox: head?.mailbox ?? boxOf(null),
    uids: Uint32Array.from(columns.uids),
    modseqs: Float64Array.from(columns.modseqs),
    flags: Uint32Array.from(columns.flags),
    flagSets: head?.flagSets ?? [],
  };
}

function states(changed: readonly FlagState[]): Json {
  return changed.map(({ uid, flags, modseq }) => ({ uid, flags, modseq }));
}

function stateOf(it: { readonly [key: string]: Json | undefined }): FlagState {
  return { uid: number(it, 'uid'), flags: texts(it, 'flags'), modseq: number(it, 'modseq') };
}
