/** A file of a tree as an answer to GET and HEAD: validators, conditions, ranges, and what caches are told. */
import type { FileFacts, OpenFile } from '../../../contracts/files.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import { precondition, rangeHolds } from '../../shared/http/conditions.ts';
import { httpDate } from '../../shared/http/date.ts';
import { FileContent } from '../../shared/http/file-content.ts';
import { parseRange } from '../../shared/http/range.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { WebRequest } from '../web-request.ts';
import type { CacheRule } from './cache-rule.ts';
import { mediaType } from './media-types.ts';
import { type Headers, partial, unsatisfiable } from './partial.ts';

export interface FileRules {
  readonly cache: CacheRule;
  /** Further headers of every file. */
  readonly headers: Headers;
}

/** Of a 304 too. */
export function validatorHeaders(facts: FileFacts, name: FilePath, rules: FileRules): Record<string, string> {
  const etag = etagOf(facts);
  return {
    ...(etag === undefined ? {} : { ETag: etag }),
    // Never later than the answer itself.
    'Last-Modified': httpDate(Math.min(facts.modified, Date.now())),
    'Cache-Control': rules.cache(name),
    ...rules.headers,
  };
}

/** Strong: the tree gives another tag as soon as the content is another. */
export function etagOf({ tag }: FileFacts): string | undefined {
  if (tag === '') return undefined;
  return /^[\x21\x23-\x7e]{1,200}$/.test(tag) ? `"${tag}"` : `"${Buffer.from(tag).toString('base64url')}"`;
}

/** The answer holds the file open until it is written. */
export async function fileReply(request: WebRequest, name: FilePath, rules: FileRules): Promise<Reply> {
  const file = await request.tree.open(name, request.signal);
  let kept: OpenFile | undefined = file;
  try {
    const reply = replyFrom(file, request, name, rules);
    if (reply.body instanceof FileContent) kept = undefined;
    return reply;
  } finally {
    await kept?.[Symbol.asyncDispose]();
  }
}

function replyFrom(file: OpenFile, request: WebRequest, name: FilePath, rules: FileRules): Reply {
  const { facts } = file;
  const validators = { etag: etagOf(facts), modified: facts.modified };
  const headers = validatorHeaders(facts, name, rules);
  const failed = precondition(request, validators);
  if (failed === 304) return { status: 304, content: true, headers };
  if (failed === 412) throw new HttpRefusal(412, 'the file is not the one that was meant');
  const whole = { ...headers, 'Content-Type': mediaType(name.at(-1) ?? ''), 'Accept-Ranges': 'bytes' };
  const asked = request.method === 'GET' && rangeHolds(request, validators) ? request.header('range') : undefined;
  const spans = parseRange(asked, facts.size);
  if (spans === 'unsatisfiable') return unsatisfiable(facts.size, headers);
  if (spans !== undefined) return partial(file, spans, facts.size, whole);
  const body = new FileContent(file, [{ start: 0, end: facts.size }]);
  return { status: 200, content: true, headers: whole, body };
}

/** The whole file under another status than 200: nothing of it may be kept or asked for in parts. */
export async function pageReply(
  { tree, signal }: WebRequest,
  name: FilePath,
  status: number,
  rules: FileRules,
): Promise<Reply> {
  const file = await tree.open(name, signal);
  const headers = { 'Content-Type': mediaType(name.at(-1) ?? ''), 'Cache-Control': 'no-store', ...rules.headers };
  return { status, content: true, headers, body: new FileContent(file, [{ start: 0, end: file.facts.size }]) };
}
