/** From a greeting to a session that files can be asked of: TLS as the target wants it, the login, and what FEAT offers. */
import type { Dial } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import type { Secret } from '../../kit/secret.ts';
import { factsToAskFor, readFeatures } from './client-features.ts';
import type { Manner } from './client-manner.ts';
import { quotedPath } from './client-path.ts';
import { isIntermediate, isPositive, refusal } from './client-reply.ts';
import { ClientSession, type Context } from './client-session.ts';
import type { Command } from './client-wire.ts';

/** What servers that let anybody in expect (RFC 1635). */
const ANYBODY = { user: 'anonymous', password: 'anonymous@' };
/** Milliseconds for a server to answer the second of two commands sent at once; silence means that it lost it. */
const PATIENCE = 2000;

/** Connects, secures, logs in, settles. Throws `CS_AUTH_REQUIRED`, `CS_AUTH_REJECTED`, `CS_TLS`, `CS_PEER_TEMPORARY` ... */
export async function openSession(dial: Dial, ctx: Context, manner: Manner): Promise<ClientSession> {
  try {
    return await attempt(dial, ctx, manner);
  } catch (error) {
    if (manner.pipelines !== undefined || !(error instanceof Silence)) throw error;
    ctx.log('info', 'ftp.pipelining.off', { host: ctx.target.host });
    manner.pipelines = false;
    return attempt(dial, ctx, manner);
  }
}

async function attempt(dial: Dial, ctx: Context, manner: Manner): Promise<ClientSession> {
  checkCredentials(ctx);
  const session = await ClientSession.open(dial, ctx, manner);
  try {
    await secure(session, ctx);
    await logIn(session, ctx);
    await settle(session, ctx);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

function checkCredentials({ target: { user, password } }: Context): void {
  if (user === undefined || user === ANYBODY.user || password !== undefined) return;
  const hint = '--password-file FILE (- is stdin), --password-fd N, CS_PASSWORD or ~/.netrc';
  throw new CsError('CS_AUTH_REQUIRED', `no password for ${user}`, { hint });
}

/** Whether there is a secret to keep: nobody's password is nobody's. */
function hasSecret({ target, options }: Context): boolean {
  return (target.user !== undefined && target.user !== ANYBODY.user) || options.account !== undefined;
}

/** AUTH TLS where it is wanted or of use (RFC 4217). What is mandatory and refused is `CS_TLS` (trust.md CL-04). */
export async function secure(session: ClientSession, ctx: Context): Promise<void> {
  const { target, log } = ctx;
  const { conn } = session;
  if (conn.secure || target.tls === 'none' || target.tls === 'implicit') return;
  const required = target.tls === 'starttls-required';
  // Within this machine there is nobody to hide from.
  if (!required && conn.trusted) return log('info', 'tls.skipped', { reason: 'loopback' });
  if (await beginTls(session)) return;
  if (required || hasSecret(ctx)) throw noTls();
  log('warn', 'tls.absent', { host: target.host, reason: 'the server offers none' });
}

/** False where the server refuses. */
export async function beginTls(session: ClientSession): Promise<boolean> {
  const reply = await session.ask('AUTH', 'TLS');
  if (reply.code !== 234 && reply.code !== 334) return false;
  await session.startTls();
  return true;
}

function noTls(): CsError {
  return new CsError('CS_TLS', 'the server offers no TLS (AUTH TLS), and a password must not travel in clear text', {
    hint: '--tls off sends it all the same',
  });
}

async function logIn(session: ClientSession, ctx: Context): Promise<void> {
  const { user = ANYBODY.user, password, tls } = ctx.target;
  if (hasSecret(ctx) && !session.conn.trusted && tls !== 'none') throw noTls();
  let reply = await session.ask('USER', user);
  if (reply.code === 331) reply = await session.ask('PASS', revealed(password));
  if (reply.code === 332) {
    const { account } = ctx.options;
    if (account === undefined) throw refusal('an account', reply, 'CS_AUTH_REQUIRED');
    reply = await session.ask('ACCT', account);
  }
  if (isIntermediate(reply)) throw refusal('the login', reply, 'CS_AUTH_REQUIRED');
  if (!isPositive(reply)) throw refusal('the login', reply);
  session.conn.user = user;
}

function revealed(password: Secret | undefined): string {
  return password?.reveal() ?? ANYBODY.password;
}

/** What is said once per connection, together where the server takes that. */
async function settle(session: ClientSession, ctx: Context): Promise<void> {
  const { manner } = session;
  const told = manner.features.size > 0 ? undefined : await session.ask('FEAT');
  if (told && isPositive(told)) manner.features = readFeatures(told);
  const { features } = manner;
  if (features.has('UTF8')) session.wire.charset = manner.charset = 'utf-8';
  const facts = factsToAskFor(features);
  const guarded = session.conn.secure && ctx.options.protection === 'private';
  const commands: Command[] = [
    ['TYPE', 'I'],
    ['PWD'],
    // Old servers want to hear it although they list it; whoever does not know it is no worse off.
    ...(features.has('UTF8') ? [['OPTS', 'UTF8', 'ON'] as const] : []),
    ...(features.has('CLNT') ? [['CLNT', 'cs'] as const] : []),
    ...(facts === undefined ? [] : [['OPTS', 'MLST', facts] as const]),
    ...(session.conn.secure ? [['PBSZ', '0'] as const, ['PROT', guarded ? 'P' : 'C'] as const] : []),
  ];
  const replies = manner.pipelines === undefined ? await tried(session, commands) : await session.askAll(commands);
  manner.pipelines ??= true;
  const answer = (name: string) => replies[commands.findIndex(([command]) => command === name)];
  const type = answer('TYPE')!;
  if (!isPositive(type)) throw refusal('TYPE I', type);
  const sealed = answer('PROT');
  if (guarded && sealed && !isPositive(sealed)) throw refusal('PROT P', sealed, 'CS_TLS');
  session.protected = guarded;
  manner.root = quotedPath(ctx.options.root, answer('PWD'));
}

class Silence extends CsError {
  constructor() {
    super('CS_TIMEOUT', 'the server did not answer all of several commands sent at once');
  }
}

/** All at once, and whether every one is answered: then it reads them one by one, as it should. */
async function tried(session: ClientSession, commands: readonly Command[]) {
  await session.send(...commands);
  const replies = [await session.reply()];
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silence()), PATIENCE);
  });
  try {
    while (replies.length < commands.length) replies.push(await Promise.race([session.reply(), silence]));
  } finally {
    clearTimeout(timer);
  }
  return replies;
}
