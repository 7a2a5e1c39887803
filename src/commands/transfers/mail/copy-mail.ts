/** `cp`, `mv` and `put` with mail at either end. */
import type { MailEntry } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import type { CommandContext } from '../../command.ts';
import { MailAccounts, type MailSpot } from '../../places/mail-accounts.ts';
import { namesMail } from '../../places/open-places.ts';
import { operandScheme } from '../../places/operand.ts';
import { createPatience, UNLIMITED } from '../../places/patience.ts';
import type { CopyVerb } from '../copy-and-tell.ts';
import type { transferOptions } from '../options.ts';
import { MailLedger } from './ledger.ts';
import { append, messagesOf } from './new-messages.ts';
import { picked } from './picked.ts';
import { MailFilesTarget } from './to-files.ts';

type Context = CommandContext<typeof transferOptions>;

export async function copyMail(ctx: Context, order: CopyVerb): Promise<void> {
  const target = ctx.operands.at(-1) ?? '';
  using patience = createPatience(ctx.signal, ctx.options.timeout);
  const inner = {
    ...ctx,
    signal: patience.signal,
    options: { ...ctx.options, timeout: UNLIMITED },
  } as unknown as CommandContext;
  await using accounts = new MailAccounts(inner);
  const { pick, format, dryRun } = ctx.options;
  const ledger = new MailLedger(ctx.ui, pick === undefined && (ctx.ui.json || format !== undefined), dryRun);
  try {
    const copying = new MailCopying(ctx, order, accounts, ledger, patience.moved);
    if (order.move && (await accounts.renamed(order.sources, target, dryRun)))
      await ledger.add({ action: 'renamed', mailbox: target });
    else if (namesMail(target)) await copying.intoMailbox(await accounts.mailbox(target));
    else await copying.intoFiles(target);
    await ledger.end(`cs.${order.verb}/1`);
  } finally {
    ledger.stop();
  }
}

interface Chosen {
  readonly spot: MailSpot;
  readonly entries: readonly MailEntry[];
}

class MailCopying {
  readonly #ctx: Context;
  readonly #order: CopyVerb;
  readonly #accounts: MailAccounts;
  readonly #ledger: MailLedger;
  readonly #moved: () => void;

  constructor(ctx: Context, order: CopyVerb, accounts: MailAccounts, ledger: MailLedger, moved: () => void) {
    this.#ctx = ctx;
    this.#order = order;
    this.#accounts = accounts;
    this.#ledger = ledger;
    this.#moved = moved;
  }

  async intoMailbox(target: MailSpot): Promise<void> {
    const { sources, move } = this.#order;
    const local = sources.filter((source) => !namesMail(source));
    const foreign = local.find((source) => operandScheme(source) !== undefined);
    if (foreign !== undefined) throw new CsError('CS_USAGE', `${foreign} holds files and no mail`);
    if (move && local.length > 0)
      throw new CsError('CS_USAGE', 'files are copied into a mailbox, not moved', { hint: 'cs put' });
    // Everything is found before anything is done.
    const chosen = await this.#choose(sources.filter(namesMail));
    for (const { spot, entries } of chosen) {
      if (spot.end.home === target.end.home && spot.mailbox === target.mailbox)
        throw new CsError('CS_USAGE', `${spot.end.shown} lies in that mailbox already`);
      const inside = spot.end.home === target.end.home && spot.mail.copy !== undefined;
      if (inside) await this.#inside(spot, entries, target);
      else await this.#across(spot, entries, target);
    }
    for (const source of local) await this.#put(source, target);
  }

