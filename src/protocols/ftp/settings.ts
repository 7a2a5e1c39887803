/** What the server is and how it shall behave: FEAT, OPTS, HELP, STAT, TYPE and the like (RFC 959, RFC 2389, RFC 2640). */
import { COMMANDS, type CommandName, isCommand, ruleOf, syntaxOf } from './commands.ts';
import { HASHES, hashFeature } from './hashing.ts';
import { statListing } from './listing.ts';
import { tlsAtHand } from './security.ts';
import { type Answer, FACTS, type FactName, reply, type Session } from './session.ts';

/** RFC 2389 section 3.2, in the table's order; what does not hold now is not announced. */
function features(session: Session): string[] {
  const secured = session.conn.secure;
  const special: Partial<Record<CommandName, string | undefined>> = {
    AUTH: tlsAtHand(session) ? ruleOf('AUTH').feature : undefined,
    PBSZ: secured || tlsAtHand(session) ? ruleOf('PBSZ').feature : undefined,
    PROT: secured || tlsAtHand(session) ? ruleOf('PROT').feature : undefined,
    MLSD: `MLST ${FACTS.map((fact) => `${fact}${session.facts.has(fact) ? '*' : ''};`).join('')}`,
    HASH: session.can('hash') ? `HASH ${hashFeature(session)}` : undefined,
    AVBL: session.can('space') ? ruleOf('AVBL').feature : undefined,
  };
  const named = Object.keys(COMMANDS).flatMap((name) => {
    const feature = name in special ? special[name as CommandName] : ruleOf(name as CommandName).feature;
    return feature === undefined ? [] : [feature];
  });
  return [...named, 'UTF8', 'TVFS'];
}

const options: Readonly<Record<string, (session: Session, text: string) => ReturnType<Answer>>> = {
  UTF8: (_session, text) => (/^on$/i.test(text) ? reply(200, 'always') : reply(504, 'UTF-8 is all there is')),
  MLST: (session, text) => {
    const wanted = text.toLowerCase().split(';');
    const chosen = FACTS.filter((fact) => wanted.includes(fact.toLowerCase()));
    session.facts = new Set<FactName>(chosen);
    return reply(200, `MLST OPTS ${chosen.map((fact) => `${fact};`).join('')}`.trimEnd());
  },
  HASH: (session, text) => {
    const name = text.toUpperCase();
    if (text !== '' && !Object.hasOwn(HASHES, name)) return reply(504, 'FEAT names those there are');
    session.hash = HASHES[name] ?? session.hash;
    return reply(200, Object.keys(HASHES).find((one) => HASHES[one] === session.hash) ?? '');
  },
};

function status(session: Session): string[] {
  const { ctx, conn, transfer, type, channel } = session;
  return [
    `cs ${ctx.version}`,
    `from ${conn.peer.address}, ${conn.tls ? conn.tls.version : 'in clear text'}`,
    conn.user === undefined ? 'not logged in' : `logged in as ${conn.user.replace(/[\r\n\0]/g, ' ')}`,
    `TYPE ${type}, MODE S, STRU F, PROT ${channel.protection}`,
    transfer ? `${transfer.what}: ${transfer.octets} octets so far` : 'no transfer',
  ];
}

export const SETTINGS = {
  FEAT: (session) => reply(211, 'features', ...features(session), 'end'),
  OPTS: (session, [word = '', text = '']) => {
    const name = word.toUpperCase();
    const act = Object.hasOwn(options, name) ? options[name] : undefined;
    return act ? act(session, text.trim()) : reply(501, 'UTF8, MLST and HASH have options');
  },
  CLNT: (session, [text = '']) => {
    session.ctx.log('debug', 'ftp.client', { conn: session.conn.id, client: text.slice(0, 100) });
    return reply(200, 'noted');
  },
  LANG: (_session, [tag = 'en']) =>
    /^en(?:-[A-Za-z0-9-]{1,20})?$/i.test(tag) ? reply(200, 'English it is') : reply(504, 'English is all there is'),
  SYST: () => reply(215, 'UNIX Type: L8'),
  TYPE: (session, [text = '']) => {
    const type = text.toUpperCase();
    if (type === 'I' || type === 'L 8') session.type = 'I';
    else if (/^A(?: N)?$/.test(type)) session.type = 'A';
    else return reply(504, 'A and I are the types');
    return reply(200, `TYPE ${session.type}`);
  },
  MODE: (_session, [letter = '']) => (/^s$/i.test(letter) ? reply(200, 'MODE S') : reply(504, 'S is the only mode')),
  STRU: (_session, [letter = '']) =>
    /^f$/i.test(letter) ? reply(200, 'STRU F') : reply(504, 'F is the only structure'),
  STAT: (session, [path]) => {
    if (path !== undefined) {
      return session.conn.user === undefined ? reply(530, 'log in first: USER, PASS') : statListing(session, path);
    }
    return reply(211, ...status(session), 'end');
  },
  HELP: (_session, [word]) => {
    const name = word?.toUpperCase() ?? '';
    if (isCommand(name)) return reply(214, `${syntaxOf(name)}: ${ruleOf(name).help}`);
    if (word !== undefined) return reply(501, 'unknown command');
    const all = Object.keys(COMMANDS);
    const rows = Array.from({ length: Math.ceil(all.length / 8) }, (_, row) =>
      all.slice(row * 8, row * 8 + 8).join(' '),
    );
    return reply(214, 'commands', ...rows, 'end');
  },
  NOOP: () => reply(200, 'ok'),
} as const satisfies Record<string, Answer>;
