/** HASH (draft-bryan-ftpext-hash), and the older commands that clients know. */
import type { HashName } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type Answer, reply, type Session } from './session.ts';

/** Names of the registry of the draft, the default first. */
export const HASHES: Readonly<Record<string, HashName>> = {
  'SHA-256': 'sha256',
  'SHA-512': 'sha512',
  'SHA-1': 'sha1',
  MD5: 'md5',
  CRC32: 'crc32',
};

/** `HASH SHA-256*;SHA-512;...`: the star is at the chosen one. */
export function hashFeature({ hash }: Session): string {
  return Object.entries(HASHES)
    .map(([name, one]) => `${name}${one === hash ? '*' : ''}`)
    .join(';');
}

async function hashOf(session: Session, text: string, name: HashName) {
  const range = session.restart;
  session.restart = undefined;
  const { tree } = session;
  const path = session.path(text);
  if (!tree.hash) throw new CsError('CS_UNSUPPORTED', 'this tree makes no hashes');
  const { kind, size } = await tree.stat(path);
  if (kind === 'directory') throw new CsError('CS_IS_DIRECTORY', 'a directory');
  const { start, end = size } = range ?? { start: 0 };
  if (start > size) throw new CsError('CS_CHANGED', `the file ends at ${size}`);
  const hash = await tree.hash(path, name, range);
  return { hash, start, end: Math.min(end, size) };
}

const simple =
  (name: HashName): Answer =>
  async (session, [text = '']) => {
    // Clients quote a name with spaces in it.
    const [, inner = text] = /^"(.+)"$/s.exec(text) ?? [];
    const { hash } = await hashOf(session, inner, name);
    return reply(250, hash.toUpperCase());
  };

export const HASHING = {
  HASH: async (session, [text = '']) => {
    const [shown = ''] = Object.entries(HASHES).find(([, name]) => name === session.hash) ?? [];
    const { hash, start, end } = await hashOf(session, text, session.hash);
    return reply(213, `${shown} ${start}-${Math.max(start, end - 1)} ${hash} ${text}`);
  },
  XCRC: simple('crc32'),
  XMD5: simple('md5'),
  XSHA1: simple('sha1'),
  XSHA256: simple('sha256'),
  XSHA512: simple('sha512'),
} as const satisfies Record<string, Answer>;
