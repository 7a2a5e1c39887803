/** STARTTLS (RFC 3207). */
import { NOT_OFFERED, reply } from '../reply.ts';
import type { Command } from './command.ts';

const READY = reply(220, '2.0.0', 'ready to start TLS');
const ALREADY = reply(503, '5.5.1', 'TLS is on already');
const LOGGED_IN = reply(503, '5.5.1', 'TLS comes before the login');

export const starttls: Command = {
  bare: true,
  open: true,
  run: (session) => {
    if (session.conn.secure) return session.refuse(ALREADY);
    if (!session.policy.offers('starttls')) return session.refuse(NOT_OFFERED);
    if (session.identity !== undefined) return session.refuse(LOGGED_IN);
    if (session.fails('starttls')) return undefined;
    session.say(READY);
    return session.secureNow();
  },
};
