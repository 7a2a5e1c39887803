/** Where the next data connection comes from or goes to (RFC 959 section 4.1.2, RFC 2428). */
import { isIPv4 } from 'node:net';
import type { Expected } from '../../contracts/beside.ts';
import { asCsError } from '../../kit/errors.ts';
import { formatExtendedPort, formatHostPort, type HostPort, parseHostPort, parseNetwork } from './host-port.ts';
import { type Answer, reply, type Session } from './session.ts';
import type { Reply } from './wire.ts';

const ONLY_EXTENDED = reply(501, 'EPSV ALL was said');

async function listen(session: Session, show: (expected: Expected) => Reply): Promise<Reply> {
  try {
    return show(await session.channel.listen());
  } catch (error) {
    const { code, message } = asCsError(error);
    session.ctx.log('warn', 'ftp.passive.failed', { server: session.ctx.server.id, code, message });
    return reply(425, 'no port is free, try again later');
  }
}

function active(session: Session, to: HostPort | undefined): Reply {
  if (!to) return reply(501, 'not an address');
  // Who sends us elsewhere wants a bounce (RFC 2577 section 3).
  if (session.channel.forbids(to)) return reply(504, 'your own address and a port above 1023, nothing else');
  session.channel.active(to);
  return reply(200, 'noted');
}

export const DATA_COMMANDS = {
  PASV: (session) => {
    const { local } = session.conn;
    if (session.channel.onlyExtended) return ONLY_EXTENDED;
    // RFC 2428 section 3: the words of a server whose network has no IPv4 address.
    if (!isIPv4(local.address)) return reply(425, 'EPSV is for IPv6');
    return listen(session, (expected) => reply(227, `Entering Passive Mode (${formatHostPort(expected)})`));
  },
  EPSV: (session, [word]) => {
    const { channel, conn } = session;
    if (word?.toUpperCase() === 'ALL') {
      channel.onlyExtended = true;
      return reply(200, 'EPSV from now on');
    }
    const family = isIPv4(conn.local.address) ? '1' : '2';
    if (word !== undefined && word !== family) {
      return /^\d{1,5}$/.test(word) ? reply(522, `use (${family})`) : reply(501, 'the syntax is EPSV [1, 2 or ALL]');
    }
    return listen(session, ({ port }) => reply(229, `Entering Extended Passive Mode (${formatExtendedPort(port)})`));
  },
  PORT: (session, [text = '']) => (session.channel.onlyExtended ? ONLY_EXTENDED : active(session, parseHostPort(text))),
  EPRT: (session, [text = '']) => {
    if (session.channel.onlyExtended) return ONLY_EXTENDED;
    const to = parseNetwork(text);
    if (to === 'protocol') return reply(522, 'use (1,2)');
    return active(session, to);
  },
} as const satisfies Record<string, Answer>;
