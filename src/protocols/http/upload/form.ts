/** POST of a form to a directory: its files, all of them or none. */
import type { FileDraft } from '../../../contracts/file-draft.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FileName, fileName } from '../../../kit/file-path.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import { found } from '../static/locate.ts';
import { etagOf } from '../static/representation.ts';
import { wantsPage } from '../static/static.ts';
import type { WebHandler, WebRequest } from '../web-request.ts';
import { readForm } from './form-reader.ts';
import { changing, openDraft, pour, writable } from './place.ts';
import { announced } from './put.ts';

interface Arrived {
  readonly name: FileName;
  readonly draft: FileDraft;
}

/** Undefined for another type of content that is not for a directory: that is 415. @param most octets of the whole form */
export function formHandler(most: number): WebHandler {
  return async (request) => {
    const type = request.header('content-type') ?? '';
    if (/^multipart\/form-data(?:[\s;]|$)/i.test(type)) return changing(() => receive(request, type, most));
    if ((await found(request.tree, request.name))?.kind !== 'directory') return undefined;
    throw new HttpRefusal(415, 'a directory takes files as multipart/form-data');
  };
}

async function receive(request: WebRequest, type: string, most: number): Promise<Reply> {
  const facts = await found(request.tree, request.name);
  if (!request.directory || facts?.kind !== 'directory') throw new HttpRefusal(409, 'forms are taken by directories');
  announced(request, most);
  const arrived: Arrived[] = [];
  try {
    await takeParts(request, type, most, arrived);
  } catch (error) {
    for (const { draft } of arrived) await draft.abort();
    throw error;
  }
  if (arrived.length === 0) throw new HttpRefusal(400, 'a form without a file');
  const files = await publish(request, arrived);
  if (!wantsPage(request)) return jsonReply({ schema: 'cs.uploaded/1', files }, 201);
  // From canonical names: it never begins with `//`.
  const where = ['', ...request.path.map(encodeURIComponent), ''].join('/');
  return { status: 303, headers: { Location: where } };
}

async function takeParts(request: WebRequest, type: string, most: number, arrived: Arrived[]): Promise<void> {
  const { tree, query, signal } = request;
  // The field comes before the files that it is about.
  let overwrite = query.get('overwrite') === '1';
  for await (const part of readForm(type, request.body(most))) {
    if (part.kind === 'field') {
      if (part.name === 'overwrite') overwrite = part.value === '1';
    } else if (part.filename === '') {
      for await (const _chunk of part.content);
    } else {
      const name = fileName(lastName(part.filename));
      if (arrived.some((other) => other.name === name)) throw new HttpRefusal(400, 'a form with two files of one name');
      const order = { mode: overwrite ? 'replace' : 'new' } as const;
      const draft = await unlessThere(name, () => openDraft(writable(tree), [...request.name, name], order, signal));
      await pour(part.content, draft);
      arrived.push({ name, draft });
    }
  }
}

/** Some browsers send the way to it on the client's disk. */
function lastName(filename: string): string {
  return filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
}

/** What was published before one fails stays: each is a whole file. */
async function publish(request: WebRequest, arrived: readonly Arrived[]) {
  const files: { path: string; size: number; etag: string | null }[] = [];
  for (const [at, { name, draft }] of arrived.entries()) {
    try {
      const facts = await unlessThere(name, () => draft.commit());
      const path = `/${[...request.path, name].join('/')}`;
      files.push({ path, size: facts.size, etag: etagOf(facts) ?? null });
    } catch (error) {
      for (const { draft: later } of arrived.slice(at + 1)) await later.abort();
      throw error;
    }
  }
  return files;
}

async function unlessThere<T>(name: FileName, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== 'CS_EXISTS') throw error;
    throw new HttpRefusal(409, `${JSON.stringify(name)} is there already`, { hint: '?overwrite=1' });
  }
}
