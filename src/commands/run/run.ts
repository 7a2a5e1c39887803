import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { writeReadyFile } from '../serving/announce.ts';
import { randomCredentials } from '../serving/credentials.ts';
import { findServices } from '../serving/services.ts';
import { type Running, start } from '../serving/start.ts';
import { type Aftermath, aftermath, showAftermath } from './aftermath.ts';
import { writeArtifacts } from './artifacts.ts';
import { type ChildEnd, runChild } from './child.ts';
import type { options } from './command.ts';
import { Conversations } from './conversations.ts';
import { childEnvironment, dotenv } from './environment.ts';
import { createRunDirectory, type RunDirectory } from './run-directory.ts';
import { tlsEnvironment } from './trust.ts';

type Context = CommandContext<typeof options>;

export async function run(ctx: Context): Promise<number> {
  const { options } = ctx;
  if (ctx.rest.length === 0 && !options.printEnv) {
    throw new CsError('CS_USAGE', 'cs run needs a command after --', {
      hint: 'cs run mail -- npm test, or --print-env',
    });
  }
  if (ctx.rest.length > 0 && options.printEnv) {
    throw new CsError('CS_USAGE', '--print-env runs no command', { hint: 'leave out one of them' });
  }
  const directory = await createRunDirectory();
  try {
    return await inside(ctx, directory);
  } catch (error) {
    throw ownFailure(error);
  } finally {
    directory.remove();
  }
}

/** What fails before the child ran is 125, whatever it would be elsewhere, but for a call that was wrong (2) or unsafe (16). */
function ownFailure(error: unknown): unknown {
  if (!(error instanceof CsError) || [2, 14, 16, 125, 126, 127].includes(error.exit)) return error;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new CsError('CS_RUN_FAILED', error.message, { ...hint, cause: error });
}

async function inside(ctx: Context, directory: RunDirectory): Promise<number> {
  const { options, ui } = ctx;
  const services = findServices(ctx.operands);
  const conversations = new Conversations();
  // Every port is free unless one was named: parallel runs must not meet.
  const port = ['0', ...options.port];
  const tls = options.tls ?? 'off';
  const serving = { ...ctx, options: { ...options, port } };
  const running = await start(serving, {
    services,
    name: options.name ?? `run-${directory.id}`,
    socket: directory.socket,
    tls,
    transcript: conversations.sink,
    credentials: randomCredentials(),
    files: { root: options.files, kept: false },
  });
  try {
    for (const warning of running.warnings) ui.warn(warning);
    const { env, added } = await environment(ctx, running, directory, tls);
    if (options.printEnv) return await stay(ctx, running, dotenv(added));
    const began = performance.now();
    const end = await runChild({
      command: ctx.rest,
      env,
      guard: directory.guard,
      timeout: options.timeout,
      grace: options.grace,
      signal: ctx.signal,
    });
    const after = await aftermath(running, options.failOn);
    const code = verdict(ctx, end, after);
    await tell(ctx, running, conversations, after, { code, ms: performance.now() - began });
    return code;
  } finally {
    await running.drain(options.grace);
  }
}

async function environment(ctx: Context, running: Running, directory: RunDirectory, tls: string) {
  const readyPath = `${directory.path}/ready.json`;
  await writeReadyFile(readyPath, running.full);
  const own: Record<string, string> = {
    CS_RUN_ID: directory.id,
    CS_RUN_DIR: directory.path,
    CS_CONTROL: directory.socket,
    CS_READY: readyPath,
    ...(tls === 'off' ? {} : await tlsEnvironment(directory.path)),
  };
  const { envPreset: presets, map: maps, envOverride: override } = ctx.options;
  return childEnvironment(ctx.env as NodeJS.ProcessEnv, own, running.facts, { presets, maps, override });
}

/** `--print-env`: the variables on stdout, then the servers stay until somebody stops them. */
async function stay(ctx: Context, running: Running, text: string): Promise<number> {
  await ctx.ui.bytes(text);
  await new Promise<void>((resolve) => {
    if (ctx.signal.aborted) resolve();
    ctx.signal.addEventListener('abort', () => resolve(), { once: true });
    void running.stopped.then(resolve);
  });
  return 0;
}

function verdict(ctx: Context, end: ChildEnd, after: Aftermath): number {
  if (end.timedOut) {
    ctx.ui.warn(`the command was ended after the time limit`);
    return 124;
  }
  if (ctx.signal.aborted) return (ctx.signal.reason as CsError).exit;
  if (end.code !== 0) return end.code;
  for (const reason of after.reasons) ctx.ui.warn(reason);
  return after.reasons.length > 0 ? 1 : 0;
}

interface Outcome {
  readonly code: number;
  readonly ms: number;
}

async function tell(
  ctx: Context,
  running: Running,
  conversations: Conversations,
  after: Aftermath,
  { code, ms }: Outcome,
): Promise<void> {
  const { options, ui } = ctx;
  const failed = code !== 0;
  const text = showAftermath(running, conversations, after);
  if (options.logs === 'always' || (failed && options.logs === 'failure')) ui.note(text);
  if (options.artifacts !== undefined && failed) await writeArtifacts(options.artifacts, running, conversations);
  if (options.report.length > 0) {
    const { createReport } = await import('../report/report.ts');
    const report = createReport(options.report, ctx.env);
    report.case({
      name: ctx.rest.join(' '),
      ok: !failed,
      ms: Math.round(ms),
      ...(failed ? { message: [`exit code ${code}`, ...after.reasons].join('; '), details: text } : {}),
    });
    await report.finish();
  }
}
