/** One request over a connection of its own. */
import { dial, talk, untilEnd } from '../shared/http/stage.ts';
import { type Answer, parse, type Stage } from './stage.ts';

export interface Said {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The request's octets; `Content-Length` is the body's unless a header says how it comes. */
export function request(method: string, target: string, { headers = {}, body }: Said = {}): Buffer {
  const framed = Object.keys(headers).some((name) => /^(?:content-length|transfer-encoding)$/i.test(name));
  const all = {
    Host: 'localhost',
    Connection: 'close',
    ...(body === undefined || framed ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`), Buffer.from(body ?? '')]);
}

export async function say(stage: Stage, method: string, target: string, said: Said = {}): Promise<Answer> {
  return parse(await talk(stage, request(method, target, said)));
}

/** Says so much of it and hangs up; resolves when the server knows. */
export async function cut(stage: Stage, octets: Buffer, how: 'fin' | 'reset' = 'reset'): Promise<void> {
  const socket = await dial(stage);
  await new Promise<void>((done) => socket.write(octets, () => done()));
  // What was written has been read once the connection's counter says so.
  const end = untilEnd(socket);
  if (how === 'fin') socket.end();
  else socket.resetAndDestroy();
  await end;
}

export function form(parts: readonly { readonly head: string; readonly body: string | Buffer }[], end = '--X--\r\n') {
  const body = Buffer.concat([
    ...parts.flatMap((part) => [
      Buffer.from(`--X\r\n${part.head}\r\n\r\n`),
      Buffer.from(part.body),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(end),
  ]);
  return { headers: { 'Content-Type': 'multipart/form-data; boundary=X' }, body };
}

export function file(name: string, filename: string): string {
  return `Content-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: text/plain`;
}
