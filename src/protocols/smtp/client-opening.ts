/** From a dialled connection to a session that takes mail: greeting, EHLO, STARTTLS, XCLIENT, AUTH, each of them a step. */
import { hostname } from 'node:os';
import type { Connection } from '../../contracts/connection.ts';
import type { Json } from '../../contracts/journal.ts';
import type { ClientContext, Dial } from '../../contracts/protocol.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { lineText } from '../shared/reply-lines.ts';
import { type Capabilities, capabilityLines, readCapabilities } from './client-capabilities.ts';
import { logIn } from './client-login.ts';
import { type clientOptions, STEPS, type Step } from './client-options.ts';
import { isPositive, refusal, replyLine } from './client-reply.ts';
import { Session } from './client-session.ts';

export type SmtpContext = ClientContext<typeof clientOptions>;
export type Facts = Record<string, Json>;

export interface Opening {
  readonly session: Session;
  readonly capabilities: Capabilities;
  readonly facts: Facts;
}

const NOTHING_YET: Capabilities = { greeting: '', keywords: new Map(), auth: [], size: undefined };

/** User data that would end up in a command line; throws `CS_INPUT` before anything is dialled (trust.md CL-07). */
export function checkContext({ options, target }: SmtpContext): void {
  if (options.helo !== undefined) lineText(options.helo, 'the EHLO name');
  if (/\s/.test(options.helo ?? '')) throw new CsError('CS_INPUT', 'the EHLO name holds a space');
  if (options.helo === '') throw new CsError('CS_INPUT', 'the EHLO name is empty');
  if (target.user !== undefined) lineText(target.user, 'the login name');
  for (const attribute of options.xclient) {
    lineText(attribute, 'an XCLIENT attribute');
    if (!/^[A-Za-z]+=\S+$/.test(attribute)) {
      throw new CsError('CS_INPUT', `not an XCLIENT attribute: ${JSON.stringify(attribute)}`, {
        hint: 'write NAME=spike.example or ADDR=192.0.2.7',
      });
    }
  }
}

/** Whether the conversation has to go on after this step. */
export function goesPast(step: Step, quitAfter: Step | undefined): boolean {
  return quitAfter === undefined || STEPS.indexOf(step) < STEPS.indexOf(quitAfter);
}

/** Opens a session up to `quitAfter`, or up to where mail may be sent. A failure has closed it. */
export async function openSession(dial: Dial, ctx: SmtpContext, facts: Facts): Promise<Opening> {
  checkContext(ctx);
  const started = performance.now();
  const conn = await dial(ctx.target);
  facts.connect_ms = since(started);
  const guarded = ctx.target.tls === 'starttls-required';
  const session = new Session({ conn, lmtp: ctx.target.scheme === 'lmtp', signal: ctx.signal, guarded });
  try {
    return { session, facts, capabilities: await greet(session, ctx, facts) };
  } catch (error) {
    if (!session.over) await session.bye();
    throw asCsError(error);
  }
}

/** Where this session stops, if it stops before mail: its word in `facts.stopped_after`. */
function stops(step: Step, { options }: SmtpContext, facts: Facts): boolean {
  if (options.quitAfter !== step) return false;
  facts.stopped_after = step;
  return true;
}

async function greet(session: Session, ctx: SmtpContext, facts: Facts): Promise<Capabilities> {
  const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work;
    // A step that was not taken took no time.
    if (result) facts[name] = since(started);
    return result;
  };
  facts.peer = session.conn.peer.unix
    ? ctx.target.shown
    : `${session.conn.peer.address} port ${session.conn.peer.port}`;
  facts.loopback = session.conn.peer.loopback;
  facts.tls = tlsFacts(session.conn);
  if (stops('connect', ctx, facts)) return NOTHING_YET;

  const banner = await timed('banner_ms', session.greeting());
  facts.banner = replyLine(banner);
  if (banner.code !== 220) throw refusal(banner, 'the greeting');
  if (stops('banner', ctx, facts)) return NOTHING_YET;

  let capabilities = await timed('ehlo_ms', sayHello(session, ctx, facts));
  if (stops('ehlo', ctx, facts)) return capabilities;

  if (await timed('starttls_ms', secure(session, capabilities, ctx, facts))) {
    capabilities = await sayHello(session, ctx, facts);
  }
  if (ctx.options.xclient.length > 0) {
    await sayWho(session, capabilities, ctx.options.xclient);
    capabilities = await sayHello(session, ctx, facts);
  }
  if (stops('starttls', ctx, facts)) return capabilities;

  facts.mechanism = (await timed('auth_ms', logIn(session, capabilities, ctx))) ?? null;
  stops('auth', ctx, facts);
  return capabilities;
}

