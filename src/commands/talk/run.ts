import type { Connection } from '../../contracts/connection.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeBlock } from '../../kit/escape.ts';
import type { CommandContext } from '../command.ts';
import { reach } from '../reach.ts';
import type { talkOptions } from './command.ts';
import { Conversation } from './conversation.ts';
import { octetLines } from './octet-lines.ts';

/** A day: people think between lines. */
const PATIENCE = 86_400_000;
const CRLF = Buffer.from('\r\n');

type Ctx = CommandContext<typeof talkOptions>;

export async function run(ctx: Ctx): Promise<void> {
  const conn = await connect(ctx);
  const conversation = new Conversation(conn, listener(ctx));
  try {
    // The peer may leave while we wait for a line that never comes.
    await Promise.race([converse(ctx, conversation), conversation.over]);
  } finally {
    process.stdin.destroy();
    await conn.close('C');
  }
}

/** The usual time limit holds for connecting; for the conversation only one that somebody gave. */
async function connect(ctx: Ctx): Promise<Connection> {
  const limited = ctx.origin('timeout') !== 'default';
  const dialling = new AbortController();
  const signal = AbortSignal.any([ctx.signal, dialling.signal]);
  const timeout = limited ? ctx.options.timeout : PATIENCE;
  const patient = { ...ctx, signal, options: { ...ctx.options, timeout } };
  const { dial, target } = await reach(patient, ctx.operands[0] ?? '', 'argv');
  const late = new CsError('CS_TIMEOUT', `${target.shown} did not answer in time`);
  const timer = setTimeout(() => dialling.abort(late), ctx.options.timeout);
  try {
    const conn = await dial(target);
    ctx.ui.detail(`connected to ${target.shown}${conn.tls ? ` (${conn.tls.version})` : ''}`);
    return conn;
  } finally {
    clearTimeout(timer);
  }
}

async function converse(ctx: Ctx, conversation: Conversation): Promise<void> {
  const { raw, timeout } = ctx.options;
  for await (const line of octetLines(process.stdin)) {
    if (raw) await conversation.say(line);
    else if (line.toString('latin1').trimEnd() === '.starttls') {
      await conversation.startTls();
      ctx.ui.note('TLS began');
    } else await conversation.say(Buffer.concat([withoutEnd(line), CRLF]));
  }
  const late = new CsError('CS_TIMEOUT', 'the server kept the connection open after our end of it was closed', {
    hint: 'end with the command that says goodbye (QUIT), or give --timeout',
  });
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), timeout);
  });
  await Promise.race([conversation.finish(), expired]).finally(() => clearTimeout(timer));
}

function withoutEnd(line: Buffer): Buffer {
  if (line.at(-1) !== 10) return line;
  return line.subarray(0, line.at(-2) === 13 ? -2 : -1);
}

/** To a terminal only what cannot steer it; to a pipe every octet; with --json a line each. */
function listener({ ui }: Ctx): (chunk: Uint8Array) => Promise<void> {
  if (ui.json) return jsonListener(ui);
  if (!process.stdout.isTTY) return (chunk) => ui.bytes(chunk);
  const decoder = new TextDecoder();
  return (chunk) => ui.bytes(escapeBlock(decoder.decode(chunk, { stream: true }).replaceAll('\r\n', '\n')));
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
