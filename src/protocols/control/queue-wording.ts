/** Messages of the queue as JSON of the control API, and back. */
import type { Json } from '../../contracts/journal.ts';
import type { SpoolMessage, SpoolRecipient } from '../../contracts/spool.ts';
import { CsError } from '../../kit/errors.ts';
import { number, record, text } from './wording.ts';

export function spooledJson({ id, size, queuedAt, envelope, recipients }: SpoolMessage): Json {
  return {
    schema: 'cs.queued/1',
    id,
    size,
    queued_at: new Date(queuedAt).toISOString(),
    from: envelope.from,
    user: envelope.user,
    envid: envelope.envid ?? null,
    ret: envelope.ret ?? null,
    recipients: recipients.map((one) => ({
      n: one.n,
      address: one.address,
      domain: one.domain,
      tries: one.tries,
      due: new Date(one.due).toISOString(),
      busy: one.busy,
      reply: one.reply,
      warned: one.warned,
      notify: one.notify ?? null,
      orcpt: one.orcpt ?? null,
    })),
  };
}

export function spooledOf(json: Json): SpoolMessage {
  const it = record(json);
  const { recipients, user, envid, ret } = it;
  if (!Array.isArray(recipients)) throw new CsError('CS_PEER_PROTOCOL', 'control API: recipients is not a list');
  return {
    id: text(it, 'id'),
    size: number(it, 'size'),
    queuedAt: Date.parse(text(it, 'queued_at')),
    envelope: {
      from: text(it, 'from'),
      user: typeof user === 'string' ? user : null,
      ...(typeof envid === 'string' ? { envid } : {}),
      ...(ret === 'FULL' || ret === 'HDRS' ? { ret } : {}),
    },
    recipients: recipients.map(recipientOf),
  };
}

function recipientOf(json: Json): SpoolRecipient {
  const it = record(json);
  const { reply, notify, orcpt } = it;
  return {
    n: number(it, 'n'),
    address: text(it, 'address'),
    domain: text(it, 'domain'),
    tries: number(it, 'tries'),
    due: Date.parse(text(it, 'due')),
    busy: it.busy === true,
    reply: typeof reply === 'string' ? reply : null,
    warned: it.warned === true,
    ...(Array.isArray(notify) ? { notify: notify as NonNullable<SpoolRecipient['notify']> } : {}),
    ...(typeof orcpt === 'string' ? { orcpt } : {}),
  };
}
