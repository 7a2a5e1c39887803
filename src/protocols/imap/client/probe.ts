import type { TlsFacts } from '../../../contracts/connection.ts';
import type { Json } from '../../../contracts/journal.ts';
import type { ClientContext, Dial } from '../../../contracts/protocol.ts';
import { asCsError } from '../../../kit/errors.ts';
import { onData } from './account.ts';
import { beginTls, readCapabilities } from './login.ts';
import { Session } from './session.ts';

type Facts = { readonly [key: string]: Json };

/** What a server shows to anybody, without a login; TLS is tried where it is offered. */
export async function probe(dial: Dial, ctx: ClientContext): Promise<Facts> {
  const started = performance.now();
  const session = await Session.open(dial, ctx);
  try {
    const greeted = performance.now();
    await readCapabilities(session, true);
    const answered = performance.now();
    const clear = session.capabilities.words;
    const tls = await tlsOf(session, ctx);
    const { capabilities } = session;
    return {
      greeting: session.greeting.text,
      preauthenticated: session.preauthenticated,
      address: session.conn.peer.address,
      tls,
      capabilities: [...capabilities.words],
      ...(tls.began === 'starttls' ? { capabilities_before_tls: [...clear] } : {}),
      auth: [...capabilities.all('AUTH'), ...(capabilities.has('LOGINDISABLED') ? [] : ['LOGIN command'])],
      ...(await idOf(session)),
      greeting_ms: rounded(greeted - started),
      latency_ms: rounded(answered - greeted),
    };
  } finally {
    await session.logOut();
  }
}

/** `began` says how; a handshake that fails is a fact, unless TLS was demanded. */
async function tlsOf(session: Session, { target }: ClientContext): Promise<Facts> {
  const { conn } = session;
  if (conn.secure) return { offered: true, began: 'implicit', ...shown(conn.tls) };
  const required = target.tls === 'starttls-required';
  const offered = session.capabilities.has('STARTTLS') && !session.preauthenticated;
  if (!required && (!offered || target.tls === 'none')) return { offered, began: 'no' };
  try {
    await beginTls(session);
    return { offered: true, began: 'starttls', ...shown(conn.tls) };
  } catch (error) {
    if (required) throw error;
    return { offered: true, began: 'no', error: asCsError(error).message };
  }
}

/** RFC 2971: what the server says it is. */
async function idOf(session: Session): Promise<Facts> {
  if (!session.capabilities.has('ID')) return {};
  const words: Record<string, Json> = {};
  const take = onData('ID', ({ cursor }) => {
    const list = cursor.value();
    if (!Array.isArray(list)) return;
    for (let at = 0; at + 1 < Math.min(list.length, 60); at += 2) {
      const [key, value] = [list[at], list[at + 1]];
      if (typeof key === 'string' && typeof value === 'string') words[key.slice(0, 30)] = value.slice(0, 1024);
    }
  });
  await session.ask({ name: 'ID', parts: ['ID NIL'], take });
  return { id: words };
}

function shown(tls: TlsFacts | undefined): Facts {
  return tls ? { version: tls.version, cipher: tls.cipher, alpn: tls.alpn ?? null } : {};
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
