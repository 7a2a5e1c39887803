import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { EVENTS, KINDS, kindOf } from '../wait/kind.ts';
import { instanceAt } from '../wait/own-instance.ts';
import { houseOf, journalOf } from '../wait/remote-parts.ts';

type Kind = (typeof KINDS)[number];

const WORDS: Readonly<Record<Kind, string>> = { mail: 'message', request: 'request', file: 'stored file' };

export async function run(ctx: CommandContext): Promise<void> {
  const kind = kindOf(ctx.operands.slice(0, 1), 'clear', KINDS);
  const { dryRun } = ctx.options;
  await using remote = await instanceAt(ctx, ctx.operands[1], kind);
  const cleared = kind === 'mail' ? await clearMail(remote, dryRun) : await clearFacts(remote, kind, dryRun);
  const what = `${cleared} ${WORDS[kind]}${cleared === 1 ? '' : 's'}`;
  await ctx.ui.result({ schema: 'cs.clear/1', kind, cleared, dry_run: dryRun }, () =>
    dryRun ? `would clear ${what}` : `cleared ${what}`,
  );
}

async function clearMail(remote: Remote, dryRun: boolean): Promise<number> {
  const house = houseOf(remote);
  return dryRun ? (await (await house.of('*')).list('INBOX')).length : house.clear();
}

/** The files themselves stay: what is emptied is what is known of them. */
async function clearFacts(remote: Remote, kind: keyof typeof EVENTS, dryRun: boolean): Promise<number> {
  const journal = journalOf(remote);
  if (!journal.clear) throw new CsError('CS_USAGE', 'this server cannot forget what happened');
  return journal.clear(EVENTS[kind], { dryRun });
}
