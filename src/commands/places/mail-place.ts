/** From a URL to mail: what `ls`, `get` and `rm` have in common. Knows no protocol, only what a remote end turns out to be. */
import type { MailEntry, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { reach } from '../reach.ts';
import { withPassword } from './login.ts';

const INBOX = 'INBOX';

/** A mailbox at the far end, and the message the URL named, if any. Dispose to say goodbye. */
export interface MailPlace extends AsyncDisposable {
  readonly mail: MailStore;
  readonly mailbox: string;
  /** The URL names no mailbox of an account that may have several. */
  readonly whole: boolean;
  /** The last part of the path; undefined when the URL names the mailbox itself. */
  readonly id: string | undefined;
  /** Printable, without a password. */
  readonly shown: string;
}

export async function mailPlace(ctx: CommandContext): Promise<MailPlace> {
  const [url = ''] = ctx.operands;
  const reached = await withPassword(ctx, await reach(ctx, url, 'argv'));
  const { client, dial, context, protocol, target } = reached;
  // Checked before anything is connected: nothing is done for a URL that makes no sense.
  const path = protocol.family === 'control' ? instancePath(target.path) : target.path;
  const remote = await client.connect(dial, context);
  try {
    const owner = protocol.family === 'control' ? ctx.options.user : undefined;
    const mail = owner === undefined ? remote.mail : await remote.house?.of(owner);
    if (!mail) throw new CsError('CS_USAGE', `${target.shown} holds no mail`);
    const place = await settle(mail, path);
    const whole = protocol.family !== 'control' && mail.create !== undefined && path.every((part) => part === '');
    return { ...place, whole, mail, shown: target.shown, [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose]() };
  } catch (error) {
    await remote[Symbol.asyncDispose]();
    throw error;
  }
}

/** `cs://NAME/mail/...`: an instance keeps several kinds of things. */
function instancePath(path: readonly string[]): readonly string[] {
  const [kind = 'mail', ...rest] = path.filter((part) => part !== '');
  if (kind !== 'mail')
    throw new CsError('CS_NOT_FOUND', `an instance has no ${JSON.stringify(kind)}`, { hint: 'mail' });
  return rest;
}

/** A path names a mailbox, or a message in one; without a mailbox it is in the inbox. */
async function settle(mail: MailStore, path: readonly string[]): Promise<{ mailbox: string; id: string | undefined }> {
  const parts = path.filter((part) => part !== '');
  if (parts.length === 0) return { mailbox: INBOX, id: undefined };
  const whole = parts.join('/');
  if (whole.toUpperCase() === INBOX) return { mailbox: INBOX, id: undefined };
  if (parts.length === 1 && /^\d/.test(whole)) return { mailbox: INBOX, id: whole };
  if ((await mail.mailboxes()).some(({ name }) => name === whole)) return { mailbox: whole, id: undefined };
  return { mailbox: parts.slice(0, -1).join('/') || INBOX, id: parts.at(-1) };
}

/**
 * The message of that id as `cs ls` shows it; else the one of that uid. Throws `CS_NOT_FOUND`.
 * One entry is asked for where the id allows it: a listing of everything may be long.
 */
export async function findMessage(
  { mail, mailbox }: Pick<MailPlace, 'mail' | 'mailbox'>,
  id: string,
): Promise<MailEntry> {
  const digits = /^(?:\d{1,10}\.)?(\d{1,15})$/.exec(id)?.[1];
  const [near] = digits === undefined ? [] : await mail.list(mailbox, [Number(digits)]);
  if (near && (near.id === id || near.id.endsWith(`.${id}`))) return near;
  const exact = (await mail.list(mailbox)).find((entry) => entry.id === id);
  const found = exact ?? (digits === id ? near : undefined);
  if (found) return found;
  throw new CsError('CS_NOT_FOUND', `no message ${JSON.stringify(id)} in ${mailbox}`, { hint: 'cs ls shows the ids' });
}
