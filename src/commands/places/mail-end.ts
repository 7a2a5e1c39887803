/** Where mail is, as `sync`, `cp` and `put` take it: an account or mailbox by URL, or files of this machine. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { MailStore } from '../../contracts/mail.ts';
import type { MailFilesFormat } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { mailFiles } from '../../registry.ts';
import type { CommandContext } from '../command.ts';
import { reach } from '../reach.ts';
import { withPassword } from './login.ts';
import { operandScheme } from './operand.ts';

export interface MailEnd extends AsyncDisposable {
  readonly mail: MailStore;
  /** What the path names; undefined: all there is. */
  readonly mailbox: string | undefined;
  /** Tells this place from others, however often it was opened. */
  readonly home: string;
  /** A message will have this uid in a later run as well. */
  isLasting(uid: number): boolean;
  /** Printable, without a password. */
  readonly shown: string;
  /** What to do where it takes nothing. */
  readonly hint?: string;
}

/** @param format of files; undefined: as what stands there */
export async function openMailEnd(ctx: CommandContext, text: string, format?: MailFilesFormat): Promise<MailEnd> {
  return operandScheme(text) === undefined ? localEnd(text, format) : farEnd(ctx, text);
}

/** Before anything is read. Throws `CS_UNSUPPORTED` where no message can be put. */
export function requireTaking({ mail, shown, hint }: MailEnd): void {
  if (mail.append) return;
  throw new CsError('CS_UNSUPPORTED', `${shown} takes no messages`, hint === undefined ? {} : { hint });
}

async function localEnd(text: string, format: MailFilesFormat | undefined): Promise<MailEnd> {
  const path = resolve(text);
  const files = await (await mailFiles.open()).open(path, format);
  const real = existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
  return {
    mail: files.mail,
    mailbox: files.single ? 'INBOX' : undefined,
    home: JSON.stringify([files.format, real]),
    isLasting: files.isLasting,
    shown: text,
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

async function farEnd(ctx: CommandContext, text: string): Promise<MailEnd> {
  const { client, dial, context, protocol, target } = await withPassword(ctx, await reach(ctx, text, 'argv'));
  const instance = protocol.family === 'control';
  const parts = target.path.filter((part) => part !== '');
  if (instance && parts[0] !== 'mail')
    throw new CsError('CS_USAGE', `${target.shown} holds no mail`, { hint: 'cs://NAME/mail' });
  const remote = await client.connect(dial, context);
  const owner = instance ? (ctx.options.user ?? '*') : undefined;
  const mail = owner === undefined ? remote.mail : await remote.house?.of(owner);
  if (!mail) {
    await remote[Symbol.asyncDispose]();
    throw new CsError('CS_USAGE', `${target.shown} holds no mail`);
  }
  const name = (instance ? parts.slice(1) : parts).join('/');
  const { scheme, host, port, socket, user } = target;
  return {
    mail,
    mailbox: name === '' ? undefined : /^inbox$/i.test(name) ? 'INBOX' : name,
    home: JSON.stringify([scheme, socket ?? host, port, owner ?? user ?? '']),
    isLasting: () => true,
    shown: target.shown,
    ...(owner === '*' && { hint: '--user ADDRESS says whose mail it is; what all have caught is only looked at' }),
    [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose](),
  };
}
