import { escapeBlock } from '../../kit/escape.ts';
import type { CommandContext } from '../command.ts';
import { reach } from '../reach.ts';
import type { talkOptions } from './command.ts';
import { Conversation } from './conversation.ts';
import { octetLines } from './octet-lines.ts';

/** A day: people think between lines. */
const PATIENCE = 86_400_000;

export async function run(ctx: CommandContext<typeof talkOptions>): Promise<void> {
  const limited = ctx.origin('timeout') !== 'default';
  const timeout = limited ? ctx.options.timeout : PATIENCE;
  const patient = { ...ctx, options: { ...ctx.options, timeout } };
  const { dial, target } = await reach(patient, ctx.operands[0] ?? '', 'argv');
  const conn = await dial(target);
  const conversation = new Conversation(conn, listener(ctx));
  const { tls } = conn;
  ctx.ui.detail(`connected to ${target.shown}${tls ? ` (${tls.version})` : ''}`);
  try {
    // The peer may leave while we wait for a line that never comes.
    await Promise.race([converse(ctx, conversation), conversation.over]);
  } finally {
    process.stdin.destroy();
    await conn.close('C');
  }
}

async function converse(ctx: CommandContext<typeof talkOptions>, conversation: Conversation): Promise<void> {
  const { raw } = ctx.options;
  for await (const line of octetLines(process.stdin)) {
    if (raw) await conversation.say(line);
    else if (line.toString('latin1').trimEnd() === '.starttls') {
      await conversation.startTls();
      ctx.ui.note('TLS began');
    } else await conversation.say(Buffer.concat([withoutEnd(line), Buffer.from('\r\n')]));
  }
  await conversation.finish();
}

function withoutEnd(line: Buffer): Buffer {
  if (line.at(-1) !== 10) return line;
  return line.subarray(0, line.at(-2) === 13 ? -2 : -1);
}

/** To a terminal only what cannot steer it; to a pipe every octet; with --json a line each. */
function listener({ ui }: CommandContext<typeof talkOptions>): (chunk: Uint8Array) => Promise<void> {
  if (ui.json) return jsonListener(ui);
  return (chunk) => ui.bytes(process.stdout.isTTY ? escapeBlock(Buffer.from(chunk).toString('utf8')) : chunk);
}

function jsonListener(ui: CommandContext['ui']): (chunk: Uint8Array) => Promise<void> {
  let held = '';
  return async (chunk) => {
    held += Buffer.from(chunk).toString('latin1');
    for (let at = held.indexOf('\n'); at !== -1; at = held.indexOf('\n')) {
      const text = Buffer.from(held.slice(0, at), 'latin1').toString('utf8').replace(/\r$/, '');
      held = held.slice(at + 1);
      await ui.item({ schema: 'cs.talk/1', from: 'server', text }, () => text);
    }
  };
}
