import type { TlsFacts } from '../../contracts/connection.ts';
import type { Json } from '../../contracts/journal.ts';
import type { ClientContext, Dial } from '../../contracts/protocol.ts';
import { asCsError } from '../../kit/errors.ts';
import { ClientSession } from './client-session.ts';

type Facts = { readonly [key: string]: Json };

/** What a server shows to anybody, without a login; TLS is tried where it is offered. */
export async function probe(dial: Dial, ctx: ClientContext): Promise<Facts> {
  const started = performance.now();
  const session = await ClientSession.open(dial, ctx);
  try {
    const greeted = performance.now();
    await session.readCapabilities();
    const answered = performance.now();
    const clear = capabilitiesOf(session);
    const tls = await tlsOf(session, ctx);
    const offered = session.capabilities;
    return {
      greeting: session.greeting,
      address: session.conn.peer.address,
      tls,
      capabilities: capabilitiesOf(session),
      ...(tls.began === 'starttls' ? { capabilities_before_tls: clear } : {}),
      auth: [...(offered.get('SASL') ?? []), ...(offered.has('USER') ? ['USER'] : [])],
      greeting_ms: rounded(greeted - started),
      latency_ms: rounded(answered - greeted),
    };
  } finally {
    await session.quit();
  }
}

/** `began` says how; a handshake that fails is a fact, unless TLS was demanded. */
async function tlsOf(session: ClientSession, { target }: ClientContext): Promise<Facts> {
  const { conn } = session;
  if (conn.secure) return { offered: true, began: 'implicit', ...shown(conn.tls) };
  if (!session.capabilities.has('STLS')) return { offered: false, began: 'no' };
  if (target.tls === 'none') return { offered: true, began: 'no' };
  try {
    await session.demand('STLS');
    await session.startTls();
    return { offered: true, began: 'starttls', ...shown(conn.tls) };
  } catch (error) {
    if (target.tls === 'starttls-required') throw error;
    return { offered: true, began: 'no', error: asCsError(error).message };
  }
}

function shown(tls: TlsFacts | undefined): Facts {
  return tls ? { version: tls.version, cipher: tls.cipher, alpn: tls.alpn ?? null } : {};
}

function capabilitiesOf({ capabilities }: ClientSession): string[] {
  return [...capabilities].map(([name, args]) => [name, ...args].join(' '));
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
