/** MailDev's Socket.IO: `newMail` with the whole message, `deleteMail` with its id. What clients say is for nobody. */
import type { Json } from '../../../contracts/journal.ts';
import { asCsError } from '../../../kit/errors.ts';
import type { Route, UpgradeRoute } from '../../shared/http/route.ts';
import { socketRules } from '../api/event-socket.ts';
import { type Listening, listenIn } from '../api/listening.ts';
import type { Desk } from '../inbox.ts';
import type { News } from '../model/feed.ts';
import { readMessage } from '../model/message.ts';
import { emailJson } from './maildev-wording.ts';
import { Engine } from './socket-io/engine.ts';
import { connected, event, noNamespace, readPacket } from './socket-io/packet.ts';
import type { EngineSession, Heartbeat } from './socket-io/session.ts';

/** As there. */
const HEARTBEAT: Heartbeat = { interval: 25_000, timeout: 20_000 };

export function maildevSocketRoutes(desk: Desk, heartbeat = HEARTBEAT): readonly (Route | UpgradeRoute)[] {
  const engine = new Engine({
    path: '/socket.io',
    heartbeat,
    socket: socketRules(desk),
    user: (request) => desk.access.user(request),
    begin: async (request) => {
      const listening = await listenIn(desk, request);
      let room: AbortController | undefined;
      const message = (session: EngineSession, text: string): boolean => {
        const packet = readPacket(text);
        if (packet === undefined) return false;
        const { type, namespace } = packet;
        if (type === 'connect' && namespace !== '/') void session.send(noNamespace(namespace));
        else if (type === 'connect' && room === undefined) {
          room = new AbortController();
          void session.send(connected(session.sid));
          void tell(desk, session, listening, AbortSignal.any([session.signal, room.signal]));
        } else if (type === 'disconnect' && namespace === '/') room?.abort();
        return true;
      };
      return { message, life: listening.life };
    },
  });
  return engine.routes();
}

/** As fast as the client takes it. Never throws. */
async function tell(desk: Desk, session: EngineSession, listening: Listening, signal: AbortSignal): Promise<void> {
  try {
    for await (const news of listening.news(signal)) {
      if (news !== undefined) await tellNews(session, listening, news, signal);
    }
  } catch (thrown) {
    const { code, message } = asCsError(thrown);
    desk.ctx.log('warn', 'inbox.push', { code, reason: message });
    session.close();
  }
}

async function tellNews(
  session: EngineSession,
  { catalogue }: Listening,
  { added, removed }: News,
  signal: AbortSignal,
): Promise<void> {
  const say = async (name: string, content: Json): Promise<void> => {
    if (!signal.aborted) await session.send(event(name, content));
  };
  for (const entry of added) {
    await say('newMail', emailJson(entry, await readMessage(catalogue.mail, catalogue.name, entry.uid)));
  }
  for (const id of removed) await say('deleteMail', { id });
  if (removed.length > 1 && catalogue.mailbox.messages === 0) await say('deleteMail', { id: 'all' });
}
