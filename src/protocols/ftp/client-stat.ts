/** What a name stands for, asked in the best way the server knows. */
import type { FileFacts } from '../../contracts/files.ts';
import { CsError, type ErrorCode } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { factsOf, parseRow, type Row } from './client-listing.ts';
import type { Manner } from './client-manner.ts';
import { remotePath } from './client-path.ts';
import { isPositive, isUnknown, replyLine } from './client-reply.ts';
import type { ClientSession } from './client-session.ts';
import type { Command } from './client-wire.ts';
import { parseTime } from './time-value.ts';
import type { Reply } from './wire.ts';

const DIRECTORY: FileFacts = { kind: 'directory', size: 0, modified: 0, tag: '' };

/** Throws `CS_NOT_FOUND`, also for what is neither a file nor a directory. */
export async function statOn(session: ClientSession, path: FilePath): Promise<FileFacts> {
  const { features } = session.manner;
  if (features.has('MLST')) {
    const reply = await session.ask('MLST', remotePath(session.manner.root, path));
    const row = isPositive(reply) ? rowIn(reply) : undefined;
    if (row && row.kind !== 'link') return factsOfRow(row, path);
    if (!row && !isUnknown(reply)) throw absent(path, reply);
  }
  return path.length === 0 ? DIRECTORY : byCommands(session, path);
}

/** Like `statOn`; undefined for what is not there. */
export async function statIfThere(session: ClientSession, path: FilePath): Promise<FileFacts | undefined> {
  try {
    return await statOn(session, path);
  } catch (error) {
    if (error instanceof CsError && error.code === 'CS_NOT_FOUND') return undefined;
    throw error;
  }
}

function rowIn({ lines }: Reply): Row | undefined {
  for (const line of lines.slice(1, -1)) {
    const row = parseRow(line.replace(/^ /, ''));
    if (row) return row;
  }
  return undefined;
}

function factsOfRow(row: Row, path: FilePath): FileFacts {
  if (row.kind === 'other') throw new CsError('CS_NOT_FOUND', `${showPath(path)} is no file`);
  return factsOf(row.kind === 'self' ? { ...row, kind: 'directory' } : row);
}

/** SIZE knows files, CWD directories (RFC 3659 section 4, RFC 959): no reply needs to be understood by its words. */
async function byCommands(session: ClientSession, path: FilePath): Promise<FileFacts> {
  const at = remotePath(session.manner.root, path);
  const [size, time] = await session.askAll([
    ['SIZE', at],
    ['MDTM', at],
  ]);
  const modified = (time && timeIn(time)) ?? 0;
  const octets = size && isPositive(size) ? Number(size.lines.at(-1)) : Number.NaN;
  if (Number.isSafeInteger(octets) && octets >= 0) return { kind: 'file', size: octets, modified, tag: '' };
  const entered = await session.ask('CWD', at);
  if (isPositive(entered)) return { ...DIRECTORY, modified };
  throw absent(path, size ?? entered);
}

/** What is asked of a file that has just been put there: as little as tells what is not known. @param time it is known */
export function arrivalCommands(
  { features, root }: Manner,
  path: FilePath,
  time: number | undefined,
): readonly Command[] {
  const at = remotePath(root, path);
  if (features.has('MLST')) return [['MLST', at]];
  return time === undefined && features.has('MDTM') ? [['MDTM', at]] : [];
}

/** What the answer to it says. @param sent octets, and the time where that was set */
export async function arrivalFacts(
  session: ClientSession,
  path: FilePath,
  reply: Reply | undefined,
  sent: { readonly size: number; readonly time: number | undefined },
): Promise<FileFacts> {
  if (reply && isPositive(reply) && session.manner.features.has('MLST')) {
    const row = rowIn(reply);
    return row?.kind === 'file' ? factsOf(row) : statOn(session, path);
  }
  const modified = sent.time ?? (reply && timeIn(reply)) ?? Date.now();
  return { kind: 'file', size: sent.size, modified, tag: '' };
}

/** The time in the reply to MDTM; undefined where there is none. */
export function timeIn(reply: Reply): number | undefined {
  return isPositive(reply) ? parseTime(reply.lines.at(-1)?.trim() ?? '') : undefined;
}

/** 550 to MLST or SIZE: the name leads nowhere, unless the server says that it leads where we may not look. */
function absent(path: FilePath, reply: Reply): CsError {
  const denied = /denied|permission|not permitted|forbidden/i.test(reply.lines.join(' '));
  return named(denied ? 'CS_DENIED' : 'CS_NOT_FOUND', path, replyLine(reply));
}

const WORDS: Partial<Record<ErrorCode, string>> = {
  CS_NOT_FOUND: 'is not there',
  CS_EXISTS: 'is there already',
  CS_IS_DIRECTORY: 'is a directory',
  CS_NOT_DIRECTORY: 'is a file',
  CS_NOT_EMPTY: 'is not empty',
  CS_DENIED: 'is not for us',
  CS_CHANGED: 'is another one by now',
};

export function named(code: ErrorCode, path: FilePath, reply?: string): CsError {
  return new CsError(code, `${showPath(path)} ${WORDS[code] ?? 'failed'}`, reply === undefined ? {} : { reply });
}
