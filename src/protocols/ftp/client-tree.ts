import type { WriteOrder } from '../../contracts/file-draft.ts';
import type {
  Attributes,
  FileEntry,
  FileFacts,
  FileTree,
  HashName,
  OpenFile,
  WholeFile,
} from '../../contracts/files.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { type FileName, type FilePath, showPath } from '../../kit/file-path.ts';
import { readAhead } from './client-ahead.ts';
import { attributeCommands, noteAttributes } from './client-attributes.ts';
import { explained } from './client-explain.ts';
import { hashWays } from './client-features.ts';
import { RemoteFile } from './client-file.ts';
import { assertEmpty, beginListing, entries } from './client-list.ts';
import type { Manner } from './client-manner.ts';
import { remotePath } from './client-path.ts';
import type { SessionPool } from './client-pool.ts';
import { isIntermediate, isPositive, refusal } from './client-reply.ts';
import type { ClientSession, Context } from './client-session.ts';
import { named, statIfThere, statOn } from './client-stat.ts';
import { temporaryPath } from './client-temporary.ts';
import { Turns } from './client-turns.ts';
import { readWhole, writeWhole } from './client-whole.ts';
import { beginDraft, type WriteHow } from './client-write.ts';

/** Parts of a listing, each as many rows as one packet brought, that may wait for whoever walks it. */
const AHEAD = 8;

/** A server's files as a tree. What the server does not announce is not among its methods. */
export class RemoteTree implements FileTree {
  readonly #pool: SessionPool;
  readonly #manner: Manner;
  readonly #active: boolean;
  readonly #options: Context['options'];
  readonly #log: Context['log'];
  readonly #turns = new Turns();
  /** What listings showed of dead uploads, by directory; it goes with the next upload into that directory. */
  readonly #leftOver = new Map<string, FilePath[]>();
  readonly hash?: NonNullable<FileTree['hash']>;
  readonly space?: NonNullable<FileTree['space']>;

  constructor(pool: SessionPool, manner: Manner, { options, log }: Context) {
    this.#pool = pool;
    this.#manner = manner;
    this.#active = options.data === 'active';
    this.#options = options;
    this.#log = log;
    if (hashWays(manner.features).size > 0) this.hash = (...how) => this.#hash(...how);
    if (manner.features.has('AVBL')) this.space = () => this.#space();
  }

  stat(path: FilePath, signal?: AbortSignal): Promise<FileFacts> {
    return this.#pool.use((session) => statOn(session, path), signal);
  }

