/** `cs sync` between two places with mail: what the source holds is then in the target, nothing twice. */
import { CsError } from '../../../kit/errors.ts';
import type { CommandContext } from '../../command.ts';
import { openMailEnd, requireTaking } from '../../places/mail-end.ts';
import { operandScheme } from '../../places/operand.ts';
import { createPatience, UNLIMITED } from '../../places/patience.ts';
import { MailLedger } from '../../transfers/mail/ledger.ts';
import type { syncOptions } from '../command.ts';
import { createFilter } from '../filter.ts';
import { MailSync } from './mail-sync.ts';
import { stateDirectory } from './state.ts';

/** Milliseconds: a server that has all of a message stores it within that. */
const SETTLING = 5000;

type Context = CommandContext<typeof syncOptions>;

export async function syncMail(ctx: Context): Promise<void> {
  const [first = '', second = ''] = ctx.operands;
  const { as, dryRun, pick, format } = ctx.options;
  if (operandScheme(first) === undefined && operandScheme(second) === undefined)
    throw new CsError('CS_USAGE', 'mail between two local places: name a mail account');
  using patience = createPatience(ctx.signal, ctx.options.timeout);
  const inner = {
    ...ctx,
    signal: patience.signal,
    options: { ...ctx.options, timeout: UNLIMITED },
  } as unknown as CommandContext;
  const ledger = new MailLedger(ctx.ui, pick === undefined && (ctx.ui.json || format !== undefined), dryRun);
  try {
    await using from = await openMailEnd(inner, first, operandScheme(first) === undefined ? as : undefined);
    await using to = await openMailEnd(inner, second, operandScheme(second) === undefined ? as : undefined);
    requireTaking(to);
    if (from.home === to.home && (from.mailbox ?? '') === (to.mailbox ?? ''))
      throw new CsError('CS_USAGE', `${first} and ${second} are the same`);
    const { transfers: atOnce, retry: retries, exclude, include, maxDelete } = ctx.options;
    const rules = {
      dryRun,
      ledger,
      states: stateDirectory(ctx.env),
      signal: patience.signal,
      moved: patience.moved,
      settling: SETTLING,
    };
    const removes = ctx.options.delete ? maxDelete : undefined;
    const filter = createFilter(exclude, include);
    await new MailSync({ from, to, rules, filter, atOnce, retries, removes, warn: ctx.ui.warn }).run();
    await ledger.end('cs.sync/1');
  } finally {
    ledger.stop();
  }
}
