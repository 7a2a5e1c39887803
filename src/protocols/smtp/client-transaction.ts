/** MAIL and RCPT (and, in a group, DATA): from an envelope to the recipients who were accepted. */
import type { Envelope, RecipientResult } from '../../contracts/delivery.ts';
import { CsError } from '../../kit/errors.ts';
import { envelopeLines } from './client-envelope.ts';
import { goesPast, type Opening, type SmtpContext } from './client-opening.ts';
import { isPositive, type Reply, refusal, replyLine } from './client-reply.ts';

export interface Transaction {
  /** One for each recipient of the envelope, in its order. */
  readonly results: readonly RecipientResult[];
  /** BDAT instead of DATA; then no 354 was asked for. */
  readonly chunked: boolean;
}

/**
 * Throws when the sender or every recipient is refused, or the server will not take the message; then the session is
 * ready for another transaction, or over.
 */
export async function beginTransaction(opening: Opening, envelope: Envelope, ctx: SmtpContext): Promise<Transaction> {
  const { session, capabilities } = opening;
  const { quitAfter, pipelining } = ctx.options;
  const lines = envelopeLines(envelope, capabilities, ctx.log);
  const chunked = usesChunking(opening, envelope, ctx);
  const grouped = pipelining === 'on' || (pipelining === 'auto' && capabilities.keywords.has('PIPELINING'));
  const rcpt = goesPast('mail', quitAfter) ? lines.rcpt : [];
  const asksData = !chunked && goesPast('rcpt', quitAfter);

  if (!grouped) {
    const mail = await session.command(lines.mail);
    if (!isPositive(mail)) throw refusal(mail, 'MAIL FROM');
    const replies: Reply[] = [];
    for (const line of rcpt) replies.push(await session.command(line));
    const results = await judge(opening, envelope, replies);
    if (asksData) await startData(opening, await session.command('DATA'));
    return { results, chunked };
  }

  const group = session.group([lines.mail, ...rcpt, ...(asksData ? ['DATA'] : [])]);
  const [mail, ...replies] = await Promise.all(group);
  const data = asksData ? replies.pop() : undefined;
  try {
    if (!isPositive(mail!)) throw refusal(mail!, 'MAIL FROM');
    const results = await judge(opening, envelope, replies, data === undefined);
    if (data) await startData(opening, data);
    return { results, chunked };
  } catch (error) {
    if (data?.code === 354) await endEmptyMessage(opening);
    throw error;
  }
}

function usesChunking({ capabilities }: Opening, envelope: Envelope, { options }: SmtpContext): boolean {
  const offered = capabilities.keywords.has('CHUNKING');
  if (options.chunking === 'on' && !offered) {
    throw new CsError('CS_PEER_REFUSED', 'the server offers no CHUNKING', { hint: '--chunking auto' });
  }
  if (envelope.body === 'BINARYMIME' && options.chunking === 'off') {
    throw new CsError('CS_USAGE', 'a binary message goes by BDAT only', { hint: '--chunking auto' });
  }
  return options.chunking === 'on' || envelope.body === 'BINARYMIME';
}

/** @param reset forget the transaction when nobody was accepted */
async function judge(
  { session }: Opening,
  envelope: Envelope,
  replies: readonly Reply[],
  reset = true,
): Promise<RecipientResult[]> {
  const results = replies.map((reply, index) => ({
    address: envelope.to[index]!.address,
    accepted: isPositive(reply),
    reply: replyLine(reply),
  }));
  if (results.length === 0 || results.some((result) => result.accepted)) return results;
  if (reset && !session.over) await session.command('RSET');
  throw refusedAll(replies, 'RCPT TO');
}

/** One error for all: a temporary one as long as one of them may pass. */
export function refusedAll(replies: readonly Reply[], what: string): CsError {
  const telling = replies.find((reply) => reply.code < 500) ?? replies[0]!;
  const all = replies.length === 1 ? what : `${what} (all ${replies.length} recipients)`;
  return refusal(telling, all);
}

async function startData({ session }: Opening, reply: Reply): Promise<void> {
  if (reply.code === 354) return;
  if (!session.over) await session.command('RSET');
  throw refusal(reply, 'DATA');
}

/** A server that wants a message without a recipient gets an empty one, which nobody receives (RFC 2920 section 3.1). */
async function endEmptyMessage({ session }: Opening): Promise<void> {
  if (session.over) return;
  await session.command('.').catch(() => {});
  if (!session.over) await session.command('RSET').catch(() => {});
}
