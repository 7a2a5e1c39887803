/** Resumable uploads, tus 1.0: POST to a directory makes one, HEAD, PATCH and DELETE of its address go on with it. */
import type { FileDraft } from '../../../contracts/file-draft.ts';
import type { Siblings } from '../../../contracts/siblings.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { type FilePath, fileName } from '../../../kit/file-path.ts';
import { httpDate } from '../../shared/http/date.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import type { Reply } from '../../shared/http/reply.ts';
import { found } from '../static/locate.ts';
import type { WebHandler, WebRequest } from '../web-request.ts';
import { checkedChunk } from './checked-chunk.ts';
import { changing, openDraft, writable } from './place.ts';
import { octetsIn, readChecksum, readMetadata, TUS_VERSION, tusOffer } from './tus-headers.ts';
import { UploadTurns, untilTaken } from './tus-turns.ts';
import { newUpload, parseUploadId, stageName, TUS_KEPT_FOR, type TusUpload, uploadId } from './tus-upload.ts';

export interface TusHandlers {
  /** POST to a directory. */
  readonly create: WebHandler;
  readonly head: WebHandler;
  readonly patch: WebHandler;
  readonly end: WebHandler;
}

const BODY = 'application/offset+octet-stream';
/** Uploads whose last answer may have been lost: asked for again they are known to be whole. */
const REMEMBERED = 1000;
/** Octets between two moments at which what has come is made safe. */
const STEP = 8 * 1024 * 1024;

/** An upload that is gone on with. */
interface Going {
  readonly request: WebRequest;
  readonly path: FilePath;
  readonly upload: TusUpload;
  readonly stage: string;
  /** Another request goes on with it: no more of this one's content is taken. */
  readonly stop?: AbortSignal;
}

type Work = (request: WebRequest) => Promise<Reply>;

/** Undefined for requests that do not speak tus. @param most octets of one file */
export function tusHandlers(most: number, siblings: Siblings | undefined): TusHandlers {
  const whole = new Set<string>();
  const remember = (stage: string): void => {
    whole.add(stage);
    if (whole.size > REMEMBERED) for (const oldest of whole) return void whole.delete(oldest);
  };
  const turns = new UploadTurns(siblings);
  const inTurn =
    (work: (going: Going) => Promise<Reply>): Work =>
    async (request) => {
      const going = goingOn(request);
      return turns.take(going.stage, (stop) => work({ ...going, stop }));
    };
  const works = { PATCH: inTurn((going) => patch(going, remember)), DELETE: inTurn(end) };
  const spoken =
    (handle: Work, method?: string): WebHandler =>
    (request) => {
      const version = request.header('tus-resumable');
      if (version === undefined || (method !== undefined && request.method !== method)) return undefined;
      return changing(() => answered(request, version, most, handle));
    };
  return {
    create: spoken((request) => overridden(request, works) ?? create(request, most, remember)),
    head: spoken(
      inTurn((going) => head(going, whole)),
      'HEAD',
    ),
    patch: spoken(works.PATCH),
    end: spoken(works.DELETE),
  };
}

async function answered(request: WebRequest, version: string, most: number, handle: Work): Promise<Reply> {
  const offer = tusOffer(most);
  if (version !== TUS_VERSION) throw new HttpRefusal(412, `only tus ${TUS_VERSION} is spoken`, { headers: offer });
  try {
    const reply = await handle(request);
    return { ...reply, headers: { 'Tus-Resumable': TUS_VERSION, 'Cache-Control': 'no-store', ...reply.headers } };
  } catch (thrown) {
    const error = asCsError(thrown);
    if (error.code === 'CS_BUSY') throw new HttpRefusal(423, 'somebody else is going on with it');
    if (error.code === 'CS_CHANGED') throw new HttpRefusal(409, 'the upload goes on at another offset');
    throw error;
  }
}

async function create(request: WebRequest, most: number, whole: (stage: string) => void): Promise<Reply> {
  const facts = await found(request.tree, request.name);
  if (!request.directory || facts?.kind !== 'directory') throw new HttpRefusal(409, 'uploads are made in directories');
  if (request.header('upload-defer-length') !== undefined) throw new HttpRefusal(400, 'the length must be known');
  const length = octetsIn(request.header('upload-length'), 'Upload-Length');
  if (length > most) throw new HttpRefusal(413, `the file is longer than ${most} octets`);
  readChecksum(request.header('upload-checksum'));
  const metadata = readMetadata(request.header('upload-metadata'));
  const name = fileName(metadata.get('filename') ?? metadata.get('name') ?? '');
  const replace = request.query.get('overwrite') === '1';
  const upload = newUpload(length, replace);
  const going = { request, path: [...request.name, name], upload, stage: stageName(request.user, upload) };
  const draft = await open(going, undefined);
  const reply = await goOn(going, draft, request.header('content-type') === BODY, whole);
  const where = `/${[...request.path, name].map(encodeURIComponent).join('/')}?upload=${uploadId(upload)}`;
  return { ...reply, status: 201, headers: { ...reply.headers, Location: where } };
}

