import { constants } from 'node:os';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { dialogueSink } from '../dialogue.ts';
import { announce } from '../serving/announce.ts';
import { instanceSocket } from '../serving/control.ts';
import { eventStream } from '../serving/events.ts';
import { splitOperands } from '../serving/open-files.ts';
import { phoneUrl } from '../serving/phone.ts';
import { banner } from '../serving/ready.ts';
import { findServices } from '../serving/services.ts';
import { type Running, type ServingOrder, start } from '../serving/start.ts';
import type { options as own } from './options.ts';

export async function run(ctx: CommandContext<typeof own>): Promise<number> {
  const { ui, options } = ctx;
  if (options.dryRun) {
    throw new CsError('CS_USAGE', 'cs serve has no dry run', {
      hint: 'cs config show says which values hold; cs doctor, which ports are free',
    });
  }
  const { services: words, root } = splitOperands(ctx.operands, options.files);
  const services = findServices(words);
  const workers = options.workers === 1 ? undefined : options.workers;
  const dialogue = dialogueSink(options.transcript, ui);
  const transcript: Pick<ServingOrder, 'transcript'> = dialogue
    ? { transcript: (id, conn, line) => dialogue(line, `${id} ${conn}`) }
    : {};
  if (workers !== undefined && (await import('node:cluster')).default.isWorker) {
    const { work } = await import('../serving/workers/worker.ts');
    return work(ctx, { services, tls: options.tls, files: { root, kept: true }, ...transcript });
  }
  const { name, socket } = await instanceSocket(options.name);
  const running = await start(ctx, {
    services,
    name,
    socket,
    tls: options.tls,
    files: { root, kept: true },
    ...(workers === undefined ? {} : { workers }),
    ...transcript,
  });
  const secrets = options.json?.split(',').includes('+secrets') ?? false;
  const picked = options.pick !== undefined || options.format !== undefined;
  // Before anything is said: where nobody can be told, there is one error and no ready line.
  try {
    await announce(running.ready, running.full, options, ctx.env as NodeJS.ProcessEnv);
  } catch (error) {
    await running.drain(0);
    throw error;
  }
  if (ui.json || picked) await ui.item(secrets ? running.full : running.ready, () => '');
  if (!ui.json) ui.note((paint) => banner(running.facts, paint));
  if (options.qr && ui.interactive && !ui.json && !ui.quiet) await showQrCode(running, ctx);
  for (const warning of running.warnings) ui.warn(warning);
  warnRoot(ctx);
  const events = eventStream(running, ui, picked);
  process.on('SIGHUP', () => void reload(running, ctx));
  process.on('SIGUSR2', () => ui.log('warn', 'state', { state: JSON.stringify(running.state()) }));
  let exit = await ended(ctx, running);
  process.once('uncaughtException', () => process.exit(125));
  const open = running.connections();
  ui.note(`stopping, ${open} connection${open === 1 ? '' : 's'} open, Ctrl-C again to force`);
  await running.store.journal.add({ event: 'draining', connections: open });
  if (exit === 128 + constants.signals.SIGTERM) exit = 0;
  await running.drain(options.grace, () => events.finish(exit));
  return exit;
}

/** For the phone in one's hand: only on a terminal, and only where it could get there. */
async function showQrCode(running: Running, { ui }: CommandContext): Promise<void> {
  const { networkInterfaces } = await import('node:os');
  const url = phoneUrl(running.facts.servers, networkInterfaces());
  if (url === undefined) return ui.warn('no QR code: no page here can be reached by a phone (--host ADDR, --public)');
  const { qrCode } = await import('../../ui/qr-code.ts');
  const code = await qrCode(url);
  ui.note((paint) => `${code(paint)}\n  ${url}\n`);
}

async function reload(running: Running, ctx: CommandContext): Promise<void> {
  await running.reload();
  ctx.ui.log('info', 'reloaded');
}

/** Containers and CI run as root: one line, never a refusal (trust.md section 2). */
function warnRoot({ ui, options }: CommandContext): void {
  if (process.getuid?.() === 0 && options.runAs === undefined && !ui.json && !ui.quiet) {
    ui.warn('running as root; --run-as USER drops that once the ports are bound');
  }
}

/** Resolves to the exit code when a signal, the control API or a defect ends it. */
function ended(ctx: CommandContext, running: Running): Promise<number> {
  return new Promise((resolve) => {
    const bySignal = (): void => resolve((ctx.signal.reason as { exit?: number }).exit ?? 1);
    if (ctx.signal.aborted) bySignal();
    ctx.signal.addEventListener('abort', bySignal, { once: true });
    void running.stopped.then(() => resolve(0));
    process.once('uncaughtException', (error) => {
      ctx.ui.log('error', 'uncaught', { message: error.message, stack: error.stack ?? '' });
      resolve(125);
    });
  });
}
