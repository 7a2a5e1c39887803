/** A path of an HTTP server that is a WebSocket: the handshake, the limits, the end. */
import type { Log } from '../../../contracts/store.ts';
import { asCsError } from '../../../kit/errors.ts';
import type { HttpRequest, UpgradeRoute } from '../http/route.ts';
import type { Rate } from './budget.ts';
import { WebSocketEnd } from './end.ts';
import { type HandshakeRules, shake } from './handshake.ts';
import { WsWire } from './wire.ts';

/** Speaks until it is over; what it throws is 1011. */
export type Speak = (socket: WebSocketEnd) => Promise<void>;

export interface WebSocketRules extends HandshakeRules {
  /** Octets of a message that comes; 64 KiB. */
  readonly messageBytes?: number;
  /** Frames of such a message; 64. */
  readonly fragments?: number;
  /** Octets that may wait for a peer that does not read; 256 KiB. */
  readonly queueBytes?: number;
  /** Milliseconds of silence before a ping; 30 s. */
  readonly keepalive?: number;
  /** Frames of the peer: 50, and then 10 a second. */
  readonly rate?: Rate;
  /** Octets a second that must be taken while something waits. */
  readonly minimumRate: number;
  readonly log: Log;
}

/** @param open before the 101: what it throws is an HTTP answer */
export function webSocketRoute(
  path: string,
  rules: WebSocketRules,
  open: (request: HttpRequest) => Speak | Promise<Speak>,
): UpgradeRoute {
  const { messageBytes = 64 * 1024, fragments = 64, queueBytes = 256 * 1024, keepalive = 30_000 } = rules;
  const { rate = { burst: 50, perSecond: 10 }, minimumRate } = rules;
  return {
    method: 'UPGRADE',
    protocol: 'websocket',
    path,
    safe: true,
    upgrade: async (request, stream, early) => {
      const { answer, subprotocol, deflate } = shake(request, rules);
      const speak = await open(request);
      if (!stream.writable) return;
      stream.write(answer);
      if (early.length > 0) stream.unshift(early);
      const wire = new WsWire({ messageBytes, fragments, deflate });
      const parts = { conn: request.conn, stream, wire, subprotocol };
      const socket = new WebSocketEnd({ ...parts, rules: { queueBytes, keepalive, minimumRate, rate } });
      try {
        await speak(socket);
        socket.close();
      } catch (thrown) {
        const { code, message } = asCsError(thrown);
        rules.log('error', 'ws.failed', { conn: request.conn.id, code, reason: message });
        socket.close(1011, 'internal error', 'E');
      }
    },
  };
}
