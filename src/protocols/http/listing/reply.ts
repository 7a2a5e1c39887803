/** A directory as an answer, in the form that was asked for. */
import type { FileEntry, FileTree } from '../../../contracts/files.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import type { Reply } from '../../shared/http/reply.ts';
import { jsonListing, plainIndex, textListing } from './facts.ts';
import { SortedEntries } from './order.ts';
import { listingPage, PAGE_POLICY } from './page.ts';
import { type ListingFormat, type Question, readQuestion } from './question.ts';

export interface ListingOrder {
  readonly tree: FileTree;
  readonly path: FilePath;
  /** The same as the client names it. */
  readonly shown: readonly string[];
  readonly query: URLSearchParams;
  /** The request's Accept. */
  readonly accept: string | undefined;
  readonly signal: AbortSignal;
}

const TYPES: Readonly<Record<ListingFormat, string>> = {
  page: 'text/html; charset=utf-8',
  index: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};

/** Throws what the tree says of the directory before anything is answered; what breaks later breaks the answer. */
export async function listingReply({ tree, path, shown, query, accept, signal }: ListingOrder): Promise<Reply> {
  const question = readQuestion(query, accept);
  const { rest, close } = await begun(tree.list(path, signal));
  return {
    status: 200,
    headers: {
      'Content-Type': TYPES[question.format],
      Vary: 'Accept',
      'Cache-Control': 'no-cache',
      // Under `no-referrer` browsers would send its form with `Origin: null`, which is anybody.
      ...(question.format === 'page'
        ? { 'Content-Security-Policy': PAGE_POLICY, 'Referrer-Policy': 'same-origin' }
        : {}),
    },
    body: closing(
      content(question, shown, tree.write !== undefined, () => SortedEntries.of(rest, question.order, question.search)),
      close,
    ),
  };
}

async function* content(
  question: Question,
  path: readonly string[],
  writable: boolean,
  sort: () => Promise<SortedEntries>,
): AsyncGenerator<string> {
  const { format } = question;
  if (format === 'page') yield* listingPage({ path, question, writable }, sort());
  else if (format === 'json') yield* jsonListing(path, await sort());
  else if (format === 'text') yield* textListing(await sort());
  else yield* plainIndex(path, await sort());
}

/** The first entry was asked for, so it is known that this is a directory that may be listed. */
async function begun(entries: AsyncIterable<FileEntry>) {
  const iterator = entries[Symbol.asyncIterator]();
  let first: IteratorResult<FileEntry> | undefined = await iterator.next();
  const next = async (): Promise<IteratorResult<FileEntry>> => {
    const result = first ?? (await iterator.next());
    first = undefined;
    return result;
  };
  const close = async (): Promise<void> => {
    await iterator.return?.();
  };
  const rest: AsyncIterable<FileEntry> = { [Symbol.asyncIterator]: () => ({ next, return: finish(close) }) };
  return { rest, close };
}

/** A generator that was never begun (HEAD) would leave the directory open. */
function closing(body: AsyncGenerator<string>, close: () => Promise<void>): AsyncIterable<string> {
  const end = async (): Promise<void> => {
    await body.return(undefined);
    await close();
  };
  return { [Symbol.asyncIterator]: () => ({ next: () => body.next(), return: finish(end) }) };
}

function finish(close: () => Promise<void>) {
  return async (): Promise<IteratorReturnResult<undefined>> => {
    await close();
    return { done: true, value: undefined };
  };
}
