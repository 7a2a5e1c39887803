/** The tree itself: where we are, what is made, renamed and removed (RFC 959 section 4.1.3). */
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { type Answer, reply, type Session } from './session.ts';
import type { Reply } from './wire.ts';

/** RFC 959 appendix II: the path in quotes, quotes in it doubled. */
export function quoted(path: FilePath): string {
  return `"${showPath(path).replaceAll('"', '""')}"`;
}

async function go(session: Session, path: FilePath): Promise<Reply> {
  const { kind } = await session.tree.stat(path);
  if (kind !== 'directory') throw new CsError('CS_NOT_DIRECTORY', 'not a directory');
  session.cwd = path;
  return reply(250, `in ${quoted(path)}`);
}

/** A tree without the ability. */
function readOnly(): CsError {
  return new CsError('CS_DENIED', 'a tree that is read only');
}

const remove =
  (kind: 'file' | 'directory'): Answer =>
  async (session, [text = '']) => {
    const path = session.path(text);
    if (path.length === 0) return reply(550, 'not the root');
    const { tree } = session;
    if (!tree.remove) throw readOnly();
    await tree.remove(path, kind);
    return reply(250, 'removed');
  };

export const NAVIGATION = {
  CWD: (session, [text = '']) => go(session, session.path(text)),
  // Nothing is above the root, and asking for it is no crime.
  CDUP: (session) => go(session, session.cwd.slice(0, -1)),
  PWD: ({ cwd }) => reply(257, `${quoted(cwd)} is where you are`),
  MKD: async (session, [text = '']) => {
    const path = session.path(text);
    const { tree } = session;
    if (!tree.makeDir) throw readOnly();
    await tree.makeDir(path);
    return reply(257, `${quoted(path)} made`);
  },
  RMD: remove('directory'),
  DELE: remove('file'),
  RNFR: async (session, [text = '']) => {
    const path = session.path(text);
    await session.tree.stat(path);
    if (!session.tree.rename) throw readOnly();
    session.renamed = path;
    return reply(350, 'and its new name? RNTO');
  },
  RNTO: async (session, [text = '']) => {
    const from = session.renamed;
    session.renamed = undefined;
    if (!from) return reply(503, 'RNFR first');
    const { tree } = session;
    if (!tree.rename) throw readOnly();
    await tree.rename(from, session.path(text), { replace: true });
    return reply(250, 'renamed');
  },
} as const satisfies Record<string, Answer>;
