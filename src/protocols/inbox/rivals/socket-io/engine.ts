/** The Engine.IO server (revision 4) at one path: handshakes, and the session that each further request belongs to. */
import { CsError } from '../../../../kit/errors.ts';
import { collect } from '../../../shared/http/body.ts';
import { HttpRefusal } from '../../../shared/http/refusal.ts';
import { jsonReply, type Reply } from '../../../shared/http/reply.ts';
import type { HttpRequest, Route, UpgradeRoute } from '../../../shared/http/route.ts';
import { type Speak, type WebSocketRules, webSocketRoute } from '../../../shared/ws/route.ts';
import { EngineSession, type Heartbeat } from './session.ts';

export interface EngineRules {
  readonly path: string;
  readonly heartbeat: Heartbeat;
  readonly socket: WebSocketRules;
  /** Who asks; throws where nobody may. */
  user(request: HttpRequest): Promise<string>;
  /** Begins what a new session is for; what it throws refuses the handshake. */
  begin(request: HttpRequest): Promise<Begun>;
}

export interface Begun {
  /** Takes each of its messages, see `EngineSession`. */
  readonly message: (session: EngineSession, message: string) => boolean;
  /** Aborts when there is nothing left to be told of. */
  readonly life: AbortSignal | undefined;
}

/** Octets of what a client says at once. */
const PAYLOAD = 64 * 1024;
/** Clients at a time. One that went away without a word has its place until the next ping. */
const MOST = 500;

/** As the server of the npm package says it. */
const FAULTS = {
  transport: { code: 0, message: 'Transport unknown' },
  session: { code: 1, message: 'Session ID unknown' },
  method: { code: 2, message: 'Bad handshake method' },
  request: { code: 3, message: 'Bad request' },
  version: { code: 5, message: 'Unsupported protocol version' },
} as const;

class Fault extends HttpRefusal {
  readonly fault: (typeof FAULTS)[keyof typeof FAULTS];

  constructor(name: keyof typeof FAULTS) {
    super(400, FAULTS[name].message);
    this.fault = FAULTS[name];
  }
}

export class Engine {
  readonly #rules: EngineRules;
  readonly #sessions = new Map<string, EngineSession>();

  constructor(rules: EngineRules) {
    this.#rules = rules;
  }

  routes(): readonly (Route | UpgradeRoute)[] {
    const { path, socket } = this.#rules;
    const answering = (handle: Route['handle']): Route['handle'] => {
      return async (request) => {
        try {
          return await handle(request);
        } catch (thrown) {
          if (thrown instanceof Fault) return jsonReply(thrown.fault, 400);
          throw thrown;
        }
      };
    };
    return [
      // A session is memory for a while, and no more: nothing that anybody else sees changes.
      { method: 'GET', path, safe: true, handle: answering((request) => this.#get(request)) },
      { method: 'POST', path, safe: false, handle: answering((request) => this.#post(request)) },
      webSocketRoute(path, { ...socket, messageBytes: PAYLOAD }, (request) => this.#socket(request)),
    ];
  }

  async #get(request: HttpRequest): Promise<Reply> {
    check(request, 'polling');
    if (!request.query.has('sid')) {
      const session = await this.#open(request);
      return text(this.#handshake(session, ['websocket']));
    }
    const session = await this.#known(request);
    if (!session.polls) {
      // Two polls at once: nobody knows any more which of them has what.
      session.close();
      throw new Fault('request');
    }
    const packets = await session.poll(AbortSignal.any([request.signal, request.conn.draining]));
    if (request.conn.draining.aborted) session.close();
    return text(packets);
  }

  async #post(request: HttpRequest): Promise<Reply> {
    check(request, 'polling');
    if (!request.query.has('sid')) throw new Fault('method');
    const session = await this.#known(request);
    const content = await collect(request.body(PAYLOAD));
    session.post(Buffer.from(content).toString('utf8'));
    return { status: 200, headers: { 'Content-Type': 'text/html' }, body: 'ok' };
  }

  async #socket(request: HttpRequest): Promise<Speak> {
    check(request, 'websocket');
    if (request.query.has('sid')) {
      const session = await this.#known(request);
      return (socket) => session.probe(socket);
    }
    const session = await this.#open(request);
    return async (socket) => {
      void socket.send(this.#handshake(session, []));
      await session.carry(socket);
    };
  }

  async #open(request: HttpRequest): Promise<EngineSession> {
    const { heartbeat, begin, user } = this.#rules;
    if (this.#sessions.size >= MOST) throw new CsError('CS_BUSY', `more than ${MOST} clients at once`);
    const name = await user(request);
    const { message, life } = await begin(request);
    const session: EngineSession = new EngineSession({
      user: name,
      heartbeat,
      message: (packet) => message(session, packet),
    });
    this.#sessions.set(session.sid, session);
    const gone = (): void => session.close(1008, 'there is nothing left to tell');
    life?.addEventListener('abort', gone, { once: true });
    session.signal.addEventListener('abort', () => {
      this.#sessions.delete(session.sid);
      life?.removeEventListener('abort', gone);
    });
    if (life?.aborted) gone();
    return session;
  }

  #handshake({ sid }: EngineSession, upgrades: readonly string[]): string {
    const { interval: pingInterval, timeout: pingTimeout } = this.#rules.heartbeat;
    return `0${JSON.stringify({ sid, upgrades, pingInterval, pingTimeout, maxPayload: PAYLOAD })}`;
  }

  async #known(request: HttpRequest): Promise<EngineSession> {
    const session = this.#sessions.get(request.query.get('sid') ?? '');
    if (!session || session.user !== (await this.#rules.user(request))) throw new Fault('session');
    return session;
  }
}

function check({ query }: HttpRequest, transport: 'polling' | 'websocket'): void {
  if (query.get('EIO') !== '4') throw new Fault('version');
  if (query.get('transport') !== transport) throw new Fault('transport');
}

function text(body: string): Reply {
  return { status: 200, headers: { 'Content-Type': 'text/plain; charset=UTF-8' }, body };
}
