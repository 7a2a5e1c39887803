/** TLS on both kinds of connections (RFC 2228, RFC 4217). The handshake itself follows the 234, in `server.ts`. */
import { type Answer, reply, type Session } from './session.ts';

/** What `AUTH` may be asked for; SSL is an old word that means PROT P too (RFC 4217 section 2). */
const MECHANISMS: Readonly<Record<string, 'C' | 'P'>> = { TLS: 'C', 'TLS-C': 'C', SSL: 'P', 'TLS-P': 'P' };

export function tlsAtHand({ ctx, conn }: Session): boolean {
  return !conn.secure && (ctx.tls === 'offered' || ctx.tls === 'required');
}

export const SECURITY = {
  AUTH: (session, [mechanism = '']) => {
    if (session.conn.secure) return reply(503, 'TLS has begun already');
    if (!tlsAtHand(session)) return reply(502, 'no TLS here');
    const word = mechanism.toUpperCase();
    if (!Object.hasOwn(MECHANISMS, word)) return reply(504, 'TLS is the mechanism');
    session.leave();
    session.bufferSaid = false;
    session.channel.protection = MECHANISMS[word] ?? 'C';
    return reply(234, 'begin TLS');
  },
  PBSZ: (session) => {
    if (!session.conn.secure) return reply(503, 'AUTH first');
    session.bufferSaid = true;
    return reply(200, 'PBSZ=0');
  },
  PROT: (session, [letter = '']) => {
    const { conn, channel, ctx } = session;
    if (!conn.secure || !session.bufferSaid) return reply(503, conn.secure ? 'PBSZ first' : 'AUTH and PBSZ first');
    const level = letter.toUpperCase();
    if (level !== 'C' && level !== 'P') return reply(/[SE]/.test(level) ? 536 : 504, 'C or P');
    if (level === 'C' && (ctx.tls === 'required' || ctx.tls === 'implicit')) return reply(534, 'not without TLS');
    channel.protection = level;
    return reply(200, level === 'P' ? 'data over TLS' : 'data in the clear');
  },
  CCC: ({ conn }) => (conn.secure ? reply(534, 'TLS stays') : reply(533, 'there is no TLS')),
} as const satisfies Record<string, Answer>;
