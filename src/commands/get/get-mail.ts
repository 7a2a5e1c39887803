import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { findMessage, type MailPlace, mailPlace } from '../places/mail-place.ts';
import { messageFacts, originFacts } from '../places/message-facts.ts';
import type { getOptions } from './command.ts';

/** A message inside JSON is held as a whole. */
const JSON_LIMIT = 64 * 1024 * 1024;

type Context = CommandContext<typeof getOptions>;

export async function getMail(ctx: Context): Promise<void> {
  await using place = await mailPlace(ctx);
  if (place.id === undefined) {
    throw new CsError('CS_USAGE', `${place.shown} names no message`, { hint: 'put an id behind it; cs ls shows them' });
  }
  const { json, pick, format } = ctx.options;
  if (json !== undefined || pick !== undefined || format !== undefined) {
    await asObject(ctx, place, place.id);
    return;
  }
  const { uid, size } = await findMessage(place, place.id);
  const progress = ctx.ui.progress('fetching');
  let done = 0;
  try {
    for await (const chunk of place.mail.read(place.mailbox, uid)) {
      await ctx.ui.bytes(chunk);
      done += chunk.length;
      progress.update(done, size);
    }
  } finally {
    progress.end();
  }
}

/** `raw` where the message is UTF-8, else `raw_base64`: what is not text must not become other octets. */
async function asObject(ctx: Context, place: MailPlace, id: string): Promise<void> {
  const entry = await findMessage(place, id);
  if (entry.size > JSON_LIMIT) throw new CsError('CS_LIMIT', 'the message is too large for JSON', { hint: '-o FILE' });
  const chunks: Uint8Array[] = [];
  for await (const chunk of place.mail.read(place.mailbox, entry.uid)) chunks.push(chunk);
  const octets = Buffer.concat(chunks);
  const text = octets.toString('utf8');
  const raw: Readonly<Record<string, string>> = Buffer.from(text).equals(octets)
    ? { raw: text }
    : { raw_base64: octets.toString('base64') };
  const origin = await originFacts(place, entry);
  await ctx.ui.result({ schema: 'cs.get/1', url: place.shown, ...messageFacts(entry), ...origin, ...raw }, () => text);
}
