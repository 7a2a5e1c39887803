/** The commands that move no mail (RFC 5321 sections 4.1.1.5 to 4.1.1.10). */
import { NOT_OFFERED, OK, reply } from '../reply.ts';
import type { Command } from './command.ts';

/** The same for everybody: who exists is nobody's business. */
const CANNOT_VERIFY = reply(252, '2.5.0', 'cannot verify, but will take mail and try');
const NO_WORD = reply(501, '5.5.4', 'who?');
const BYE = reply(221, '2.0.0', 'bye');

export const noop: Command = {
  open: true,
  run: (session) => {
    session.humour(OK);
    return undefined;
  },
};

export const rset: Command = {
  bare: true,
  open: true,
  run: (session) => {
    session.reset();
    session.humour(OK);
    return undefined;
  },
};

export const vrfy: Command = {
  run: (session, argument) => {
    if (argument === '') session.refuse(NO_WORD);
    else session.humour(CANNOT_VERIFY);
    return undefined;
  },
};

export const expn: Command = {
  run: (session) => {
    session.humour(NOT_OFFERED);
    return undefined;
  },
};

export const quit: Command = {
  bare: true,
  open: true,
  run: (session) => {
    session.conn.phase = 'Q';
    session.dismiss(BYE, 'C');
    return undefined;
  },
};

export function helpWith(names: readonly string[]): Command {
  const text = reply(214, '2.0.0', [`commands: ${names.join(' ')}`, 'RFC 5321 says what they mean']);
  return {
    open: true,
    run: (session) => {
      session.humour(text);
      return undefined;
    },
  };
}
