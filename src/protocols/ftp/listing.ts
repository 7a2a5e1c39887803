/** LIST, NLST, MLSD over a data connection; MLST and STAT over the control connection (RFC 959, RFC 3659 section 7). */
import type { FileEntry } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { formatFacts } from './facts.ts';
import { factsOf, listLine } from './file-facts.ts';
import { quoted } from './navigation.ts';
import { sendChunks } from './outflow.ts';
import { type Answer, reply, type Session } from './session.ts';
import { carry, unready } from './transfer.ts';
import { unpublished } from './transfers.ts';
import type { Reply } from './wire.ts';

/** Octets gathered before they leave. */
const PIECE = 64 * 1024;
/** Lines of a STAT reply: for more there is LIST. */
const STAT_LINES = 1000;

/** `LIST -la x`: options of `ls`, which clients send by habit and which say nothing here. */
function withoutOptions(text = ''): string {
  return text.replace(/^(?:-[A-Za-z0-9]*(?: |$))+/, '');
}

async function* pieces(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let piece = '';
  for await (const line of lines) {
    piece += `${line}\r\n`;
    if (piece.length < PIECE) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

type Line = (entry: FileEntry) => string;

/** The entries of a directory, or a file alone, as LIST and NLST do it. */
async function* entries(session: Session, path: FilePath, line: Line): AsyncGenerator<string> {
  const facts = await session.tree.stat(path);
  const name = path.at(-1);
  if (facts.kind === 'file' && name !== undefined) yield line({ ...facts, name });
  else for await (const entry of session.tree.list(path)) yield line(entry);
}

const listing =
  (verb: string, lines: (session: Session, text: string | undefined) => AsyncIterable<string>): Answer =>
  async (session, [text]) => {
    session.restart = undefined;
    const refused = unready(session);
    if (refused) return refused;
    // Read up to its first line, so that what is not there is refused before the 150.
    const reading = lines(session, text)[Symbol.asyncIterator]();
    const first = await reading.next();
    return carry(session, {
      to: 'client',
      text: 'the listing follows',
      what: verb,
      move: async (data, transfer) => {
        await sendChunks(data, pieces(again(first, reading)), transfer);
        return 'done';
      },
    });
  };

async function* again(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* list(session: Session, text: string | undefined): AsyncGenerator<string> {
  const now = Date.now();
  yield* entries(session, session.path(withoutOptions(text)), (entry) => listLine(entry.name, entry, now));
}

async function* names(session: Session, text: string | undefined): AsyncGenerator<string> {
  const asked = withoutOptions(text);
  const path = session.path(asked);
  const { kind } = await session.tree.stat(path);
  if (kind === 'file') yield asked;
  // As written by the client, so that it may say them back (RFC 959 section 4.1.3).
  const prefix = asked === '' || asked === '.' ? '' : asked.endsWith('/') ? asked : `${asked}/`;
  if (kind === 'directory') for await (const { name } of session.tree.list(path)) yield `${prefix}${name}`;
}

async function* machine(session: Session, text: string | undefined): AsyncGenerator<string> {
  const { tree, facts } = session;
  const path = session.path(text ?? '');
  const own = await tree.stat(path);
  if (own.kind !== 'directory') throw new CsError('CS_NOT_DIRECTORY', 'MLSD is for directories');
  const show = (entry: Parameters<typeof factsOf>[0], name: string, type: string) =>
    formatFacts(factsOf(entry, tree, facts, type), name);
  yield show(own, '.', 'cdir');
  for await (const entry of tree.list(path)) yield show(entry, entry.name, entry.kind === 'directory' ? 'dir' : 'file');
}

const one: Answer = async (session, [text = '']) => {
  const { tree, facts } = session;
  const path = session.path(text);
  const left = await unpublished(session, path);
  const found = left
    ? ({ kind: 'file', size: left.length, modified: left.modified, tag: '', partial: true } as const)
    : await tree.stat(path);
  const line = formatFacts(factsOf(found, tree, facts, found.kind === 'directory' ? 'dir' : 'file'), showPath(path));
  return reply(250, `facts of ${quoted(path)}`, line, 'end');
};

/** STAT of a path: as LIST, but here. */
export async function statListing(session: Session, text: string): Promise<Reply> {
  const lines: string[] = [];
  for await (const line of list(session, text)) {
    lines.push(line);
    if (lines.length >= STAT_LINES) break;
  }
  return reply(213, 'listing', ...lines, lines.length < STAT_LINES ? 'end' : 'there may be more: LIST');
}

export const LISTING = {
  LIST: listing('LIST', list),
  NLST: listing('NLST', names),
  MLSD: listing('MLSD', machine),
  MLST: one,
} as const satisfies Record<string, Answer>;
