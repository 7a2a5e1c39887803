import type { TlsFacts } from '../../contracts/connection.ts';
import type { Json } from '../../contracts/journal.ts';
import type { Dial } from '../../contracts/protocol.ts';
import { asCsError } from '../../kit/errors.ts';
import { featureLines, readFeatures } from './client-features.ts';
import { beginTls } from './client-login.ts';
import { newManner } from './client-manner.ts';
import { isPositive, replyLine } from './client-reply.ts';
import { ClientSession, type Context } from './client-session.ts';

type Facts = { readonly [key: string]: Json };

/** What a server shows to anybody, without a login; TLS is tried unless it is not wanted. */
export async function probe(dial: Dial, ctx: Context): Promise<Facts> {
  const started = performance.now();
  const session = await ClientSession.open(dial, ctx, newManner(ctx.options.charset, 'off'));
  try {
    const greeted = performance.now();
    const clear = await featuresOf(session);
    const answered = performance.now();
    // Asked in clear text, for a handshake that fails is the end of the conversation.
    const system = await session.ask('SYST');
    const tls = await tlsOf(session, ctx);
    const features = tls.began === 'auth-tls' ? await featuresOf(session) : clear;
    return {
      greeting: session.greeting,
      address: session.conn.peer.address,
      // Some servers tell only those who have logged in.
      system: isPositive(system) ? system.lines.join(' ') : null,
      tls,
      features,
      ...(features === clear ? {} : { features_before_tls: clear }),
      auth: await loginsOf(session),
      greeting_ms: rounded(greeted - started),
      latency_ms: rounded(answered - greeted),
    };
  } finally {
    await session.quit();
  }
}

/** What a session has shown so far. */
export function sessionFacts({ greeting, conn, manner }: ClientSession): Facts {
  const tls: Facts = conn.secure ? { began: 'yes', ...shown(conn.tls) } : { began: 'no' };
  return { greeting, address: conn.peer.address, tls, features: featureLines(manner.features) };
}

async function featuresOf(session: ClientSession): Promise<Json> {
  const reply = await session.ask('FEAT');
  return isPositive(reply) ? featureLines(readFeatures(reply)) : null;
}

/** `began` says how; a handshake that fails is a fact, unless TLS was demanded. */
async function tlsOf(session: ClientSession, { target }: Context): Promise<Facts> {
  const { conn } = session;
  if (conn.secure) return { offered: true, began: 'implicit', ...shown(conn.tls) };
  if (target.tls === 'none') return { offered: null, began: 'no' };
  try {
    if (await beginTls(session)) return { offered: true, began: 'auth-tls', ...shown(conn.tls) };
  } catch (error) {
    if (target.tls === 'starttls-required') throw error;
    return { offered: true, began: 'no', error: asCsError(error).message };
  }
  return { offered: false, began: 'no' };
}

/** Whether anybody gets in by the name of nobody; no password is sent. */
async function loginsOf(session: ClientSession): Promise<Json> {
  if (!session.free) return null;
  const reply = await session.ask('USER', 'anonymous');
  if (reply.code === 331 || reply.code === 230) return ['USER', ...(reply.code === 230 ? ['anonymous'] : [])];
  return { refused: replyLine(reply) };
}

function shown(tls: TlsFacts | undefined): Facts {
  return tls ? { version: tls.version, cipher: tls.cipher, alpn: tls.alpn ?? null } : {};
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
