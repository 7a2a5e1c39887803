/** From a URL and the client flags to a conversation: what every client verb does first. */
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import type { ClientContext, ClientEnd, Dial, Target } from '../contracts/protocol.ts';
import type { Remote } from '../contracts/services.ts';
import { CsError } from '../kit/errors.ts';
import type { Options } from '../kit/option.ts';
import { defaults } from '../kit/option.ts';
import type { DialOptions } from '../net/dial.ts';
import { type AnyProtocol, protocols } from '../registry.ts';
import type { CommandContext } from './command.ts';
import { dialogueSink } from './dialogue.ts';
import { netrcLogin } from './netrc.ts';
import { givenPassword } from './password.ts';

export interface Reached {
  readonly protocol: AnyProtocol;
  readonly target: Target;
  readonly dial: Dial;
  readonly context: ClientContext;
  readonly client: ClientEnd;
  connect(): Promise<Remote>;
}

/** Every URL scheme → the protocol that speaks it. */
export function schemes() {
  return Object.fromEntries(
    protocols
      .filter((protocol) => protocol.client)
      .flatMap((protocol) =>
        Object.entries(protocol.schemes as Record<string, AnyProtocol['schemes'][string]>).map(([name, scheme]) => [
          name,
          { ...scheme, protocol: protocol.name },
        ]),
      ),
  );
}

/** The flag's TLS over the scheme's: `require` and `starttls` make a plain scheme's upgrade mandatory. */
function withFlags(target: Target, ctx: CommandContext): Target {
  const { tls } = ctx.options;
  // A web server is asked without a name; where the file has one, it is meant.
  const user =
    ctx.options.user ?? target.user ?? (target.resource === undefined ? undefined : netrcLogin(target.host, ctx.env));
  const password = target.password ?? givenPassword(ctx, target.host);
  const chosen =
    tls === undefined || target.tls === 'implicit' || target.socket !== undefined
      ? target.tls
      : tls === 'on'
        ? 'implicit'
        : tls === 'off'
          ? 'none'
          : 'starttls-required';
  return { ...target, tls: chosen, user, password };
}

/**
 * Parses `url`, merges the credentials, prepares the dial. Nothing is connected yet, but for what `connect` does.
 * @param linger milliseconds for which its connections outlive the command's signal
 */
export async function reach(
  ctx: CommandContext,
  url: string,
  from: 'argv' | 'env' | 'config',
  options: Readonly<Record<string, unknown>> = {},
  linger = 0,
): Promise<Reached> {
  const { parseTarget } = await import('../net/target.ts');
  const parsed = parseTarget(url, schemes(), { from });
  const protocol = protocols.find((one) => Object.hasOwn(one.schemes, parsed.scheme));
  if (!protocol?.client) throw new CsError('CS_USAGE', `nothing here speaks ${parsed.scheme}`);
  const target = protocol.family === 'control' ? await ownInstance(ctx, parsed) : withFlags(parsed, ctx);
  return assemble(ctx, protocol, target, options, linger);
}

async function assemble(
  ctx: CommandContext,
  protocol: AnyProtocol,
  target: Target,
  options: Readonly<Record<string, unknown>>,
  linger: number,
): Promise<Reached> {
  if (!protocol.client) throw new CsError('CS_USAGE', `${protocol.name} has no client`);
  const { createDial } = await import('../net/dial.ts');
  const { client } = await protocol.client();
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(ctx.options.timeout)]);
  // Every connection and transfer of a client listens to it.
  setMaxListeners(0, signal);
  const how = { ...(await dialOptions(ctx, protocol, signal)), linger };
  const dial = createDial(how);
  const context: ClientContext = {
    target,
    ...(protocol.beside ? { beside: (await import('../net/dial-beside.ts')).createDialBeside(target, how) } : {}),
    options: { ...defaults(protocol.clientOptions as Options), ...options },
    log: ctx.ui.log,
    signal,
  };
  return { protocol, target, dial, context, client, connect: () => client.connect(dial, context) };
}

