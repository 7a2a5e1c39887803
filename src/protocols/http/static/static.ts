/** GET and HEAD of what is there: files, indexes, directories without their `/`. */
import { performance } from 'node:perf_hooks';
import { CsError } from '../../../kit/errors.ts';
import { chooseCoding } from '../../shared/http/coding.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { WebHandler, WebRequest } from '../web-request.ts';
import { codingsOf } from './codings.ts';
import { type KeptFile, notAcceptable } from './kept-file.ts';
import { type Habits, INDEX, locate, type Named } from './locate.ts';
import { type FileMemory, keyOf } from './memory.ts';
import { bufferReply, type FileRules, fileReply, represent } from './representation.ts';

export interface StaticRules extends FileRules {
  readonly cleanUrls: boolean;
  readonly spa: boolean;
  /** Directories are listed: also in the place of their index, for a program that asks for a list by name. */
  readonly listing: boolean;
}

/** A directory without an index is left to the next handler. */
export function staticHandler(rules: StaticRules, memory: FileMemory): WebHandler {
  return async (request) => {
    if (rules.listing && wantsList(request, wantsPage(request))) return undefined;
    // What is kept is what everybody sees.
    const kept = request.user === '' ? memory.find(keyOf(fileNamed(request)), performance.now()) : undefined;
    const ready = kept && (await fromMemory(kept, request));
    if (ready) return ready;
    const habits: Habits = { cleanUrls: rules.cleanUrls, spa: rules.spa ? [...request.home, INDEX] : undefined };
    const { tree, name, directory } = request;
    const located = await locate(tree, name, directory, wantsPage(request), habits);
    if (located?.kind === 'redirect') return toDirectory(request);
    if (located?.kind === 'directory') return undefined;
    if (located === undefined) throw new CsError('CS_NOT_FOUND', 'there is nothing here');
    const loaded = request.user === '' ? await memory.load(located, performance.now()) : undefined;
    return (loaded && (await fromMemory(loaded, request))) ?? fromTree(located, request, rules);
  };
}

/** The one file that the target can mean without a look at what else there is. */
function fileNamed({ name, directory }: WebRequest): WebRequest['name'] {
  return directory ? [...name, INDEX] : name;
}

async function fromMemory(kept: KeptFile, request: WebRequest): Promise<Reply | undefined> {
  try {
    const form = await kept.form(request.header('accept-encoding'));
    return form && bufferReply(form.of, request, form.body);
  } catch (error) {
    // It became another file in between: what it is now is in the tree.
    if (error instanceof CsError && (error.code === 'CS_CHANGED' || error.code === 'CS_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function fromTree(named: Named, request: WebRequest, rules: FileRules): Promise<Reply> {
  const { offered, sidecars } = await codingsOf(request.tree, named, false);
  const coding = chooseCoding(request.header('accept-encoding'), offered);
  if (coding === undefined) throw notAcceptable();
  const file = await request.tree.open(sidecars.get(coding)?.name ?? named.name, request.signal);
  return fileReply(represent(named.name, file.facts, coding, rules), request, file);
}

/** Not a part of a page: those must not get a page in the place of what is missing. */
export function wantsPage(request: WebRequest): boolean {
  return /(?:^|[,\s])text\/html/i.test(request.header('accept') ?? '');
}

/** `?format=json` from a program; to a browser that stays a question to the page. */
export function wantsList({ directory, search }: Pick<WebRequest, 'directory' | 'search'>, page: boolean): boolean {
  return directory && !page && /(?:^|&)format=/.test(search);
}

/** From canonical names, so that it never begins with `//` and leads nowhere else. */
function toDirectory({ path, search }: WebRequest): Reply {
  const where = `/${path.map(encodeURIComponent).join('/')}/${search === '' ? '' : `?${search}`}`;
  return { status: 301, headers: { Location: where } };
}