/** EHLO, or LHLO; where EHLO is unknown, HELO. */
async function sayHello(session: Session, ctx: SmtpContext, facts: Facts): Promise<Capabilities> {
  const name = ctx.options.helo ?? ownName(session.conn);
  const verb = session.lmtp ? 'LHLO' : 'EHLO';
  let reply = await session.command(`${verb} ${name}`);
  if (reply.code >= 500 && reply.code < 505 && !session.lmtp) reply = await session.command(`HELO ${name}`);
  if (!isPositive(reply)) throw refusal(reply, verb);
  const capabilities = readCapabilities(reply);
  facts.greeting = capabilities.greeting;
  facts.capabilities = capabilityLines(capabilities);
  facts.auth = capabilities.auth;
  facts.size_limit = capabilities.size ?? null;
  return capabilities;
}

/** True when TLS has begun here. The server's word that it can do it is all that opportunistic TLS has. */
async function secure(session: Session, known: Capabilities, ctx: SmtpContext, facts: Facts): Promise<boolean> {
  const { tls } = ctx.target;
  const required = tls === 'starttls-required';
  if (session.conn.secure || (tls !== 'starttls' && !required)) return false;
  if (!known.keywords.has('STARTTLS')) {
    if (required) throw noTls('the server offers no STARTTLS');
    ctx.log('info', 'smtp.cleartext', { target: ctx.target.shown, reason: 'the server offers no STARTTLS' });
    return false;
  }
  const reply = await session.startTls();
  if (reply.code === 220) {
    facts.tls = tlsFacts(session.conn);
    return true;
  }
  if (required) throw noTls('the server refused STARTTLS', replyLine(reply));
  ctx.log('warn', 'smtp.cleartext', { target: ctx.target.shown, reason: replyLine(reply) });
  return false;
}

function noTls(words: string, reply?: string): CsError {
  const hint = 'TLS was asked for; smtp:// without --tls goes on in clear text where there is none';
  return new CsError('CS_TLS', words, { hint, ...(reply === undefined ? {} : { reply }) });
}

/** XCLIENT: the server forgets everything and greets the client that we named. */
async function sayWho(session: Session, known: Capabilities, attributes: readonly string[]): Promise<void> {
  if (!known.keywords.has('XCLIENT')) {
    throw new CsError('CS_PEER_REFUSED', 'the server takes no XCLIENT from here', {
      hint: 'a cs server takes it with --smtp-xclient-from',
    });
  }
  const reply = await session.command(`XCLIENT ${attributes.join(' ')}`);
  if (!isPositive(reply)) throw refusal(reply, 'XCLIENT');
}

/** RFC 5321 section 4.1.4: this machine's full name, else its address as a literal. */
function ownName(conn: Connection): string {
  const name = hostname();
  if (name.includes('.') && /^[A-Za-z0-9.-]+$/.test(name)) return name;
  const { address, unix } = conn.local;
  if (unix || address === '') return 'localhost';
  return address.includes(':') ? `[IPv6:${address.replace(/%.*$/, '')}]` : `[${address}]`;
}

function tlsFacts(conn: Connection): Json {
  return conn.tls === undefined ? null : { version: conn.tls.version, cipher: conn.tls.cipher };
}

function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
