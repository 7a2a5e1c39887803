import { randomBytes } from 'node:crypto';
import type { StreamConnection } from './connection.ts';
import type { DoorConfig } from './door.ts';
import { faultHook } from './faults.ts';
import { serverHandshake } from './handshake.ts';

type Upgrade = ReturnType<typeof serverHandshake>;

/** What one connection of a door shares with those beside it: session tickets that nobody else is given, and the faults. */
export interface DoorFamily {
  /** Its own handshake; undefined without TLS. */
  readonly upgrade: Upgrade | undefined;
  /** Once it is there. @param ordinal the n-th of its server */
  adopt(conn: StreamConnection, ordinal: number): void;
}

export function doorFamily(config: Pick<DoorConfig, 'beside' | 'tls' | 'protocol' | 'limits' | 'chaos'>): DoorFamily {
  const { beside: adopter, tls, protocol, limits, chaos } = config;
  const how = { alpn: protocol.alpn, time: limits.handshakeTime, ticketKeys: randomBytes(48) };
  const handshake = (beside: boolean) =>
    tls.mode === 'off' ? undefined : serverHandshake({ ...how, context: tls.context, beside });
  const upgrade = handshake(true);
  const hooks = chaos && ((ordinal: number) => () => [faultHook(chaos, ordinal)]);
  return {
    upgrade: handshake(false),
    adopt: (conn, ordinal) =>
      adopter?.adopt(conn, { ...(upgrade ? { upgrade } : {}), ...(hooks ? { hooks: hooks(ordinal) } : {}) }),
  };
}
