/** Why a command was refused: 550 says only that it was, so the tree is asked (RFC 959 has one code for ten reasons). */
import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { ClientSession } from './client-session.ts';
import { named, statIfThere } from './client-stat.ts';

/** What the command needed: a file or a directory of that name, or a name that a directory, or a file, may get. */
export type Needs = 'file' | 'directory' | 'either' | 'new directory' | 'new file';

/** Codes whose reasons are in the tree. Other refusals say what they mean. */
const VAGUE: ReadonlySet<string> = new Set(['CS_DENIED', 'CS_BUSY', 'CS_PEER_REFUSED']);

/** Runs `act`, and gives a vague refusal its reason. */
export async function explained<T>(
  session: ClientSession,
  path: FilePath,
  needs: Needs,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CsError) || error.reply === undefined || !session.free) throw error;
    // 530 within a session is not about the login.
    const denied = error.code === 'CS_AUTH_REJECTED';
    // 451 is what some servers (Pure-FTPd) say to a rename that cannot be.
    if (!denied && !VAGUE.has(error.code) && !error.reply.startsWith('451')) throw error;
    throw (await reason(session, path, needs, error.reply)) ?? (denied ? named('CS_DENIED', path, error.reply) : error);
  }
}

async function reason(session: ClientSession, path: FilePath, needs: Needs, reply: string) {
  const facts = await statIfThere(session, path).catch(() => undefined);
  if (needs === 'new directory' || needs === 'new file') {
    if (facts) return named(needs === 'new directory' ? 'CS_EXISTS' : wrong(facts.kind, 'file'), path, reply);
    const parent = path.slice(0, -1);
    const above = await statIfThere(session, parent);
    if (above?.kind === 'directory') return undefined;
    return named(above ? 'CS_NOT_DIRECTORY' : 'CS_NOT_FOUND', above ? parent : path, reply);
  }
  if (!facts) return named('CS_NOT_FOUND', path, reply);
  return needs === 'either' || facts.kind === needs ? undefined : named(wrong(facts.kind, needs), path, reply);
}

function wrong(is: 'file' | 'directory', needs: 'file' | 'directory') {
  if (is === needs) return 'CS_DENIED';
  return is === 'directory' ? 'CS_IS_DIRECTORY' : 'CS_NOT_DIRECTORY';
}
