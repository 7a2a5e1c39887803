/** Answers that stand ready, over HTTP/2: no request object, promise or timer for each, and no second look at a head. */
import type { IncomingHttpHeaders } from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { Connection } from '../../../contracts/connection.ts';
import { type AdmissionRules, admit } from './admission.ts';
import type { Answered } from './answered.ts';
import type { ReadyAnswer, ReadySource } from './fast-path.ts';
import type { Begun, H2Conversation } from './h2-conversation.ts';
import { headOf } from './h2-head.ts';
import { type Heads, KnownHeads, LONGEST_HEAD, remember } from './known-heads.ts';
import { asksMore, type Recognised } from './recognise.ts';

export interface H2ReadyConfig extends AdmissionRules {
  readonly ready: ReadySource;
  readonly answered?: (exchange: Answered) => void;
  readonly overloaded?: () => boolean;
}

export class H2Ready {
  readonly #config: H2ReadyConfig;
  readonly #known = new KnownHeads();

  constructor(config: H2ReadyConfig) {
    this.#config = config;
  }

  /** False, or later `otherwise`: somebody else answers. */
  answer(begun: Begun, conversation: H2Conversation, otherwise: () => void): boolean {
    if (!begun.whole || begun.headers[':method'] !== 'GET' || this.#config.overloaded?.()) return false;
    const { conn } = conversation;
    const request = this.#recognise(begun, conn, this.#known.of(conn));
    if (request === undefined) return false;
    const began = performance.now();
    const answer = this.#config.ready(request, began);
    if (answer === undefined) return false;
    if (answer instanceof Promise) {
      const say = (ready: ReadyAnswer | undefined): void => {
        if (ready) this.#say(ready, request, begun, conversation, began);
        else otherwise();
      };
      answer.then(say, () => say(undefined));
    } else this.#say(answer, request, begun, conversation, began);
    return true;
  }

  #recognise({ headers, raw }: Begun, conn: Connection, heads: Heads): Recognised | undefined {
    // No name or value has an end of line in it.
    const text = raw.join('\n');
    const known = heads.get(text);
    if (known !== undefined) return known;
    const found = recognise(headers, raw, conn, this.#config);
    if (found !== undefined && text.length <= LONGEST_HEAD) remember(heads, text, found);
    return found;
  }

  #say(
    answer: ReadyAnswer,
    request: Recognised,
    { stream }: Begun,
    { conn, untaken }: H2Conversation,
    began: number,
  ): void {
    if (stream.destroyed || stream.closed) return;
    const { fields, body } = answer;
    if (body.length === 0) stream.respond(fields, { endStream: true });
    else {
      stream.respond(fields);
      stream.end(body);
      untaken.add(stream);
    }
    this.#config.answered?.({
      conn,
      method: 'GET',
      target: request.target,
      version: '2',
      status: answer.status,
      octets: answer.content,
      ms: performance.now() - began,
      headers: request.rawHeaders,
      named: request,
    });
  }
}

function recognise(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  conn: Connection,
  rules: AdmissionRules,
): Recognised | undefined {
  for (const name in headers) if (asksMore(name)) return undefined;
  if (headers['if-modified-since'] !== undefined && headers['if-none-match'] === undefined) return undefined;
  try {
    const head = headOf(headers, raw, conn.secure);
    const header = (name: string): string | undefined => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    const admitted = admit(head, conn, rules);
    return { ...admitted, method: 'GET', target: head.url ?? '', rawHeaders: head.rawHeaders, header };
  } catch {
    return undefined;
  }
}
