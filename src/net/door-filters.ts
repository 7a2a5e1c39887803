import type { Peer } from '../contracts/connection.ts';
import { CsError } from '../kit/errors.ts';
import type { Chaos } from '../kit/faults.ts';
import type { TranscriptOptions } from '../kit/transcript.ts';
import { isLoopback, plainAddress } from './address.ts';
import { type CidrList, createCidrList } from './cidr.ts';
import { faultHook } from './faults.ts';
import type { ConnectionLimits } from './limits.ts';
import { parseProxyHeader } from './proxy-header.ts';
import { type TranscriptSink, transcriptHook } from './transcript.ts';
import type { Visit } from './visit.ts';

/** One stage of the door. Throws `CS_BUSY` (a polite refusal follows) or anything else (nothing does). */
export type DoorFilter = (visit: Visit) => void | Promise<void>;

export interface FilterConfig {
  /** Networks: only these get in; these never do; these speak the PROXY protocol. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly proxyFrom?: readonly string[];
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  readonly chaos?: Chaos;
  readonly transcript?: Omit<TranscriptOptions, 'emit'> & { readonly sink: TranscriptSink };
  /** Milliseconds for the PROXY header. */
  readonly handshakeTime: number;
}

/** In the order in which a connection meets them. One that is off is not in the list. */
export function doorFilters(config: FilterConfig, limits: ConnectionLimits): readonly DoorFilter[] {
  const proxies = createCidrList(config.proxyFrom ?? []);
  const admitPeer = admission(config, limits);
  return [
    admit(admitPeer, proxies),
    ...(proxies.size > 0 ? [proxyHeader(admitPeer, proxies, config.handshakeTime)] : []),
    ...(config.implicitTls ? [tls] : []),
    ...(config.chaos ? [faults(config.chaos)] : []),
    ...(config.transcript ? [transcript(config.transcript)] : []),
  ];
}

type Admission = (visit: Visit) => void;

/** Networks, the cap of one address, and its rate. */
function admission(config: FilterConfig, limits: ConnectionLimits): Admission {
  const allow = createCidrList(config.allow ?? []);
  const deny = createCidrList(config.deny ?? []);
  return ({ conn: { peer }, leave }) => {
    const welcome = peer.unix || (!deny.has(peer.address) && (allow.size === 0 || allow.has(peer.address)));
    if (!welcome) throw new CsError('CS_UNSAFE', `${peer.address} is not in an allowed network`);
    const refusal = limits.enterAddress(peer);
    if (refusal !== undefined) throw new CsError('CS_BUSY', `too many connections of ${peer.address} (${refusal})`);
    leave.push(() => limits.leaveAddress(peer));
  };
}

/** A proxy is not the client: whoever it speaks for is admitted instead, one filter later. */
function admit(admitPeer: Admission, proxies: CidrList): DoorFilter {
  return (visit) => {
    if (!proxies.has(visit.conn.peer.address)) admitPeer(visit);
  };
}

function proxyHeader(admitPeer: Admission, proxies: CidrList, time: number): DoorFilter {
  return async (visit) => {
    const { conn } = visit;
    if (!proxies.has(conn.peer.address)) return;
    conn.deadline(time);
    let held: Uint8Array = new Uint8Array(0);
    for await (const chunk of conn) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const header = parseProxyHeader(held);
      if (header === undefined) continue;
      if (header.ends) {
        conn.peer = peerOf(header.ends.source);
        conn.local = peerOf(header.ends.destination);
      }
      conn.unread(held.subarray(header.used));
      conn.deadline(0);
      admitPeer(visit);
      return;
    }
    throw new CsError('CS_CANNOT_CONNECT', 'the other end hung up before its PROXY header');
  };
}

function peerOf({ address, port }: { address: string; port: number }): Peer {
  return { address: plainAddress(address), port, loopback: isLoopback(address) };
}

const tls: DoorFilter = ({ conn }) => conn.startTls();

function faults(chaos: Chaos): DoorFilter {
  return ({ conn, ordinal }) => conn.addHooks(faultHook(chaos, ordinal));
}

function transcript(config: NonNullable<FilterConfig['transcript']>): DoorFilter {
  return ({ conn }) => {
    const hook = transcriptHook({ ...config, conn: conn.id, role: 'server' });
    const tlsFacts = conn.tls ? `, ${conn.tls.version}` : '';
    hook.note?.(`${conn.id} from ${conn.peer.address}${tlsFacts}`);
    conn.addHooks(hook);
  };
}
