/** XCLIENT (Postfix): a proxy in front of us says on whose behalf it speaks. Only from `--smtp-xclient-from`. */
import { isIP } from 'node:net';
import { decodeXtext } from '../parameters.ts';
import { NOT_OFFERED, type Reply, reply, UNKNOWN } from '../reply.ts';
import type { Session } from '../session.ts';
import type { Command } from './command.ts';

const SYNTAX = reply(501, '5.5.4', 'malformed attribute');
const UNDER_WAY = reply(503, '5.5.1', 'a message is under way');
const NOT_KNOWN = new Set(['[UNAVAILABLE]', '[TEMPUNAVAIL]']);
const ATTRIBUTES = new Set(['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'LOGIN', 'DESTADDR', 'DESTPORT']);

export const xclient: Command = {
  run: (session, argument) => {
    const { policy, conn } = session;
    if (!policy.believes(conn.peer.address)) return session.refuse(UNKNOWN);
    if (session.greeting !== 'EHLO') return session.refuse(NOT_OFFERED);
    if (session.transaction) return session.refuse(UNDER_WAY);
    const attributes = parseAttributes(argument);
    const refusal = attributes ? apply(session, attributes) : SYNTAX;
    if (refusal) return session.refuse(refusal);
    // The conversation begins anew, with a greeting (Postfix XCLIENT_README).
    session.greeting = undefined;
    session.say(reply(220, undefined, `${policy.ctx.server.hostname} ${policy.lmtp ? 'LMTP' : 'ESMTP'}`));
    return undefined;
  },
};

/** `ADDR=192.0.2.1 LOGIN=ann`; undefined for an unknown attribute, one given twice, or a value that is no xtext. */
function parseAttributes(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const word of text.split(' ')) {
    const at = word.indexOf('=');
    const name = word.slice(0, Math.max(at, 0)).toUpperCase();
    const value = decodeXtext(word.slice(at + 1));
    if (!ATTRIBUTES.has(name) || found.has(name) || value === undefined) return undefined;
    found.set(name, NOT_KNOWN.has(value.toUpperCase()) ? '' : value);
  }
  return found;
}

function apply(session: Session, attributes: ReadonlyMap<string, string>): Reply | undefined {
  const address = attributes.get('ADDR')?.replace(/^IPv6:/i, '');
  if (address && isIP(address) === 0) return SYNTAX;
  if (address) session.address = address;
  const helo = attributes.get('HELO');
  if (helo) session.helo = helo;
  const login = attributes.get('LOGIN');
  if (login !== undefined) session.identity = login === '' ? undefined : login;
  return undefined;
}
