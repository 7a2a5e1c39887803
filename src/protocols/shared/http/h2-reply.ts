/** An answer as data, written to an HTTP/2 stream no faster than it is taken. */
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Pace } from './body.ts';
import { FileContent } from './file-content.ts';
import { type Content, type Reply, replyHeaders } from './reply.ts';

/** Octets of one write: a hundred streams of them are what a session may hold. */
const PIECE = 128 * 1024;

/** Resolves to the octets of content when the peer has them or is gone. Throws what the body's source throws. */
export async function writeStream(
  stream: ServerHttp2Stream,
  reply: Reply,
  pace: Pace,
  how: { readonly head: boolean; readonly minimumRate: number },
): Promise<number> {
  const { body = '' } = reply;
  const headers = replyHeaders(reply) as OutgoingHttpHeaders;
  headers[':status'] = reply.status;
  // What is about a connection has no place in a stream (RFC 9113 section 8.2.2).
  if (reply.status === 426) for (const name of ['Connection', 'Upgrade']) delete headers[name];
  // Node has ended the writable side of a HEAD itself; on 22 a head that is given in the same turn is lost with it.
  if (how.head) await new Promise(setImmediate);
  const nothing = how.head || body === '' || reply.status === 304 || reply.status === 204;
  if (stream.destroyed || stream.closed) {
    await dispose(body);
    return 0;
  }
  stream.respond(headers, { endStream: nothing });
  if (nothing) {
    await dispose(body);
    return 0;
  }
  const octets = await writeContent(stream, body, pace, how.minimumRate);
  if (!stream.closed) await closed(stream);
  return octets;
}

async function writeContent(stream: ServerHttp2Stream, body: Content, pace: Pace, rate: number): Promise<number> {
  if (body instanceof FileContent) {
    const octets = await body.writeTo(stream, pace, rate, PIECE);
    pace.deadline(0, rate);
    stream.end();
    return octets;
  }
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    if (bytes.length > PIECE) return writeContent(stream, pieces(bytes), pace, rate);
    pace.deadline(0, rate);
    stream.end(bytes);
    return bytes.length;
  }
  let octets = 0;
  for await (const chunk of body) {
    if (stream.destroyed || stream.closed) return octets;
    octets += chunk.length;
    pace.deadline(0, rate);
    if (!stream.write(chunk)) await drained(stream);
    pace.deadline(0);
  }
  pace.deadline(0, rate);
  stream.end();
  return octets;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function drained(stream: ServerHttp2Stream): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed || stream.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}

/** Both what was written is out, and the stream knows. */
function closed(stream: ServerHttp2Stream): Promise<void> {
  if (stream.writableFinished || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('finish', () => resolve()).once('close', () => resolve());
  });
}

async function dispose(body: Content): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) return;
  if (body instanceof FileContent) await body[Symbol.asyncDispose]();
  else await body[Symbol.asyncIterator]().return?.();
}
