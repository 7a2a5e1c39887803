/** PUT: the content becomes the file, whole and at once, or nothing changes (RFC 9110 section 9.3.4). */
import { CsError } from '../../../kit/errors.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import type { Reply } from '../../shared/http/reply.ts';
import { etagOf } from '../static/representation.ts';
import type { WebHandler, WebRequest } from '../web-request.ts';
import { changing, conditions, openDraft, pour, writable } from './place.ts';

/** @param most octets of one file */
export function putHandler(most: number): WebHandler {
  return (request) => changing(() => put(request, most));
}

async function put(request: WebRequest, most: number): Promise<Reply> {
  const { tree, name, signal } = request;
  if (request.directory || name.length === 0) throw new CsError('CS_IS_DIRECTORY', 'a directory');
  // A part would take the place of the whole.
  if (request.header('content-range') !== undefined) throw new HttpRefusal(400, 'a PUT is of the whole content');
  const { before, order } = await conditions(request);
  const size = announced(request, most);
  const draft = await opened(async () =>
    openDraft(writable(tree), name, { ...order, ...(size === undefined ? {} : { size }) }, signal),
  );
  await pour(request.body(most), draft);
  const facts = await opened(() => draft.commit());
  const etag = etagOf(facts);
  return { status: before === undefined ? 201 : 204, headers: etag === undefined ? {} : { ETag: etag } };
}

/** Asked under `If-None-Match: *`, a file that came in between is a failed condition. */
async function opened<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CsError && error.code === 'CS_EXISTS') throw new HttpRefusal(412, 'the file is there already');
    throw error;
  }
}

/** The announced octets, refused before any of them is asked for. */
export function announced(request: Pick<WebRequest, 'header'>, most: number): number | undefined {
  const length = request.header('content-length');
  if (length === undefined) return undefined;
  if (Number(length) > most) throw new HttpRefusal(413, `the file is longer than ${most} octets`);
  return Number(length);
}
