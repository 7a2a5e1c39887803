/** One form of a file, as the client may have it, and the answer that it makes (RFC 9110 section 3.2). */
import type { FileFacts, OpenFile } from '../../../contracts/files.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import type { Coding } from '../../shared/http/coding.ts';
import { type Asking, precondition, rangeHolds, type Validators } from '../../shared/http/conditions.ts';
import { httpDate } from '../../shared/http/date.ts';
import { FileContent } from '../../shared/http/file-content.ts';
import { parseRange } from '../../shared/http/range.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { CacheRule } from './cache-rule.ts';
import { mediaType } from './media-types.ts';
import { type Headers, partial, unsatisfiable } from './partial.ts';

export interface FileRules {
  readonly cache: CacheRule;
  /** Further headers of every file. */
  readonly headers: Headers;
  readonly vary: string;
  /** Of a file of this name and type. */
  readonly further?: (name: FilePath, type: string) => Headers;
}

export interface Representation extends Validators {
  readonly size: number;
  /** Of a 304 too. */
  readonly short: Headers;
  /** Of its content. */
  readonly whole: Headers;
}

const SUFFIX: Readonly<Record<Coding, string>> = { identity: '', br: '-br', zstd: '-zst', gzip: '-gz' };

/**
 * @param name of the file itself, whatever it is coded as: its type and its rules hang on that
 * @param facts of what is sent
 */
export function represent(name: FilePath, facts: FileFacts, coding: Coding, rules: FileRules): Representation {
  const etag = etagOf(facts, coding);
  const short: Record<string, string> = {
    ...(etag === undefined ? {} : { ETag: etag }),
    // Never later than the answer itself.
    'Last-Modified': httpDate(Math.min(facts.modified, Date.now())),
    Vary: rules.vary,
    'Cache-Control': rules.cache(name),
    ...rules.headers,
  };
  const type = mediaType(name.at(-1) ?? '');
  const whole: Record<string, string> = { 'Content-Type': type, ...short, ...rules.further?.(name, type) };
  if (coding !== 'identity') whole['Content-Encoding'] = coding;
  whole['Accept-Ranges'] = 'bytes';
  return { size: facts.size, etag, modified: facts.modified, short, whole };
}

/** Strong: the tree gives another tag as soon as the content is another. */
export function etagOf({ tag }: FileFacts, coding: Coding = 'identity'): string | undefined {
  if (tag === '') return undefined;
  const text = /^[\x21\x23-\x7e]{1,200}$/.test(tag) ? tag : Buffer.from(tag).toString('base64url');
  return `"${text}${SUFFIX[coding]}"`;
}

/** Of the file in each form that it may have been sent in. */
export function etagsOf(facts: FileFacts): readonly (string | undefined)[] {
  return (Object.keys(SUFFIX) as Coding[]).map((coding) => etagOf(facts, coding));
}

/** The answer without its content, as far as conditions decide it. Throws 412. */
export function conditionReply(form: Representation, request: Asking): Reply | undefined {
  const failed = precondition(request, form);
  if (failed === 304) return { status: 304, content: true, headers: form.short };
  if (failed === 412) throw new HttpRefusal(412, 'the file is not the one that was meant');
  return undefined;
}

/** From memory. */
export function bufferReply(form: Representation, request: Asking, body: Buffer): Reply {
  const done = conditionReply(form, request);
  if (done) return done;
  const spans = asked(form, request);
  if (spans === undefined) return { status: 200, content: true, headers: form.whole, body };
  return spans === 'unsatisfiable' ? unsatisfiable(form.size, form.short) : partial(body, spans, form.size, form.whole);
}

/** From an open file, which the answer closes once it is written; closed already where it is not needed. */
export async function fileReply(form: Representation, request: Asking, file: OpenFile): Promise<Reply> {
  try {
    const reply = openReply(form, request, file);
    if (!(reply.body instanceof FileContent)) await file[Symbol.asyncDispose]();
    return reply;
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

function openReply(form: Representation, request: Asking, file: OpenFile): Reply {
  const done = conditionReply(form, request);
  if (done) return done;
  const spans = asked(form, request);
  if (spans === 'unsatisfiable') return unsatisfiable(form.size, form.short);
  if (spans !== undefined) return partial(file, spans, form.size, form.whole);
  const body = new FileContent(file, [{ start: 0, end: form.size }]);
  return { status: 200, content: true, headers: form.whole, body };
}

function asked(form: Representation, request: Asking): ReturnType<typeof parseRange> {
  const range = request.method === 'GET' ? request.header('range') : undefined;
  return range !== undefined && rangeHolds(request, form) ? parseRange(range, form.size) : undefined;
}
