import { CsError } from '../../kit/errors.ts';
import { suggest } from '../../kit/suggest.ts';
import type { Command, CommandContext } from '../command.ts';
import { commandHelp, rootHelp } from '../help-text.ts';
import { topics } from './topics.ts';

export async function run(ctx: CommandContext): Promise<void> {
  const topic = ctx.operands.join(' ');
  const text = helpFor(topic, ctx.commands, ctx.version);
  await ctx.ui.result({ schema: 'cs.help/1', topic, text }, () => text);
}

function helpFor(asked: string, commands: readonly Command[], version: string): string {
  if (asked === '') return rootHelp(commands, version);
  const topic = Object.hasOwn(topics, asked) ? topics[asked] : undefined;
  if (topic) return topic();
  const found = commands.filter((command) => command.path === asked || command.path.startsWith(`${asked} `));
  if (found.length > 0) return found.map(commandHelp).join('\n');
  const near = suggest(asked, [...Object.keys(topics), ...commands.map((command) => command.path)]);
  throw new CsError('CS_USAGE', `no help on ${JSON.stringify(asked)}`, {
    hint: near ? `did you mean cs help ${near}?` : `topics: ${Object.keys(topics).join(', ')}`,
  });
}