/** For clients that can say no other method. Only those that go on with an upload, and only by POST. */
function overridden(request: WebRequest, works: Readonly<Record<'PATCH' | 'DELETE', Work>>) {
  const method = request.header('x-http-method-override');
  if (method === undefined) return undefined;
  if (method === 'PATCH' || method === 'DELETE') return works[method](request);
  throw new HttpRefusal(400, 'only PATCH and DELETE can be meant by another method');
}

function goingOn(request: WebRequest): Going {
  const upload = parseUploadId(request.query.get('upload') ?? '');
  if (upload === undefined || request.directory || request.name.length === 0) throw unknown();
  return { request, path: request.name, upload, stage: stageName(request.user, upload) };
}

function unknown(): HttpRefusal {
  return new HttpRefusal(404, 'there is no such upload');
}

/** What is there of it; 410 when it is too old, and it is gone. */
async function staged(going: Going) {
  const { request, path, stage } = going;
  const kept = await request.tree.staged?.(path, stage);
  if (kept === undefined) throw unknown();
  if (kept.modified + TUS_KEPT_FOR >= Date.now()) return kept;
  await (await open(going, kept.length)).abort();
  throw new HttpRefusal(410, 'the upload has expired');
}

function expires(modified: number): Readonly<Record<string, string>> {
  return { 'Upload-Expires': httpDate(modified + TUS_KEPT_FOR) };
}

async function head(going: Going, whole: ReadonlySet<string>): Promise<Reply> {
  const length = String(going.upload.length);
  if (whole.has(going.stage)) return { status: 200, headers: { 'Upload-Offset': length, 'Upload-Length': length } };
  const kept = await staged(going);
  return {
    status: 200,
    headers: { 'Upload-Offset': String(kept.length), 'Upload-Length': length, ...expires(kept.modified) },
  };
}

async function patch(going: Going, whole: (stage: string) => void): Promise<Reply> {
  const { request } = going;
  if (request.header('content-type') !== BODY) throw new HttpRefusal(415, `the content must be ${BODY}`);
  const offset = octetsIn(request.header('upload-offset'), 'Upload-Offset');
  readChecksum(request.header('upload-checksum'));
  const kept = await staged(going);
  if (kept.length !== offset) throw new HttpRefusal(409, `the upload goes on at ${kept.length}`);
  return goOn(going, await open(going, offset), true, whole);
}

async function end(going: Going): Promise<Reply> {
  const kept = await staged(going);
  await (await open(going, kept.length)).abort();
  return { status: 204 };
}

/** @param offset undefined: from the beginning */
function open({ request, path, upload, stage }: Going, offset: number | undefined): Promise<FileDraft> {
  const order = {
    mode: upload.replace ? 'replace' : 'new',
    stage,
    size: upload.length,
    ...(offset === undefined ? {} : { offset }),
  } as const;
  return openDraft(writable(request.tree), path, order, request.signal);
}

/** Takes what the request brings; whatever happens, what has come is kept until the upload is whole. */
async function goOn(going: Going, begun: FileDraft, brings: boolean, whole: (stage: string) => void): Promise<Reply> {
  const { upload, stage } = going;
  const draft = brings ? await take(going, begun) : begun;
  const offset = { 'Upload-Offset': String(draft.length) };
  if (draft.length < upload.length) {
    await draft.abort({ keep: true });
    return { status: 204, headers: { ...offset, ...expires(Date.now()) } };
  }
  if (draft.length > upload.length) {
    await draft.abort();
    throw new CsError('CS_BUG', 'an upload beyond its length');
  }
  await draft.commit();
  whole(stage);
  return { status: 204, headers: offset };
}

/** The draft that holds all of it. From time to time it is kept and gone on with: even a crash costs no more than a step. */
async function take(going: Going, begun: FileDraft): Promise<FileDraft> {
  const { request, upload } = going;
  const brought = request.body(upload.length - begun.length);
  const body = going.stop ? untilTaken(brought, going.stop) : brought;
  const checksum = readChecksum(request.header('upload-checksum'));
  let draft = begun;
  let kept = begun.length;
  try {
    for await (const chunk of checksum ? checkedChunk(body, checksum) : body) {
      const taken = draft.write(chunk);
      if (taken) await taken;
      if (draft.length - kept < STEP || draft.length >= upload.length) continue;
      kept = draft.length;
      await draft.abort({ keep: true });
      draft = await open(going, kept);
    }
  } catch (error) {
    await draft.abort({ keep: true });
    throw error;
  }
  return draft;
}