  async intoFiles(path: string): Promise<void> {
    const { move, verb } = this.#order;
    if (path === '-') throw new CsError('CS_USAGE', `cs ${verb} writes to no terminal`, { hint: 'cs get URL' });
    // Files are the caller's: theirs to say who reads them.
    if (this.#ctx.umask !== undefined) process.umask(this.#ctx.umask);
    const { noClobber: keep, preserve: times, dryRun } = this.#ctx.options;
    const chosen = await this.#choose(this.#order.sources);
    const count = chosen.reduce((sum, { entries }) => sum + entries.length, 0);
    const target = new MailFilesTarget(path, count > 1);
    for (const { spot, entries } of chosen) {
      const done = await this.#each(spot, entries, async (entry) => {
        if (
          !dryRun &&
          (await target.write(spot.mail, spot.mailbox, entry, { keep, times }, this.#moved)) === undefined
        ) {
          this.#ledger.same(1);
          return false;
        }
        await this.#copied(spot, entry);
        return true;
      });
      if (move) await this.#remove(spot, done);
    }
  }

  async #choose(sources: readonly string[]): Promise<readonly Chosen[]> {
    const chosen: Chosen[] = [];
    for (const source of sources) {
      if (!namesMail(source)) throw new CsError('CS_USAGE', `${source} is no message`);
      const spot = await this.#accounts.messages(source, this.#order.recursive && !this.#order.move);
      chosen.push({ spot, entries: await picked(spot) });
      this.#moved();
    }
    return chosen;
  }

  /** The server does it alone. */
  async #inside(spot: MailSpot, entries: readonly MailEntry[], target: MailSpot): Promise<void> {
    const { mail, mailbox } = spot;
    const { move } = this.#order;
    const uids = entries.map(({ uid }) => uid);
    const { dryRun } = this.#ctx.options;
    let to: ReadonlyMap<number, number> = new Map();
    if (!dryRun && uids.length > 0) {
      const { move: carry } = mail;
      const moved = move && carry !== undefined;
      const copied = moved
        ? await carry.call(mail, mailbox, uids, target.mailbox)
        : await mail.copy!(mailbox, uids, target.mailbox);
      to = new Map(copied.from.map((uid, at) => [uid, copied.to[at]!]));
      if (move && !moved) await mail.remove(mailbox, uids);
    }
    for (const entry of entries) await this.#copied(spot, entry, to.get(entry.uid));
  }

  async #across(spot: MailSpot, entries: readonly MailEntry[], target: MailSpot): Promise<void> {
    const done = await this.#each(spot, entries, async (entry) => {
      if (this.#ctx.options.dryRun) {
        await this.#copied(spot, entry);
        return true;
      }
      const octets = spot.mail.read(spot.mailbox, entry.uid);
      const time = Date.parse(entry.receivedAt);
      const receivedAt = this.#ctx.options.preserve && time > 0 ? time : undefined;
      const { uid } = await append(target.mail, target.mailbox, { receivedAt, octets }, entry.flags, this.#moved);
      await this.#copied(spot, entry, uid);
      return true;
    });
    if (this.#order.move) await this.#remove(spot, done);
  }

  async #put(source: string, { mail, mailbox }: MailSpot): Promise<void> {
    const { dryRun, preserve } = this.#ctx.options;
    for await (const message of messagesOf(source, preserve)) {
      if (dryRun) {
        await this.#ledger.add({ action: 'copied', mailbox, message_id: message.name });
        continue;
      }
      const { uid, bytes } = await append(mail, mailbox, message, this.#order.flags ?? [], this.#moved);
      await this.#ledger.add({ action: 'copied', mailbox, bytes, ...(uid === 0 ? {} : { to_uid: uid }) });
    }
  }

  /** One that fails is told and does not keep the others. Resolves to the uids that went well. */
  async #each(
    spot: MailSpot,
    entries: readonly MailEntry[],
    act: (entry: MailEntry) => Promise<boolean>,
  ): Promise<readonly number[]> {
    const done: number[] = [];
    for (const entry of entries) {
      try {
        if (await act(entry)) done.push(entry.uid);
      } catch (error) {
        this.#ctx.signal.throwIfAborted();
        await this.#ledger.fail(spot.mailbox, error, entry.uid);
      }
    }
    return done;
  }

  /** What stands elsewhere by now. */
  async #remove({ mail, mailbox }: MailSpot, uids: readonly number[]): Promise<void> {
    if (!this.#ctx.options.dryRun && uids.length > 0) await mail.remove(mailbox, uids);
  }

  async #copied({ mailbox }: MailSpot, { uid, size, headers }: MailEntry, to?: number): Promise<void> {
    const more = {
      ...(to ? { to_uid: to } : {}),
      ...(headers.messageId === '' ? {} : { message_id: headers.messageId }),
    };
    await this.#ledger.add({ action: 'copied', mailbox, uid, bytes: size, ...more });
  }
}
