/** A server that says exactly what it is told to, and a client at the other end of a real connection. */
import type { Socket } from 'node:net';
import type { ExchangeResponse } from '../../../../src/contracts/exchange.ts';
import { defaults, type Values } from '../../../../src/kit/option.ts';
import type { Secret } from '../../../../src/kit/secret.ts';
import { createDial, type DialOptions } from '../../../../src/net/dial.ts';
import { parseTarget } from '../../../../src/net/target.ts';
import type { Agent } from '../../../../src/protocols/http/client/agent.ts';
import { agentOf } from '../../../../src/protocols/http/client.ts';
import { clientOptions } from '../../../../src/protocols/http/client-options.ts';
import { http } from '../../../../src/protocols/http/protocol.ts';
import { type Listener, listen, quiet } from '../../../net/dial-fixture.ts';

export type Options = Partial<Values<typeof clientOptions>>;

export interface Asked {
  readonly method: string;
  readonly target: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Request line and fields as they came. */
  readonly head: string;
}

type Octets = string | Buffer;
/** What is sent, octet for octet, or what is done with the socket; what comes of that is sent too. */
export type Answer = Octets | ((socket: Socket, asked: Asked) => Octets | unknown);

export interface Peer extends Listener {
  readonly url: string;
  readonly asked: Asked[];
}

/** One answer after the other; the last one again for whatever comes after. */
export async function peer(...answers: readonly Answer[]): Promise<Peer> {
  const asked: Asked[] = [];
  const listener = await listen('127.0.0.1', (socket) => {
    let held = '';
    let continued = false;
    socket.on('data', (chunk: Buffer) => {
      held += chunk.toString('latin1');
      for (let request = take(held, continued); request; request = take(held, continued)) {
        const answer = answers[Math.min(asked.length, answers.length - 1)] ?? '';
        // A function may answer before the content comes; what is always the same takes it.
        if (request.early && typeof answer !== 'function') {
          continued = true;
          socket.write('HTTP/1.1 100 Continue\r\n\r\n');
          continue;
        }
        held = request.rest;
        asked.push(request.asked);
        const said = typeof answer === 'function' ? answer(socket, request.asked) : answer;
        if (typeof said === 'string' || Buffer.isBuffer(said)) socket.write(said);
      }
    });
  });
  return Object.assign(listener, { url: `http://127.0.0.1:${listener.port}/`, asked });
}

/** A whole request, with a length or chunked. */
function take(text: string, continued: boolean): { asked: Asked; rest: string; early?: true } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const [line = '', ...fields] = head.split('\r\n');
  const [method = '', target = ''] = line.split(' ');
  const headers = new Map(
    fields.map((one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]),
  );
  const after = text.slice(end + 4);
  if (headers.get('transfer-encoding') === 'chunked') {
    if (after === '' && headers.has('expect') && !continued) {
      return { asked: { method, target, headers, body: '', head }, rest: '', early: true };
    }
    const last = after.indexOf('0\r\n\r\n');
    if (last === -1) return undefined;
    const body = after.slice(0, last).replace(/[0-9a-f]+\r\n([\s\S]*?)\r\n/g, '$1');
    return { asked: { method, target, headers, body, head }, rest: after.slice(last + 5) };
  }
  const length = Number(headers.get('content-length') ?? 0);
  if (after.length < length) return undefined;
  return { asked: { method, target, headers, body: after.slice(0, length), head }, rest: after.slice(length) };
}

const SCHEMES = Object.fromEntries(
  Object.entries(http.schemes).map(([name, scheme]) => [name, { ...scheme, protocol: 'http' }]),
);

export function webTarget(url: string) {
  return parseTarget(url, SCHEMES, { from: 'env' });
}

export interface Client extends AsyncDisposable {
  readonly agent: Agent;
}

/** As `cs` makes it. @param login in place of what the URL says */
export function clientOf(
  url: string,
  options: Options = {},
  more: Partial<DialOptions> & { login?: { user: string; password: Secret }; signal?: AbortSignal } = {},
): Agent {
  const { login, signal = AbortSignal.timeout(60_000), ...dialling } = more;
  const target = { ...webTarget(url), ...login };
  return agentOf(createDial(quiet(dialling)), {
    target,
    options: { ...defaults(clientOptions), ...options },
    log: () => {},
    signal,
  });
}

export async function textOf({ body }: Pick<ExchangeResponse, 'body'>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of body) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

/** A response with a length. */
export function reply(
  status: number,
  body: string | Buffer = '',
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries({ 'Content-Length': String(Buffer.byteLength(body)), ...headers });
  const head = `HTTP/1.1 ${status} Word\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}