  async *list(path: FilePath, signal?: AbortSignal): AsyncGenerator<FileEntry> {
    for await (const some of readAhead(this.#listing(path, signal), AHEAD, this.#pool)) yield* some;
  }

  async open(path: FilePath, signal?: AbortSignal, known?: FileFacts): Promise<OpenFile> {
    const facts = known ?? (await this.stat(path, signal));
    if (facts.kind === 'directory') throw named('CS_IS_DIRECTORY', path);
    return new RemoteFile({ pool: this.#pool, path, facts, active: this.#active, listed: known !== undefined, signal });
  }

  async write(path: FilePath, order: WriteOrder, signal?: AbortSignal) {
    await this.#clean(path.slice(0, -1), signal);
    return beginDraft(this.#writeHow(), path, order, signal);
  }

  readWhole(path: FilePath, known: FileFacts, signal?: AbortSignal): Promise<WholeFile> {
    return readWhole({ pool: this.#pool, active: this.#active }, path, known, signal);
  }

  async writeWhole(
    path: FilePath,
    order: WriteOrder,
    octets: readonly Uint8Array[],
    attributes?: Attributes,
    signal?: AbortSignal,
  ): Promise<FileFacts> {
    await this.#clean(path.slice(0, -1), signal);
    return writeWhole(this.#writeHow(), path, order, octets, attributes, signal);
  }

  async staged(path: FilePath, stage: string) {
    const facts = await this.#pool.use((session) => statIfThere(session, temporaryPath(path, stage)));
    return facts?.kind === 'file' ? { length: facts.size, modified: facts.modified } : undefined;
  }

  makeDir(path: FilePath, signal?: AbortSignal): Promise<void> {
    return this.#command(path, 'new directory', signal, async (session, at) => {
      if (path.length === 0) throw named('CS_EXISTS', path);
      await session.demand('MKD', at);
    });
  }

  remove(path: FilePath, kind: FileFacts['kind'], signal?: AbortSignal): Promise<void> {
    return this.#command(path, kind, signal, async (session, at) => {
      if (path.length === 0) throw named('CS_DENIED', path);
      const reply = await session.ask(kind === 'file' ? 'DELE' : 'RMD', at);
      if (isPositive(reply)) return;
      if (kind === 'directory' && (await statIfThere(session, path))?.kind === 'directory') {
        await assertEmpty(session, path, this.#active);
      }
      throw refusal(kind === 'file' ? 'DELE' : 'RMD', reply);
    });
  }

  async rename(from: FilePath, to: FilePath, how: { readonly replace: boolean }, signal?: AbortSignal): Promise<void> {
    if (showPath(from) === showPath(to)) return void (await this.stat(from, signal));
    if (from.every((name, depth) => to[depth] === name)) throw named('CS_DENIED', to);
    await this.#turns.take(to, () =>
      this.#command(from, 'either', signal, async (session, at) => {
        const source = await statOn(session, from);
        const target = await statIfThere(session, to);
        if (target && (!how.replace || source.kind === 'directory')) throw named('CS_EXISTS', to);
        if (target?.kind === 'directory') throw named('CS_IS_DIRECTORY', to);
        const first = await session.ask('RNFR', at);
        if (!isIntermediate(first)) throw refusal('RNFR', first);
        await explained(session, to, 'new file', async () => {
          await session.demand('RNTO', remotePath(this.#manner.root, to));
        });
      }),
    );
  }

  setAttributes(path: FilePath, attributes: Attributes, signal?: AbortSignal): Promise<void> {
    return this.#command(path, 'either', signal, async (session) => {
      const wishes = attributeCommands(this.#manner, path, attributes);
      const refused = noteAttributes(this.#manner, wishes, await session.askAll(wishes.map(({ command }) => command)));
      if (refused) throw refusal('a change of attributes', refused);
      if (wishes.length === 0) await statOn(session, path);
    });
  }

  #writeHow(): WriteHow {
    return { pool: this.#pool, active: this.#active, publish: this.#options.publish, turns: this.#turns };
  }

  async #clean(directory: FilePath, signal?: AbortSignal): Promise<void> {
    const paths = this.#leftOver.get(showPath(directory));
    if (!paths) return;
    this.#leftOver.delete(showPath(directory));
    const { root } = this.#manner;
    await this.#pool.use((one) => one.askAll(paths.map((path) => ['DELE', remotePath(root, path)] as const)), signal);
  }

  async *#listing(path: FilePath, signal?: AbortSignal): AsyncGenerator<readonly FileEntry[]> {
    const active = this.#active;
    const begun = await this.#pool.lease((session) => beginListing(session, path, active), signal);
    const { session, value } = begun;
    const stop = (): void => void session.close();
    signal?.addEventListener('abort', stop, { once: true });
    const note = (count: number) => this.#log('warn', 'ftp.names.left-out', { directory: showPath(path), count });
    const exact = this.#options.times === 'exact' && this.#manner.features.has('MDTM');
    const left: FilePath[] = [];
    const leftOver = (name: FileName): void => void left.push([...path, name]);
    try {
      yield* entries(session, path, value, { active, exact, log: note, leftOver });
      if (left.length > 0) this.#leftOver.set(showPath(path), left);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#pool.give(session);
    }
  }

  #command(
    path: FilePath,
    needs: Parameters<typeof explained>[2],
    signal: AbortSignal | undefined,
    act: (session: ClientSession, at: string) => Promise<void>,
  ): Promise<void> {
    const at = remotePath(this.#manner.root, path);
    return this.#pool.use((session) => explained(session, path, needs, () => act(session, at)), signal);
  }

  #hash(path: FilePath, name: HashName, range?: ByteRange, signal?: AbortSignal): Promise<string> {
    const way = hashWays(this.#manner.features).get(name);
    if (!way) throw new CsError('CS_UNSUPPORTED', `the server has no ${name}`);
    const part = range !== undefined && (range.start > 0 || range.end !== undefined);
    if (part && !(way.command === 'HASH' && this.#manner.features.has('RANG'))) {
      throw new CsError('CS_UNSUPPORTED', `the server has ${name} of whole files only`);
    }
    const at = remotePath(this.#manner.root, path);
    const ask = async (session: ClientSession): Promise<string> => {
      if (way.option !== undefined && session.hashing !== way.option) {
        await session.demand('OPTS', 'HASH', way.option);
        session.hashing = way.option;
      }
      if (!part) return digestIn((await session.demand(way.command, at)).lines, name);
      const end = Math.min(range.end ?? Number.POSITIVE_INFINITY, (await statOn(session, path)).size);
      const reply = await session.ask('RANG', String(range.start), String(end - 1));
      if (!isIntermediate(reply)) throw refusal('RANG', reply);
      const answer = await session.ask(way.command, at);
      const told = new RegExp(`(?:^|\\s)${range.start}-(?:${end - 1}|${end})(?:\\s|$)`);
      // Some servers (ProFTPD) have RANG for RETR only, and hold the next transfer to it all the same.
      if (!isPositive(answer) || !told.test(answer.lines.join(' '))) {
        throw session.fail(new CsError('CS_UNSUPPORTED', `the server has ${name} of whole files only`));
      }
      return digestIn(answer.lines, name);
    };
    return this.#pool.use((session) => explained(session, path, 'file', () => ask(session)), signal);
  }

  async #space(): Promise<{ free: number; total: number }> {
    const { root } = this.#manner;
    const { lines } = await this.#pool.use((session) => session.demand('AVBL', remotePath(root, [])));
    const free = Number(/\d{1,16}/.exec(lines.at(-1) ?? '')?.[0] ?? Number.NaN);
    if (!Number.isSafeInteger(free)) throw new CsError('CS_PEER_PROTOCOL', 'no number in the reply to AVBL');
    return { free, total: free };
  }
}

const HEX: Readonly<Record<HashName, number>> = { sha256: 64, sha512: 128, sha1: 40, md5: 32, crc32: 8 };

/** `SHA-256 0-49 6ae0... name`, or the digest alone: the first word that looks like one. */
function digestIn(lines: readonly string[], name: HashName): string {
  const words = lines.join(' ').toLowerCase().split(/\s+/);
  const found = words.find(
    (word) => /^[0-9a-f]+$/.test(word) && (word.length === HEX[name] || (name === 'crc32' && word.length < 8)),
  );
  if (found === undefined) throw new CsError('CS_PEER_PROTOCOL', `no ${name} in the server's reply`);
  return found.padStart(HEX[name], '0');
}
