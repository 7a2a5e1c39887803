/** HELO, EHLO (RFC 5321 section 4.1.1.1), LHLO (RFC 2033 section 4.1). */
import { mechanisms } from '../../shared/sasl/server.ts';
import type { Extension } from '../policy.ts';
import { reply } from '../reply.ts';
import type { Session } from '../session.ts';
import type { Waits } from '../stream.ts';
import type { Command } from './command.ts';

const NO_NAME = reply(501, '5.5.4', 'say who you are');
const USE_LHLO = reply(500, '5.5.1', 'this is LMTP, say LHLO');
const NO_LHLO = reply(500, '5.5.1', 'this is SMTP, say EHLO');
/** Octets of a name (RFC 5321 section 4.5.3.1.2). */
const NAME_OCTETS = 255;

export const helo: Command = {
  open: true,
  run: (session, argument) => {
    if (session.policy.lmtp) return session.refuse(USE_LHLO);
    if (!introduce(session, argument, 'HELO')) return undefined;
    session.say(reply(250, undefined, session.policy.ctx.server.hostname));
    return undefined;
  },
};

export const ehlo: Command = {
  open: true,
  run: (session, argument) => {
    if (session.policy.lmtp) return session.refuse(USE_LHLO);
    return extended(session, argument);
  },
};

export const lhlo: Command = {
  open: true,
  run: (session, argument) => {
    if (!session.policy.lmtp) return session.refuse(NO_LHLO);
    return extended(session, argument);
  },
};

function extended(session: Session, argument: string): Waits {
  if (!introduce(session, argument, 'EHLO')) return undefined;
  return offer(session);
}

/** Whatever was under way is forgotten, as by RSET. */
function introduce(session: Session, name: string, greeting: 'HELO' | 'EHLO'): boolean {
  if (name === '' || Buffer.byteLength(name) > NAME_OCTETS || /[\x00-\x20\x7f-\x9f]/.test(name)) {
    session.refuse(NO_NAME);
    return false;
  }
  if (session.fails(greeting === 'HELO' ? 'helo' : 'ehlo')) return false;
  session.reset();
  session.greeting = greeting;
  session.helo = name;
  return true;
}

const PLAIN: readonly (readonly [Extension, string])[] = [
  ['pipelining', 'PIPELINING'],
  ['8bitmime', '8BITMIME'],
  ['smtputf8', 'SMTPUTF8'],
  ['enhancedstatuscodes', 'ENHANCEDSTATUSCODES'],
  ['dsn', 'DSN'],
  ['chunking', 'CHUNKING'],
  ['binarymime', 'BINARYMIME'],
];

async function offer(session: Session): Promise<void> {
  const { policy, conn } = session;
  const { ctx } = policy;
  const lines = [`${ctx.server.hostname} greets you`];
  for (const [extension, keyword] of PLAIN) if (policy.offers(extension)) lines.push(keyword);
  if (policy.offers('size')) lines.push(`SIZE ${ctx.options.size}`);
  if (policy.offers('starttls') && !conn.secure) lines.push('STARTTLS');
  const login = await offeredMechanisms(session);
  if (login.length > 0) lines.push(`AUTH ${login.join(' ')}`);
  if (policy.believes(conn.peer.address)) lines.push('XCLIENT NAME ADDR PORT PROTO HELO LOGIN');
  lines.push('HELP');
  session.say(reply(250, undefined, lines));
}

async function offeredMechanisms(session: Session): Promise<readonly string[]> {
  const { policy, conn } = session;
  const { ctx } = policy;
  if (!policy.offers('auth') || (ctx.tls === 'required' && !conn.secure)) return [];
  return mechanisms({ accounts: ctx.services.accounts, trusted: conn.trusted });
}