/** What the dialer takes, read off the client flags. */
async function dialOptions(ctx: CommandContext, protocol: AnyProtocol, signal: AbortSignal): Promise<DialOptions> {
  const { options, ui, env } = ctx;
  if (options.ipv4 && options.ipv6) {
    throw new CsError('CS_USAGE', '-4 and -6 leave no address', { hint: 'without either both families are tried' });
  }
  const { ca, pin, insecure, insecureAuth, proxy, ipv4, ipv6, transcript, timeout } = options;
  // What is said to an own instance about the work is no part of the work's dialogue.
  const sink = protocol.family === 'control' ? undefined : dialogueSink(transcript, ui);
  const chosen =
    proxy === undefined
      ? await proxyNamed(env)
      : (await import('../net/proxy-client.ts')).parseProxy(proxy, { from: 'argv' });
  const hooks = sink === undefined ? {} : await transcribing((line) => sink(line));
  return {
    signal,
    timeout,
    ca,
    env,
    pin,
    insecure,
    insecureAuth,
    proxy: chosen,
    family: ipv4 ? 4 : ipv6 ? 6 : undefined,
    alpn: protocol.alpn,
    log: ui.log,
    ...hooks,
  };
}

async function transcribing(sink: (line: string) => void): Promise<Pick<DialOptions, 'hooks'>> {
  const { transcriptHook } = await import('../net/transcript.ts');
  return { hooks: (conn) => [transcriptHook({ sink, conn, role: 'client' })] };
}

/** What the environment says about each target, where it says anything about proxies. */
async function proxyNamed(env: CommandContext['env']): Promise<DialOptions['proxy']> {
  if (!Object.keys(env).some((name) => /^(?:https?|all)_proxy$/i.test(name))) return undefined;
  const { proxyFromEnv } = await import('../net/proxy-client-env.ts');
  return (to) => proxyFromEnv(to, env);
}

/** The instance that CS_CONTROL or --name names, or the only one that runs; its journal, its mail. */
export async function instance(ctx: CommandContext): Promise<Remote> {
  return (await reach(ctx, 'cs://local/', 'config')).connect();
}

const LOCAL = 'local';

function noInstance(name: string, running: readonly { readonly name: string }[]): CsError {
  const others = running.map((one) => one.name).join(', ');
  return new CsError('CS_CANNOT_CONNECT', `no instance named ${name} is running`, {
    hint: others === '' ? `cs serve smtp --name ${name}` : `running: ${others}`,
  });
}

/** `cs://NAME/`: the socket of that name; `cs://local/`: as `instance`. */
async function ownInstance(ctx: CommandContext, target: Target): Promise<Target> {
  const { socketPath, listInstances } = await import('../net/side-door.ts');
  const at = (socket: string): Target => ({ ...target, socket });
  const named = async (name: string): Promise<Target> => {
    const socket = socketPath(name);
    if (!existsSync(socket)) throw noInstance(name, await listInstances());
    return at(socket);
  };
  if (target.socket !== undefined) return target;
  if (target.host !== LOCAL && target.host !== '') return named(target.host);
  const { CS_CONTROL: control } = ctx.env;
  if (ctx.options.name !== undefined) return named(ctx.options.name);
  if (control) return control.includes('://') ? overHttp(target, control, ctx) : at(control);
  const running = await listInstances();
  const [only] = running;
  if (only === undefined) {
    throw new CsError('CS_CANNOT_CONNECT', 'no instance of cs is running', {
      hint: 'cs serve smtp, or cs run smtp -- COMMAND',
    });
  }
  const chosen = running.length === 1 ? only : running.find(({ name }) => name === 'dev');
  if (chosen === undefined) {
    throw new CsError(
      'CS_USAGE',
      `${running.length} instances are running: ${running.map(({ name }) => name).join(', ')}`,
      {
        hint: 'say which with --name NAME',
      },
    );
  }
  return at(chosen.path);
}

/** `CS_CONTROL=http://HOST:PORT` with the token in CS_TOKEN_FILE. */
async function overHttp(target: Target, control: string, ctx: CommandContext): Promise<Target> {
  const { hostname, port } = new URL(control);
  const { readFileSync } = await import('node:fs');
  const { Secret } = await import('../kit/secret.ts');
  const file = ctx.env.CS_TOKEN_FILE;
  const token = file === undefined ? undefined : new Secret(readFileSync(file, 'utf8').trim());
  return { ...target, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), password: token };
}
