/** Facts of one file, asked and changed: SIZE, MDTM, MFMT, MFF, AVBL, SITE CHMOD and UTIME (RFC 3659, draft-somers-ftp-mfxx). */
import type { Attributes } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type Answer, reply, type Session } from './session.ts';
import { formatTime, parseTime } from './time-value.ts';
import { unpublished } from './transfers.ts';
import type { Reply } from './wire.ts';

async function change(session: Session, text: string, attributes: Attributes, done: string): Promise<Reply> {
  const { tree } = session;
  if (!tree.setAttributes) throw new CsError('CS_DENIED', 'a tree that is read only');
  await tree.setAttributes(session.path(text), attributes);
  return reply(213, done);
}

/** `modify=20260102030405;UNIX.mode=0644;`; undefined for a fact that cannot be changed, or a value that is none. */
function wanted(facts: string): Attributes | undefined {
  let attributes: Attributes = {};
  for (const fact of facts.split(';').slice(0, -1)) {
    const [name = '', value = ''] = fact.split('=');
    const key = name.toLowerCase();
    const modified = key === 'modify' ? parseTime(value) : undefined;
    const mode = key === 'unix.mode' ? parseMode(value) : undefined;
    if (modified !== undefined) attributes = { ...attributes, modified };
    else if (mode !== undefined) attributes = { ...attributes, mode };
    else return undefined;
  }
  return attributes;
}

/** Octal permission bits; setuid, setgid and sticky are nobody's to give. */
function parseMode(text: string): number | undefined {
  return /^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

const chmod = (session: Session, text = ''): Promise<Reply> | Reply => {
  const [, digits = '', path = ''] = /^(\S+) (.+)$/s.exec(text) ?? [];
  const mode = parseMode(digits);
  if (mode === undefined) return reply(501, 'the syntax is SITE CHMOD mode path');
  return change(session, path, { mode }, 'changed').then(({ lines }) => reply(200, ...lines));
};

/** `SITE UTIME YYYYMMDDhhmm[ss] path`, and the older `SITE UTIME path atime mtime ctime UTC`. */
const utime = (session: Session, text = ''): Promise<Reply> | Reply => {
  const [, first, path] = /^(\d{12}(?:\d\d)?) (.+)$/s.exec(text) ?? [];
  const [, old, middle] = /^(.+) \d{14} (\d{14}) \d{14} UTC$/s.exec(text) ?? [];
  const time = (old === undefined ? first?.padEnd(14, '0') : middle) ?? '';
  const modified = parseTime(time);
  if (modified === undefined) return reply(501, 'the syntax is SITE UTIME YYYYMMDDhhmmss path');
  return change(session, old ?? path ?? '', { modified }, 'changed').then(({ lines }) => reply(200, ...lines));
};

const SITE: Readonly<Record<string, (session: Session, text?: string) => Promise<Reply> | Reply>> = {
  CHMOD: chmod,
  UTIME: utime,
  HELP: () => reply(214, 'SITE', 'CHMOD mode path', 'UTIME YYYYMMDDhhmmss path', 'end'),
};

export const ATTRIBUTES = {
  SIZE: async (session, [text = '']) => {
    // RFC 3659 section 4: the octets of the transfer, which nobody knows before the lines are read.
    if (session.type === 'A') return reply(550, 'not in TYPE A: lines have other lengths there');
    const path = session.path(text);
    const left = await unpublished(session, path);
    if (left) return reply(213, String(left.length));
    const { kind, size } = await session.tree.stat(path);
    if (kind === 'directory') throw new CsError('CS_IS_DIRECTORY', 'a directory');
    return reply(213, String(size));
  },
  MDTM: async (session, [text = '']) => {
    const { modified } = await session.tree.stat(session.path(text));
    return reply(213, formatTime(modified));
  },
  MFMT: (session, [time = '', text = '']) => {
    const modified = parseTime(time);
    if (modified === undefined) return reply(501, 'not a time');
    return change(session, text, { modified }, `Modify=${time}; ${text}`);
  },
  MFF: (session, [facts = '', text = '']) => {
    const attributes = wanted(facts);
    if (!attributes) return reply(504, 'modify and UNIX.mode can be changed');
    return change(session, text, attributes, `${facts} ${text}`);
  },
  AVBL: async ({ tree }) => {
    if (!tree.space) throw new CsError('CS_UNSUPPORTED', 'this tree does not know its space');
    return reply(213, String((await tree.space()).free));
  },
  SITE: (session, [word = '', text]) => {
    const name = word.toUpperCase();
    const act = Object.hasOwn(SITE, name) ? SITE[name] : undefined;
    return act ? act(session, text) : reply(504, 'SITE HELP names what there is');
  },
} as const satisfies Record<string, Answer>;
